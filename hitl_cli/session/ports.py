"""What a session needs from the outside: somebody who decides, and something to show things on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from hitl_cli.decisions import Reply, Settlement, Stop
from hitl_cli.requests import CommandRequest, UnknownOutcome
from hitl_cli.shell import CommandResult, Leftover, RunningCommand


class Person(Protocol):
    """Whoever decides."""

    async def decide(
        self,
        proposal: CommandRequest,
        position: int,
        total: int,
        folder: Path,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Return the decision on `proposal`, which is number `position` of `total` and would run in `folder`.

        `on_edit` is called with the text on the line, some time after it was changed, and before this is left
        without a decision.

        Raises:
            UndecidedError: There is nobody to decide.
        """

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Return what became of a command whose outcome is unknown.

        Raises:
            UndecidedError: There is nobody to ask.
        """

    async def agrees(self, warning: str) -> bool:
        """Show `warning`, and return whether the person wants to go on all the same.

        Raises:
            UndecidedError: There is nobody to ask.
        """


class Screen(Protocol):
    """Whatever shows a run. Only one thing is shown at a time."""

    def waiting(self, what: str) -> None:
        """Say that the run waits for `what`, for as long as nothing else is shown."""

    def say(self, delta: str) -> None:
        """Show some more of the model's text."""

    def end_saying(self) -> None:
        """The model's text is complete."""

    def result(self, text: str) -> None:
        """Show a result that is no prose, as it is."""

    def tell(self, text: str) -> None:
        """Show one line from the program."""

    def record_rejection(self, command: str, reason: str) -> None:
        """Leave the line of a command that was rejected."""

    def record_answer(self, command: str, answer: str) -> None:
        """Leave the line of a command in whose place the person answered."""

    def record_unused(self, command: str) -> None:
        """Leave the line of a command that was approved, and that the workflow did not run."""

    def command_started(self, running: RunningCommand) -> None:
        """A command is running."""

    def command_output(self, chunk: bytes) -> None:
        """Show the bytes that a command printed, as they are."""

    def command_left(self) -> None:
        """Take back the terminal from the command that had it."""

    def command_finished(self, result: CommandResult, proposed: str | None, comment: str = "") -> None:
        """Leave the line of a command that ended, or that was sent to the background.

        `proposed` is what the model had asked for, None where that is not known, and `comment` what the person said.
        """

    def background_ended(self, result: CommandResult) -> None:
        """Leave the line of a command that ended in the background, and the last of what it printed."""

    def name_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """Say which processes commands have left behind."""

    def left_behind_printed(self, running: RunningCommand, text: str) -> None:
        """Show a line that leftovers of `running` printed, escaped and labelled, when nothing else is shown."""

    def tokens(self, prompt: int, completion: int) -> None:
        """Show what a run took."""

    def quiet(self) -> None:
        """Take away whatever is only there while the run waits."""


class Keep(Protocol):
    """Whatever remembers a command that the person wants to find again."""

    def __call__(self, request: str, command: str, changes: bool) -> str:
        """Keep `command` for `request`, and return a sentence that says what became of it."""
