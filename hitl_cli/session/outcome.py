"""How a run ended, and what a person sees of its result."""

import asyncio
import errno
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hitl_cli import system
from hitl_cli.decisions import Decision, Refuse, Reject
from hitl_cli.errors import ExitStatus, HitlError, JournalError, UndecidedError, WorkflowError
from hitl_cli.models.failures import explain
from hitl_cli.settings import Settings
from hitl_cli.shell import CommandResult
from hitl_cli.text.prose import printable


@dataclass
class Tally:
    """What was decided in a run against running anything, counted as it happens."""

    rejected: int = 0
    refused: int = 0

    def count(self, decision: Decision) -> None:
        """Count `decision`, if it is one of these."""
        self.rejected += isinstance(decision, Reject)
        self.refused += isinstance(decision, Refuse)

    def exit_status(self, result: Any, ran: Sequence[CommandResult]) -> int:
        """Return the status that says how a run with this `result` ended, in which the commands of `ran` ran.

        A workflow whose result is a command ends as that command did.
        """
        if isinstance(result, CommandResult):
            return result.exit_status
        if self.rejected and not ran:
            return ExitStatus.REJECTED
        if self.refused and not ran and result is None:
            return ExitStatus.MODEL
        return ExitStatus.FINISHED


def account(ran: Sequence[CommandResult]) -> str:
    """Return for the model, in the next turn, what was done in one that did not end."""
    commands = "".join(f"\n- ran `{each.command}`: {each.ending}" for each in ran)
    told = f" Commands that ran in it:{commands}" if commands else ""
    return f"(This turn was broken off before I could answer.{told})"


def leaves_paused(problem: BaseException | None) -> bool:
    """Return whether a run survives `problem`: the person, the terminal or the disk is gone, or a signal came."""
    if isinstance(problem, OSError):
        return problem.errno in (errno.EPIPE, errno.EIO)
    return isinstance(problem, UndecidedError | JournalError | asyncio.CancelledError)


def in_words(problem: Exception, settings: Settings) -> Exception:
    """Return what ended a run as a sentence, unless it is one already or the run survives it."""
    if isinstance(problem, HitlError) or leaves_paused(problem):
        return problem
    if explained := explain(problem, settings) or system.limit_reached(problem):
        return explained
    said = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    return WorkflowError(f"The workflow failed: {said}. Nothing more was run.")


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
