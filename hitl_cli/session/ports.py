"""The ports of a session: the person who decides, the screen, and the catalogue of kept commands."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Reply, Settlement, Stop
from hitl_cli.loading.own_panels import Panel
from hitl_cli.requests import Request, UnknownOutcome
from hitl_cli.shell import CommandResult, Leftover, RunningCommand

if TYPE_CHECKING:
    from rich.text import Text

PrintAbove = Callable[[Callable[[], None]], None]
"""Calls a function that prints, at a moment when its output appears above what is on the screen."""


class Person(Protocol):
    """Somebody, or a program, who decides on requests."""

    @property
    def is_present(self) -> bool:
        """Whether there is anybody at all who can decide."""

    async def decide(
        self,
        request: Request,
        position: int,
        total: int,
        on_edit: Callable[[str], None],
    ) -> Reply:
        """Return the decision on `request`, number `position` of `total`.

        `on_edit` is called with the draft soon after each change, and before this method ends without a decision.

        Raises:
            UndecidedError: There is nobody to decide.
        """

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """Return what the person says about a command with an unknown outcome.

        Raises:
            UndecidedError: There is nobody to ask.
        """

    async def agrees(self, warning: str) -> bool:
        """Show `warning`, and return whether the person wants to continue.

        Raises:
            UndecidedError: There is nobody to ask.
        """


class Screen(Protocol):
    """Where a run is shown, one thing at a time."""

    def waiting(self, what: str) -> None:
        """Show that the run waits for `what`, until something else is shown."""

    def arriving(self, text: str) -> None:
        """Show the end of what has come of what the run waits for."""

    def say(self, delta: str, *, keeps_lines: bool = False) -> None:
        """Show a piece of the model's text, or with `keeps_lines` a whole text whose lines are not joined."""

    def end_saying(self) -> None:
        """End the model's text."""

    def result(self, text: str, outline: str) -> None:
        """Show a result that is not prose, unchanged; to a person, the `outline` of one that is too long to read."""

    def report(self, text: str, *, ends_line: bool) -> None:
        """Show what the workflow reports of its progress; without `ends_line`, more of the line follows."""

    async def draw(self, panel: Panel, values: Mapping[str, Any]) -> "Text":
        """Return what a panel of the workflow's author draws of these values, as text of the workflow.

        Raises:
            Exception: The panel raised it, drew nothing that can be shown, or took too long (TimeoutError).
        """

    def tell(self, text: str) -> None:
        """Show one line of the program's own."""

    def record_rejection(self, command: str, reason: str) -> None:
        """Show the record of a rejected request."""

    def record_answer(self, request: str, answer: str) -> None:
        """Show the record of a request that the person answered: a form, or a command in whose place they did."""

    def record_delegated(self, command: str, proposed: str, comment: str) -> None:
        """Show the record of an approved command that the workflow runs; `comment` is the person's."""

    def record_unused(self, command: str) -> None:
        """Show the record of an approved command that the workflow did not run."""

    def record_call(self, called: CalledTool) -> None:
        """Show the record of an approved call of a tool that ended."""

    def command_started(self, running: RunningCommand) -> None:
        """Give the terminal to a command that started."""

    def command_output(self, chunk: bytes) -> None:
        """Show output of the command, byte for byte."""

    def command_left(self) -> None:
        """Take the terminal back from the command."""

    def command_finished(self, result: CommandResult, proposed: str | None, comment: str = "") -> None:
        """Show the record of a command that ended or was sent to the background.

        `proposed` is the text that was proposed, None if unknown; `comment` is the person's.
        """

    def background_ended(self, result: CommandResult) -> None:
        """Show the record of a background command that ended, and the last lines of its output."""

    def name_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """Show which processes commands left behind."""

    def leftover_printed(self, running: RunningCommand, text: str) -> None:
        """Show a line that leftovers of `running` printed, escaped and labelled, as soon as nothing else is shown."""

    def tokens(self, prompt: int, completion: int) -> None:
        """Show how many tokens a run used."""

    def quiet(self) -> None:
        """Remove the waiting line."""


class Keep(Protocol):
    """Keeps a command that the person wants to find again."""

    def __call__(self, request: str, command: str, changes: bool) -> str:
        """Keep `command` for `request`, and return a sentence that says whether it was kept."""
