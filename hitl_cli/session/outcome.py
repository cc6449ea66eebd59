"""How a run ended."""

from dataclasses import dataclass
from typing import Any

from hitl_cli.errors import ExitStatus
from hitl_cli.shell import CommandResult


@dataclass
class Tally:
    """What happened in a run, counted as it happens."""

    rejected: int = 0
    refused: int = 0
    ran: tuple[CommandResult, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def exit_status(self, result: Any) -> int:
        """Return the status that says how a run with this `result` ended.

        A workflow whose result is a command ends as that command did.
        """
        if isinstance(result, CommandResult):
            return result.exit_status
        if self.rejected and not self.ran:
            return ExitStatus.REJECTED
        if self.refused and not self.ran and result is None:
            return ExitStatus.MODEL
        return ExitStatus.FINISHED

    def account(self) -> str:
        """Return for the model, in the next turn, what was done in one that did not end."""
        ran = "".join(f"\n- ran `{each.command}`: {each.ending}" for each in self.ran)
        return f"(This turn was broken off before I could answer.{' Commands that ran in it:' if ran else ''}{ran})"
