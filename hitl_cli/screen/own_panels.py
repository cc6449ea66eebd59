"""Draws the panels of workflow authors: whatever one does, text with a few styles comes out of it."""

import asyncio
import io
import threading
from collections.abc import Callable, Mapping
from typing import Any

from rich.color import ColorType
from rich.console import Console
from rich.protocol import is_renderable
from rich.style import Style
from rich.text import Text

from hitl_cli.text.prose import printable

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
    loop = asyncio.get_running_loop()
    drawn: asyncio.Future[Text] = loop.create_future()

    def settle(text: Text | None, problem: BaseException | None) -> None:
        if drawn.done():
            return
        if problem is not None:
            drawn.set_exception(problem)
        elif text is not None:
            drawn.set_result(text)

    def work() -> None:
        text, problem = None, None
        try:
            text = _rendered(panel(dict(values)), columns, ascii_only=ascii_only)
        except Exception as caught:  # noqa: BLE001  (an author's function may raise anything)
            problem = caught
        except BaseException as caught:  # noqa: BLE001  (SystemExit, for example, must not look like the program's)
            problem = RuntimeError(f"{type(caught).__name__}: {caught}")
        try:
            loop.call_soon_threadsafe(settle, text, problem)
        except RuntimeError:
            return  # the program has ended

    threading.Thread(target=work, daemon=True, name="hitl-panel").start()
    async with asyncio.timeout(LIMIT):
        return await drawn


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
