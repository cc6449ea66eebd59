"""What a person is shown of processes that commands left behind: who they are, and what they print, a row each."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from hitl_cli.screen.panels import brief
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import Leftover, RunningCommand
from hitl_cli.text.amounts import counted

_MOST_HELD = 40  # rows that wait until they can be shown
_MOST_NAMED = 6  # processes
_MOST_PIDS = 2  # in the label of a row


class LeftoverRows:
    """Rows of escaped text, each with a label, that are held until the screen is free for them.

    None is wider than the screen: the text of a process never begins a row.
    """

    def __init__(self, console: Console, theme: Theme) -> None:
        self._console = console
        self._theme = theme
        self._held: list[tuple[RunningCommand, str]] = []
        self._left_out = 0

    def hold(self, running: RunningCommand, text: str) -> None:
        """Take a line that leftovers of `running` printed."""
        if len(self._held) == _MOST_HELD:
            self._left_out += 1
        else:
            self._held.append((running, text))

    @property
    def are_held(self) -> bool:
        """Whether there is something to show."""
        return bool(self._held)

    def print(self) -> None:
        """Show what was held."""
        held, self._held = self._held, []
        left_out, self._left_out = self._left_out, 0
        for running, text in held:
            self._print(self._cut(self._label(running.command, running.leftovers), text))
        if left_out:
            self._print(f"[left behind] ({counted(left_out, 'more line')})")

    def name(self, leftovers: Sequence[Leftover]) -> None:
        """Show which processes are left."""
        for command, processes in groupby(leftovers[:_MOST_NAMED], lambda each: each.command):
            self._print(self._cut("left behind by ", command))
            for process in processes:
                self._print(self._cut(f"  pid {process.pid}: ", process.line))
        if len(leftovers) > _MOST_NAMED:
            self._print(f"  and {len(leftovers) - _MOST_NAMED} more")

    @property
    def _columns(self) -> int:
        return max(self._console.width - 1, 20)

    def _label(self, command: str, leftovers: Sequence[Leftover]) -> str:
        pids = [str(each.pid) for each in leftovers[:_MOST_PIDS]] + ["…"] * (len(leftovers) > _MOST_PIDS)
        who = f", pid {', '.join(pids)}" if pids else ""
        return f"[left behind by {brief(command, max(self._columns // 4, 12))}{who}] "

    def _cut(self, label: str, text: str) -> str:
        return label + brief(text, max(self._columns - len(label), 1))

    def _print(self, row: str) -> None:
        self._console.print(Text(row, style=self._theme.other, no_wrap=True, overflow="ellipsis"))
