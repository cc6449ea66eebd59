"""Draws the panels of workflow authors: whatever one does, text with a few styles comes out of it."""

import asyncio
import io
from collections.abc import Callable, Mapping
from typing import Any

from rich.color import ColorType
from rich.console import Console
from rich.protocol import is_renderable
from rich.style import Style
from rich.text import Text

from hitl_cli.text.prose import printable
from hitl_cli.waiting import in_thread

LIMIT = 5.0
"""Seconds that a panel may take."""

_MAX_ROWS = 200
_MAX_CHARACTERS = 50_000
_COLOURS = range(1, 7)  # of the terminal's own: red, green, yellow, blue, magenta, cyan
_LEFT_OUT = "… the panel is longer than can be shown"


async def draw(
    panel: Callable[[Mapping[str, Any]], Any], values: Mapping[str, Any], columns: int, *, ascii_only: bool
) -> Text:
    """Return what `panel` draws of `values` in so many `columns`, without anything but text, emphasis and colours.

    The panel is called and drawn in a thread of its own.

    Raises:
        TimeoutError: It takes longer than `LIMIT`. Its thread is left alone.
        Exception: It raised this, or TypeError because it returned something that cannot be drawn.
    """

    def drawn() -> Text:
        try:
            return _rendered(panel(dict(values)), columns, ascii_only=ascii_only)
        except (StopIteration, SystemExit, KeyboardInterrupt) as caught:  # they would end more than the panel
            raise RuntimeError(f"{type(caught).__name__}: {caught}") from caught

    async with asyncio.timeout(LIMIT):
        return await in_thread(drawn)


def _rendered(made: Any, columns: int, *, ascii_only: bool) -> Text:
    if isinstance(made, str):
        made = Text(made)
    if not is_renderable(made):
        raise TypeError(f"a panel returns a text or a Rich renderable, not {type(made).__name__}")
    console = Console(
        file=io.TextIOWrapper(
            io.BytesIO(), "ascii" if ascii_only else "utf-8"
        ),  # decides how boxes are drawn
        width=columns,
        color_system=None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    text, rows = Text(), 0
    for segment in console.render(made, console.options):
        if segment.control:
            continue
        text.append(printable(segment.text), _safe(segment.style))
        rows += segment.text.count("\n")
        if rows >= _MAX_ROWS or len(text) >= _MAX_CHARACTERS:
            text.append(f"\n{_LEFT_OUT}")
            break
    text.rstrip()
    return text


def _safe(style: Style | None) -> Style:
    """Return emphasis and colour of `style`, as far as they can be read on any background; never a link."""
    if style is None:
        return Style.null()
    colour = style.color
    is_readable = colour is not None and colour.type is ColorType.STANDARD and colour.number in _COLOURS
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        color=colour if is_readable else None,
    )
