"""Rows that are drawn again and again at the bottom of the terminal, and the line that says what the run waits for."""

from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from rich.console import ConsoleRenderable, RenderableType
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.spinner import Spinner
from rich.text import Text

from hitl_cli.screen.themes import Theme
from hitl_cli.terminal.reflow import rows_of_all


class LiveRows(Live):
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


class WaitingLine:
    """A spinner and a text, cut at the width of the screen."""

    _spinner = Spinner("dots", Text())  # a string would be read as markup, with the names of all emoji

    def __init__(self, text: str, theme: Theme) -> None:
        self._text = text
        self._theme = theme

    def __rich__(self) -> RenderableType:
        self._spinner.text = Text(self._text, style=self._theme.note, no_wrap=True, overflow="ellipsis")
        return self._spinner
