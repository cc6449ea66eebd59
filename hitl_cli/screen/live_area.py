"""The lines at the bottom of the terminal that are redrawn: the model's unfinished text, and what the run waits for."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.text import Text

from hitl_cli.screen.margin import Margin, max_cells
from hitl_cli.screen.themes import Theme

if TYPE_CHECKING:
    from hitl_cli.screen.live_rows import LiveRows

QUIET_TIME = 1.0
"""Seconds without output after which the waiting line appears."""

REFRESH_INTERVAL = 0.1
"""Seconds between two drawings."""

_SPARE_LINES = 4
_MARGIN = 3  # columns


class LiveArea:
    """Draws the live area of `console` while nothing else is being printed.

    `unfinished_text` returns what can be drawn of the model's text, given a number of lines to leave free. Unless
    `enabled`, nothing is ever drawn. All drawing happens in the event loop: another thread could cut through a print.
    """

    def __init__(
        self,
        console: Console,
        theme: Theme,
        unfinished_text: Callable[[int], RenderableType | None],
        wraps_again: Callable[[], bool] = lambda: False,
        *,
        enabled: bool,
    ) -> None:
        self._console = console
        self._theme = theme
        self._unfinished_text = unfinished_text
        self._enabled = enabled and console.is_terminal and not console.is_dumb_terminal
        self._wraps_again = wraps_again
        self._live: LiveRows | None = None
        self._start_timer: asyncio.TimerHandle | None = None
        self._refresh_timer: asyncio.TimerHandle | None = None
        self._since = time.monotonic()
        self._last_text = 0.0
        self._not_before = 0.0
        self.status = ""
        self.arriving = ""
        """The end of what has come of what the run waits for; it can be shown as it is."""
        self.is_blocked = False
        """Whether an unfinished line on the terminal keeps the area from being drawn."""

    @property
    def is_drawn(self) -> bool:
        """Whether the area is on the screen."""
        return self._live is not None

    @property
    def is_wanted(self) -> bool:
        """Whether the area is on the screen, or will be soon."""
        return self._live is not None or self._start_timer is not None

    def set_status(self, status: str) -> None:
        """Set what the run waits for, from now on."""
        self.status, self.arriving, self._since = status, "", time.monotonic()

    def text_arrived(self) -> None:
        """Hide the waiting line for a moment: the model is writing."""
        self._last_text = time.monotonic()

    def delay(self, seconds: float) -> None:
        """Draw nothing for `seconds`."""
        self._not_before = time.monotonic() + seconds

    def start_later(self, seconds: float = QUIET_TIME) -> None:
        """Start in `seconds`."""
        if self._start_timer is not None:
            self._start_timer.cancel()
        self._start_timer = asyncio.get_running_loop().call_later(seconds, self.start)

    def start(self) -> None:
        """Draw the area, as soon as it may be drawn."""
        if self._start_timer is not None:
            self._start_timer.cancel()
            self._start_timer = None
        if self._live is not None or not self._enabled:
            return
        left = self._not_before - time.monotonic()
        if self.is_blocked or left > 0:
            self.start_later(max(left, REFRESH_INTERVAL))
            return
        from hitl_cli.screen.live_rows import LiveRows  # not loaded for the first prompt of a conversation

        self._live = LiveRows(
            self._wraps_again,
            get_renderable=self._drawn,
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()
        self._live.refresh()  # at once: the loop may be busy with what is waited for
        self._refresh_later()

    def stop(self) -> None:
        """Remove the area."""
        for timer in (self._start_timer, self._refresh_timer):
            if timer is not None:
                timer.cancel()
        self._start_timer = self._refresh_timer = None
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _refresh_later(self) -> None:
        self._refresh_timer = asyncio.get_running_loop().call_later(REFRESH_INTERVAL, self._refresh)

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()
            self._refresh_later()

    def _end_of_arriving(self) -> str:
        room = self._console.width - _MARGIN
        start = len(self.arriving)
        while start and (room := room - max_cells(self.arriving[start - 1])) >= 0:
            start -= 1
        return self.arriving[start:]

    def _drawn(self) -> RenderableType:
        now = time.monotonic()
        parts: list[RenderableType] = []
        if (text := self._unfinished_text(_SPARE_LINES)) is not None:
            parts.append(text)
        if now - self._last_text >= QUIET_TIME:
            from hitl_cli.screen.live_rows import WaitingLine

            seconds = int(now - self._since)
            parts.append(WaitingLine(self.status + (f" · {seconds} s" if seconds else ""), self._theme))
            if self.arriving:
                parts.append(Margin(Text(self._end_of_arriving(), self._theme.note), self._theme.model))
        return Group(*parts)
