"""What a person sees of the result of a workflow."""

import json
from dataclasses import dataclass
from typing import Any

from hitl_cli.shell import CommandResult
from hitl_cli.text.prose import printable

_LIBRARY = "llama_index."
_ANSWER_OF_AGENT = "AgentOutput"


@dataclass(frozen=True)
class ShownResult:
    """A result as text: `prose`, which may be Markdown, or what must be shown as it is."""

    text: str
    is_prose: bool


def shown_result(result: Any, *, has_spoken: bool) -> ShownResult | None:
    """Return how `result` is shown, None where nothing is to be shown of it.

    Text is shown as text, everything else as JSON, and what JSON cannot hold as its `str`. Nothing is shown of `None`,
    of a command, which was on the screen, and of an agent's answer if the model `has_spoken` in this run.
    """
    if result is None or isinstance(result, CommandResult):
        return None
    if isinstance(result, str):
        return ShownResult(result, is_prose=True)
    if type(result).__module__.startswith(_LIBRARY):
        is_told = has_spoken and type(result).__name__ == _ANSWER_OF_AGENT
        return None if is_told else ShownResult(str(result), is_prose=True)
    return ShownResult(_as_json(result), is_prose=False)


def _as_json(result: Any) -> str:
    from pydantic_core import to_jsonable_python

    if isinstance(result, bytes | bytearray):
        return result.decode("utf-8", "backslashreplace")
    try:
        value = to_jsonable_python(result, fallback=str)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        # What would be shown as a label is escaped, so that a program reads what the workflow returned.
        return text if printable(text) == text or isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return str(result)
