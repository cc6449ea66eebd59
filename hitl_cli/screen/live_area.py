"""The lines at the bottom of the terminal that are redrawn: the model's unfinished text, and what the run waits for."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleRenderable, Group, RenderableType
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.spinner import Spinner
from rich.text import Text

from hitl_cli.screen.margin import Margin, max_cells
from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.reflow import rows_of_all

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
        self._live: Live | None = None
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
        self._live = _Area(
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
            seconds = int(now - self._since)
            parts.append(_WaitingLine(self.status + (f" · {seconds} s" if seconds else ""), self._theme))
            if self.arriving:
                parts.append(Margin(Text(self._end_of_arriving(), self._theme.note), self._theme.model))
        return Group(*parts)


class _Area(Live):
    """A live display that is erased completely when the window became narrower, also if its rows were wrapped again."""

    def __init__(self, wraps_again: Callable[[], bool], **options: Any) -> None:
        super().__init__(**options)
        self._wraps_again = wraps_again
        self._drawn: tuple[RenderableType, int] | None = None  # the latest drawing, and its width

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return what is printed: first what erases the latest drawing."""
        found, columns = super().process_renderables(renderables), self.console.width
        if self._drawn is not None and columns < self._drawn[1] and self._wraps_again():
            options = self.console.options.update(width=self._drawn[1])
            lines = self.console.render_lines(self._drawn[0], options, pad=False)
            rows = rows_of_all(
                [[cell_len(char) for each in line for char in each.text] for line in lines], columns
            )
            one_up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
            found[0] = Control(
                ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *one_up * (rows - 1)
            )
        self._drawn = (self._live_render.renderable, columns)
        return found


class _WaitingLine:
    """A spinner and a text, cut at the width of the screen."""

    _spinner = Spinner("dots")

    def __init__(self, text: str, theme: Theme) -> None:
        self._text = text
        self._theme = theme

    def __rich__(self) -> RenderableType:
        self._spinner.text = Text(self._text, style=self._theme.note, no_wrap=True, overflow="ellipsis")
        return self._spinner
