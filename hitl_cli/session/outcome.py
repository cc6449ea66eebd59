"""How a run ended."""

import asyncio
import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hitl_cli import system
from hitl_cli.errors import ExitStatus, HitlError, JournalError, UndecidedError, WorkflowError
from hitl_cli.models.failures import explain
from hitl_cli.settings import Settings
from hitl_cli.shell import CommandResult


@dataclass
class Tally:
    """What was decided in a run against running anything, counted as it happens."""

    rejected: int = 0
    refused: int = 0

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
