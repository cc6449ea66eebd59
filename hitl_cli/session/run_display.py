"""What a person sees of a run besides its questions: its effects as they come, and its result."""

import json
from dataclasses import dataclass
from typing import Any

from hitl_cli.session.engine.event_text import outline
from hitl_cli.session.ports import Screen
from hitl_cli.session.progress import Effect, EndSaying, Report, Say, ShowCall, Tell
from hitl_cli.shell import CommandResult
from hitl_cli.text.prose import printable

_LIBRARY = "llama_index."
_ANSWER_OF_AGENT = "AgentOutput"


def show_effect(effect: Effect, screen: Screen) -> None:
    """Show an effect of a run, if it is one that only shows something."""
    match effect:
        case Say(delta):
            screen.say(delta)
        case EndSaying():
            screen.end_saying()
        case Tell(text):
            screen.tell(text)
        case Report(text, ends_line):
            screen.report(text, ends_line=ends_line)
        case ShowCall(called):
            screen.record_call(called)


def show_result(result: Any, screen: Screen, *, has_spoken: bool) -> None:
    """Show what a workflow returned; not an agent's answer again if the model `has_spoken`."""
    match _shown_result(result, has_spoken=has_spoken):
        case _ShownResult(text, is_prose=True):
            screen.say(text, keeps_lines=isinstance(result, str))
            screen.end_saying()
        case _ShownResult(text, outline=lines):
            screen.result(text, lines)


@dataclass(frozen=True)
class _ShownResult:
    """A result as text: prose, which may be Markdown, or text that is shown unchanged.

    `outline` is the same, in lines for a person to read.
    """

    text: str
    is_prose: bool
    outline: str = ""


def _shown_result(result: Any, *, has_spoken: bool) -> _ShownResult | None:
    """Return how `result` is shown, or None if it is not shown.

    Text is shown as text, other values as JSON, and values that JSON cannot represent as their `str`. `None` is not
    shown, nor the result of a command, whose output was shown, nor an agent's answer if the model `has_spoken`.
    """
    if result is None or isinstance(result, CommandResult):
        return None
    if isinstance(result, str):
        return _ShownResult(result, is_prose=True)
    if type(result).__module__.startswith(_LIBRARY):
        is_told = has_spoken and type(result).__name__ == _ANSWER_OF_AGENT
        return None if is_told else _ShownResult(str(result), is_prose=True)
    text = _as_json(result)
    return _ShownResult(text, is_prose=False, outline=_outline_of(text))


def _outline_of(text: str) -> str:
    try:
        return outline(json.loads(text))
    except (ValueError, RecursionError):
        return text


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
