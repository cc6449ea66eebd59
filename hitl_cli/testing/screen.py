"""The screen of a test: it shows nothing, and keeps the lines of the program."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.loading.own_panels import Panel
from hitl_cli.shell import CommandResult, Leftover, RunningCommand


class SilentScreen:
    """Keeps what the program tells in `told`; see `Screen`."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        """Keep one line of the program's own."""
        self.told.append(text)

    async def draw(self, panel: Panel, values: Mapping[str, Any]) -> Text:
        """Return an empty drawing, after calling the panel."""
        panel(values)
        return Text()

    def waiting(self, what: str) -> None: ...

    def arriving(self, text: str) -> None: ...

    def say(self, delta: str, *, keeps_lines: bool = False) -> None: ...

    def end_saying(self) -> None: ...

    def result(self, text: str, outline: str) -> None: ...

    def report(self, text: str, *, ends_line: bool) -> None: ...

    def record_rejection(self, command: str, reason: str) -> None: ...

    def record_answer(self, request: str, answer: str) -> None: ...

    def record_delegated(self, command: str, proposed: str, comment: str) -> None: ...

    def record_unused(self, command: str) -> None:
        """Keep what the record of an approved command says that the workflow did not run."""
        self.told.append(f"not run by the workflow: {command}")

    def record_call(self, called: CalledTool) -> None: ...

    def command_started(self, running: RunningCommand) -> None: ...

    def command_output(self, chunk: bytes) -> None: ...

    def command_left(self) -> None: ...

    def command_finished(self, result: CommandResult, proposed: str | None, comment: str = "") -> None: ...

    def background_ended(self, result: CommandResult) -> None: ...

    def name_leftovers(self, leftovers: Sequence[Leftover]) -> None: ...

    def leftover_printed(self, running: RunningCommand, text: str) -> None: ...

    def tokens(self, prompt: int, completion: int) -> None: ...

    def quiet(self) -> None: ...
