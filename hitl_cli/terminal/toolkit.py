"""The private API of prompt_toolkit that this program uses; tests/review/test_facts.py tests it.

If a version lacks one of these names, its use raises an error, before anything can be approved.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, TextIO, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.key_binding.key_processor import _Flush
from prompt_toolkit.layout.containers import WindowRenderInfo
from prompt_toolkit.layout.screen import Screen
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.output.vt100 import Vt100_Output
from rich.console import Console

from hitl_cli.environment import Terminal
from hitl_cli.terminal.reflow import rows_of_all, wraps_again

_Result = TypeVar("_Result")
_SIZE_SETTLES = 0.08  # seconds without a change

END_OF_SEQUENCE = _Flush
"""A marker among keys: the key before it does not start a sequence with the keys after it."""


def redraw(application: Application[Any]) -> None:
    """Draw `application` now, synchronously."""
    application._redraw()


def draw_afresh(application: Application[Any]) -> None:
    """Draw all of `application` now, without comparing it with what is on the screen."""
    if isinstance(application, ResizableApplication):
        application.draw_afresh()
    else:
        application._on_resize()


class ResizableApplication(Application[_Result]):
    """An application that is erased completely when the window becomes narrower.

    prompt_toolkit erases as many rows as it drew. On a terminal that wraps lines again, they are more rows by then.
    """

    def __init__(self, terminal: Terminal, **options: Any) -> None:
        """Take the terminal, and what prompt_toolkit takes."""
        super().__init__(**options)
        self._terminal = terminal
        self._resized: asyncio.TimerHandle | None = None
        self._tallest = (
            0  # rows of what was drawn from the same place; a lower drawing does not take them back
        )
        self.before_render += lambda _: self._find_cursor()
        self.after_render += lambda _: self._note_height()

    @property
    def rows_above(self) -> int:
        """The number of rows of the screen above the drawing."""
        renderer = self.renderer
        return renderer.output.get_size().rows - max(renderer._min_available_height, self._tallest)

    def draw_afresh(self) -> None:
        """Draw everything now."""
        self._find_cursor()
        super()._on_resize()

    def _on_resize(self) -> None:
        """Draw again when the size no longer changes: the terminal may be ahead of its reports."""
        if self._resized is not None:
            self._resized.cancel()

        def resized() -> None:
            if self.is_running and not self.is_done:
                self.draw_afresh()

        self._resized = asyncio.get_running_loop().call_later(_SIZE_SETTLES, resized)

    def _find_cursor(self) -> None:
        """Set the cursor's place in the drawing to where it is, if the drawing was wrapped again."""
        renderer = self.renderer
        if renderer._last_screen is None:
            self._tallest = 0
        screen, size, columns = renderer._last_screen, renderer._last_size, renderer.output.get_size().columns
        if screen is None or size is None or columns >= size.columns or not wraps_again(self._terminal):
            return
        if renderer.waiting_for_cpr:
            return  # it may have been drawn after the terminal became narrower, which would not have wrapped it
        x, y = renderer._cursor_pos.x, renderer._cursor_pos.y
        above = rows_of_all([_cells(screen, row) for row in range(y)], columns)
        renderer._cursor_pos = Point(x % columns, above + x // columns)
        renderer._last_size = None  # this is done once

    def _note_height(self) -> None:
        if self.renderer._last_screen is not None:
            self._tallest = max(self._tallest, self.renderer._last_screen.height)


def _cells(screen: Screen, row: int) -> list[int]:
    """Return the cells of each character that was drawn in a row."""
    drawn = screen.data_buffer[row]
    end = max((column for column, char in drawn.items() if char.char != " "), default=-1)
    return [drawn[column].width if column in drawn else 1 for column in range(end + 1)]


def cursor_of(application: Application[Any]) -> tuple[int, int] | None:
    """Return the screen row and column of the cursor, counted from 1, or None if they are not known."""
    renderer = application.renderer
    if renderer._min_available_height <= 0 or renderer.waiting_for_cpr:
        return None
    x, y = renderer._cursor_pos.x, renderer._cursor_pos.y
    if isinstance(application, ResizableApplication):
        return application.rows_above + y + 1, min(x + 1, renderer.output.get_size().columns)
    return renderer.rows_above_layout + y + 1, min(x + 1, renderer.output.get_size().columns)


_DEPTHS = {None: ColorDepth.DEPTH_1_BIT, "standard": ColorDepth.DEPTH_4_BIT}


def use_colours_of_rich(output: Output, stream: TextIO) -> None:
    """Let `output` use as many colours as Rich does on `stream`, unless variables say how many."""
    if isinstance(output, Vt100_Output) and output.default_color_depth is None:
        system = Console(file=stream).color_system
        output.default_color_depth = _DEPTHS.get(system, ColorDepth.DEPTH_8_BIT)


def drawn_cells(info: WindowRenderInfo) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return the screen position of each drawn character, by its line and column in the shown text."""
    return info._rowcol_to_yx
