"""What the code of a workflow writes by itself, to standard output or standard error."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, cast

Show = Callable[[TextIO, str], None]
"""Writes a text to a stream at a moment, and at a place on the screen, where it disturbs nothing."""


@contextlib.contextmanager
def handed_over(show: Show) -> Iterator[None]:
    """Hand each text that is written to `sys.stdout` and `sys.stderr` to `show` while the block runs.

    `show` is called in the thread of the running event loop only, in the order in which each thread wrote.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast(TextIO, _HandedOver(stream, show)) if stream is not None else stream for stream in before
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class HeldBack:
    """What was written in a time in which it would disturb: the first `most` characters; the rest is counted."""

    def __init__(self, most: int) -> None:
        self._room = most
        self._texts: list[tuple[TextIO, str]] = []
        self.left_out = 0

    def add(self, stream: TextIO, text: str) -> None:
        """Keep as much of `text`, which is meant for `stream`, as there is room for."""
        kept = text[: self._room]
        self._room -= len(kept)
        self.left_out += len(text) - len(kept)
        if kept:
            self._texts.append((stream, kept))

    def release(self, show: Show) -> None:
        """Have `show` write what was kept, in the order in which it came."""
        for stream, text in self._texts:
            show(stream, text)


class _HandedOver:
    """A text stream that writes through `show`, and is the real one in all else."""

    def __init__(self, stream: TextIO, show: Show) -> None:
        self.own_stream = stream
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            self._show(self.own_stream, text)
        else:
            try:
                self._loop.call_soon_threadsafe(self._show, self.own_stream, text)
            except RuntimeError:  # the loop has ended, and the thread goes on
                self.own_stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own_stream, name)
