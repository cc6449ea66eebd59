"""Writes text to the streams of the process, one of which may be a terminal with an unfinished line."""

import os
import stat
from typing import TextIO

from hitl_cli.screen.live_area import QUIET_TIME, REFRESH_INTERVAL, LiveArea
from hitl_cli.screen.margin import MarginLines


class LineWriter:
    """Writes to streams; keeps the live area away while it writes, and while a line on the terminal is unfinished."""

    def __init__(self, live: LiveArea) -> None:
        self._live = live
        self._open_lines: MarginLines | None = None  # whose row has not ended
        self._open_stream: TextIO | None = None  # on which the last line has not ended

    def write_lines(self, stream: TextIO | None, lines: MarginLines, shown: str) -> None:
        """Write what `lines` returned; a row of other lines ends first."""
        if not shown:
            return
        if self._open_lines is not lines:
            self.start_line()
        self.write(stream, shown)
        self._open_lines = lines if lines.is_open else None

    def write(self, stream: TextIO | None, text: str) -> None:
        """Write `text`; without a stream, it is discarded."""
        if stream is None or not text:
            return
        live_is_wanted = self._live.is_wanted
        if _may_be_terminal(stream):
            self._live.stop()
        stream.write(text)
        stream.flush()
        self.note_written(stream, text.endswith("\n"))
        if live_is_wanted and not self._live.is_drawn:
            self._live.start_later(REFRESH_INTERVAL)

    def note_written(self, stream: TextIO, ends_line: bool) -> None:
        """Note that text was written to `stream`, and whether its last line has ended."""
        if _may_be_terminal(stream):
            self._set_open_stream(None if ends_line else stream)
            # Text in a pipe may reach the same terminal a little later.
            self._live.delay(REFRESH_INTERVAL if stream.isatty() else QUIET_TIME)

    def start_line(self) -> None:
        """End an unfinished line on the terminal; in a pipe it stays as it is."""
        if self._open_stream is not None and self._open_stream.isatty():
            self._open_stream.write("\n")
            self._open_stream.flush()
            self._set_open_stream(None)
            if self._open_lines is not None:
                self._open_lines.restart()
                self._open_lines = None

    def _set_open_stream(self, stream: TextIO | None) -> None:
        self._open_stream = stream
        self._live.is_blocked = stream is not None


def _may_be_terminal(stream: TextIO) -> bool:
    """Whether text written to `stream` may be shown on a terminal: it is one, or a pipe or socket."""
    kind = os.fstat(stream.fileno()).st_mode
    return stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stream.isatty()
