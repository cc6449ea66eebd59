"""What this program takes from prompt_toolkit that is not public; tests/review/test_facts.py says what it must do.

A version without one of these is an error where it is used, before anything is approved.
"""

from collections.abc import Mapping
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding.key_processor import _Flush
from prompt_toolkit.layout.containers import WindowRenderInfo

END_OF_SEQUENCE = _Flush
"""Among keys: the one before it begins no sequence with what comes after."""


def redraw(application: Application[Any]) -> None:
    """Draw `application` now, and not when the loop comes to it."""
    application._redraw()


def draw_afresh(application: Application[Any]) -> None:
    """Draw all of `application` now, whatever of it is on the screen."""
    application._on_resize()


def cursor_of(application: Application[Any]) -> tuple[int, int] | None:
    """Return the row and column of the screen, from 1, where the cursor was left, None where that is not known."""
    renderer = application.renderer
    if renderer._min_available_height <= 0 or renderer.waiting_for_cpr:
        return None
    x, y = renderer._cursor_pos.x, renderer._cursor_pos.y
    return renderer.rows_above_layout + y + 1, min(x + 1, renderer.output.get_size().columns)


def drawn_cells(info: WindowRenderInfo) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return where on the screen each place of a text is that was drawn; a place is a line and a column as shown."""
    return info._rowcol_to_yx
