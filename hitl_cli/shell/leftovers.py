"""Processes that a command left behind, and the limited part of their output that the person is shown."""

import asyncio
import codecs
from collections.abc import Callable
from dataclasses import dataclass

from hitl_cli.text.amounts import counted

_BURST = 10  # lines that can be shown at once
_INTERVAL = 2.0  # seconds for each further line
_LONGEST_INTERVAL = 60.0  # seconds between two counts of omitted lines; the interval doubles up to this
_SILENCE = 0.3  # seconds after which an incomplete line is shown
_MAX_LINE = 1000  # characters of a line that are kept


@dataclass(frozen=True)
class Leftover:
    """A process that `command` left behind; its children are not listed separately.

    `line` is its command line, which the process itself can change.
    """

    command: str
    pid: int
    line: str


class LeftoverOutput:
    """Shows the output of leftover processes as short lines, at a limited rate; omitted lines are counted."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Take a callback that is called with each line, not escaped."""
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._credit = float(_BURST)
        self._at = self._loop.time()
        self._omitted = 0
        self._pause = _INTERVAL
        self._silence_timer: asyncio.TimerHandle | None = None
        self._refill_timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """Add the next bytes of the output."""
        text = self._decoder.decode(data)
        if self._omitted and "\n" in text:  # a flood: its lines are only counted
            self._omitted += text.count("\n")
            self._line, text = "", text[text.rindex("\n") + 1 :]
        *ended, rest = text.split("\n")
        for piece in ended:
            self._add(piece)
            self._end_line()
        self._add(rest)
        if self._silence_timer is not None:
            self._silence_timer.cancel()
        self._silence_timer = self._loop.call_later(_SILENCE, self._end_line)

    def end(self) -> None:
        """Show what is buffered; no more output will come."""
        self._stop_timers()
        if self._omitted:
            self._show_omitted()
        if self._line.strip():
            self._show(self._line)
        self._line = ""
        self._stop_timers()

    def mute(self) -> None:
        """Show nothing more."""
        self._stop_timers()
        self._show = lambda line: None

    def _stop_timers(self) -> None:
        for timer in (self._silence_timer, self._refill_timer):
            if timer is not None:
                timer.cancel()

    def _add(self, text: str) -> None:
        self._line += text[: _MAX_LINE - len(self._line)]

    def _end_line(self) -> None:
        line, self._line = self._line, ""
        if not line.strip():
            return
        if self._omitted or not self._has_credit():
            self._omitted += 1
            if self._refill_timer is None:
                self._refill_timer = self._loop.call_later(self._pause, self._show_omitted)
        else:
            self._show(line)

    def _has_credit(self) -> bool:
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

    def _show_omitted(self) -> None:
        self._refill_timer = None
        omitted, self._omitted = self._omitted, 0
        self._credit, self._at = 0.0, self._loop.time()
        self._pause = min(2 * self._pause, _LONGEST_INTERVAL)
        self._show(f"({counted(omitted, 'more line')})")
