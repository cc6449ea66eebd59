"""Processes that a command left behind: who they are, and the few lines of their output that a person is shown."""

import asyncio
import codecs
from collections.abc import Callable
from dataclasses import dataclass

from hitl_cli.text.amounts import counted

_BURST = 10  # lines that are shown at once
_INTERVAL = 2.0  # seconds for each further line
_LONGEST_INTERVAL = (
    60.0  # seconds between two counts of lines that are not shown; each is twice the one before
)
_SILENCE = 0.3  # seconds after which a line that has not ended is shown
_LONGEST = 1000  # characters of a line that are kept


@dataclass(frozen=True)
class Leftover:
    """A process that `command` left behind, apart from its children.

    `line` is its command line, as the process itself tells it.
    """

    command: str
    pid: int
    line: str


class LeftoverOutput:
    """Passes on the output of leftover processes as short lines, at a limited rate; the other lines are counted."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Take what is called with each line, whose text is not escaped."""
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._credit = float(_BURST)
        self._at = self._loop.time()
        self._left_out = 0
        self._pause = _INTERVAL
        self._silence: asyncio.TimerHandle | None = None
        self._refill: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """Take the next bytes of the output."""
        text = self._decoder.decode(data)
        if self._left_out and "\n" in text:  # a flood: its lines are only counted
            self._left_out += text.count("\n")
            self._line, text = "", text[text.rindex("\n") + 1 :]
        *ended, rest = text.split("\n")
        for piece in ended:
            self._add(piece)
            self._end_line()
        self._add(rest)
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._loop.call_later(_SILENCE, self._end_line)

    def end(self) -> None:
        """Pass on what was held back; no more will come."""
        self._stop_timers()
        if self._left_out:
            self._tell_left_out()
        if self._line.strip():
            self._show(self._line)
        self._line = ""
        self._stop_timers()

    def mute(self) -> None:
        """Pass on nothing more."""
        self._stop_timers()
        self._show = lambda line: None

    def _stop_timers(self) -> None:
        for timer in (self._silence, self._refill):
            if timer is not None:
                timer.cancel()

    def _add(self, text: str) -> None:
        self._line += text[: _LONGEST - len(self._line)]

    def _end_line(self) -> None:
        line, self._line = self._line, ""
        if not line.strip():
            return
        if self._left_out or not self._may_show():
            self._left_out += 1
            if self._refill is None:
                self._refill = self._loop.call_later(self._pause, self._tell_left_out)
        else:
            self._show(line)

    def _may_show(self) -> bool:
        now = self._loop.time()
        earned = (now - self._at) / _INTERVAL
        self._credit = min(self._credit + earned, _BURST)
        self._at = now
        if earned >= _BURST:  # it was silent
            self._pause = _INTERVAL
        if self._credit < 1:
            return False
        self._credit -= 1
        return True

    def _tell_left_out(self) -> None:
        self._refill = None
        left_out, self._left_out = self._left_out, 0
        self._credit, self._at = 0.0, self._loop.time()
        self._pause = min(2 * self._pause, _LONGEST_INTERVAL)
        self._show(f"({counted(left_out, 'more line')})")
