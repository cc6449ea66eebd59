"""The private API of prompt_toolkit that this program uses; tests/review/test_facts.py tests it.

If a version lacks one of these names, its use raises an error, before anything can be approved.
"""

from collections.abc import Mapping
from typing import Any, TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding.key_processor import _Flush
from prompt_toolkit.layout.containers import WindowRenderInfo
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.output.vt100 import Vt100_Output
from rich.console import Console

END_OF_SEQUENCE = _Flush
"""A marker among keys: the key before it does not start a sequence with the keys after it."""


def redraw(application: Application[Any]) -> None:
    """Draw `application` now, synchronously."""
    application._redraw()


def draw_afresh(application: Application[Any]) -> None:
    """Draw all of `application` now, without comparing it with what is on the screen."""
    application._on_resize()


def cursor_of(application: Application[Any]) -> tuple[int, int] | None:
    """Return the screen row and column of the cursor, counted from 1, or None if they are not known."""
    renderer = application.renderer
    if renderer._min_available_height <= 0 or renderer.waiting_for_cpr:
        return None
    x, y = renderer._cursor_pos.x, renderer._cursor_pos.y
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
