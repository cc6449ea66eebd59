"""Output from outside this program's control that waits until the screen is free.

That is what a workflow prints, and what processes that commands left behind print.
"""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.console import Console
from rich.text import Text

from hitl_cli.screen.brief import brief
from hitl_cli.screen.themes import Theme
from hitl_cli.text.amounts import counted

if TYPE_CHECKING:
    from hitl_cli.shell import Leftover, RunningCommand

_MAX_HELD_LINES = 40
_MAX_NAMED_PROCESSES = 6
_MAX_LABEL_PIDS = 2

WriteTo = Callable[[TextIO, str], None]
"""Writes a text to a stream."""


@contextlib.contextmanager
def redirected_prints(write: WriteTo) -> Iterator[None]:
    """Pass each text that is written to `sys.stdout` and `sys.stderr` to `write` while the block runs.

    `write` is called only in the thread of the running event loop, in the order in which each thread wrote.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast(TextIO, _RedirectedStream(stream, write)) if stream is not None else stream for stream in before
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _RedirectedStream:
    """A text stream that passes writes to a function, and everything else to the real stream."""

    def __init__(self, stream: TextIO, write: WriteTo) -> None:
        self.own_stream = stream
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            self._write(self.own_stream, text)
        else:
            try:
                self._loop.call_soon_threadsafe(self._write, self.own_stream, text)
            except RuntimeError:  # the loop has ended, this thread has not
                self.own_stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own_stream, name)


class HeldPrints:
    """Prints of a workflow that are held: the first `max_characters`; the rest is only counted."""

    def __init__(self, max_characters: int) -> None:
        self._room = max_characters
        self._texts: list[tuple[TextIO, str]] = []
        self.omitted = 0

    def add(self, stream: TextIO, text: str) -> None:
        """Hold as much of `text`, written to `stream`, as there is room for."""
        kept = text[: self._room]
        self._room -= len(kept)
        self.omitted += len(text) - len(kept)
        if kept:
            self._texts.append((stream, kept))

    def release(self, write: WriteTo) -> None:
        """Pass what is held to `write`, in order."""
        for stream, text in self._texts:
            write(stream, text)


class HeldLeftoverLines:
    """Escaped lines that leftover processes printed, each with a label.

    No row is wider than the screen: text of a process never starts a row.
    """

    def __init__(self, console: Console, theme: Theme) -> None:
        self._console = console
        self._theme = theme
        self._lines: list[tuple[RunningCommand, str]] = []
        self._omitted = 0

    def add(self, running: "RunningCommand", line: str) -> None:
        """Hold a line that leftovers of `running` printed."""
        if len(self._lines) == _MAX_HELD_LINES:
            self._omitted += 1
        else:
            self._lines.append((running, line))

    def __bool__(self) -> bool:
        """Whether lines are held."""
        return bool(self._lines)

    def release(self) -> None:
        """Print what is held."""
        lines, self._lines = self._lines, []
        omitted, self._omitted = self._omitted, 0
        for running, line in lines:
            self._print(self._cut(self._label(running.command, running.leftovers), line))
        if omitted:
            self._print(f"[left behind] ({counted(omitted, 'more line')})")

    def print_processes(self, leftovers: "Sequence[Leftover]") -> None:
        """Print which processes are left."""
        for command, processes in groupby(leftovers[:_MAX_NAMED_PROCESSES], lambda each: each.command):
            self._print(self._cut("left behind by ", command))
            for process in processes:
                self._print(self._cut(f"  pid {process.pid}: ", process.line))
        if len(leftovers) > _MAX_NAMED_PROCESSES:
            self._print(f"  and {len(leftovers) - _MAX_NAMED_PROCESSES} more")

    @property
    def _columns(self) -> int:
        return max(self._console.width - 1, 20)

    def _label(self, command: str, leftovers: "Sequence[Leftover]") -> str:
        pids = [str(each.pid) for each in leftovers[:_MAX_LABEL_PIDS]]
        pids += ["…"] * (len(leftovers) > _MAX_LABEL_PIDS)
        shown_pids = f", pid {', '.join(pids)}" if pids else ""
        return f"[left behind by {brief(command, max(self._columns // 4, 12))}{shown_pids}] "

    def _cut(self, label: str, text: str) -> str:
        return label + brief(text, max(self._columns - len(label), 1))

    def _print(self, row: str) -> None:
        self._console.print(Text(row, style=self._theme.other, no_wrap=True, overflow="ellipsis"))
