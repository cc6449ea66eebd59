"""The text of a question on the screen: its rows, which parts were seen, and paging."""

from functools import lru_cache

from prompt_toolkit.layout import Window
from prompt_toolkit.layout.containers import WindowRenderInfo
from prompt_toolkit.output import Output

from hitl_cli.prompt.frame import Frame
from hitl_cli.screen.command_text import gutter_width
from hitl_cli.screen.rows import Row, SeenText, row_of, rows, source_column
from hitl_cli.terminal.toolkit import drawn_cells
from hitl_cli.text.visible import shown_line


class Pages:
    """Tracks which parts of the text in `frame` are, and were, on the screen."""

    def __init__(self, frame: Frame, output: Output) -> None:
        self._buffer = frame.buffer
        self._window: Window = frame.text
        self._window.render_info = None  # from the previous question
        self._output = output
        self._seen = SeenText()
        self._recorded: WindowRenderInfo | None = None

    @property
    def rows(self) -> list[Row]:
        """The rows that the text takes on the screen."""
        text = self._buffer.text
        return _rows_of(text, self._output.get_size().columns - gutter_width(text.count("\n") + 1))

    @property
    def are_drawn(self) -> bool:
        """Whether any part of the text was on the screen."""
        return self._recorded is not None

    @property
    def first_unseen(self) -> tuple[int, int] | None:
        """The line, and the column of its shown form, of the first place that was not on the screen yet."""
        unseen = self._seen.unseen(self._lines)
        return unseen[0] if unseen else None

    @property
    def rows_left(self) -> int:
        """The number of rows from the first unseen place to the end."""
        unseen = self.first_unseen
        return len(self.rows) - row_of(self.rows, *unseen) if unseen else 0

    def record_drawn(self) -> None:
        """Record what is on the screen now as seen."""
        info = self._window.render_info
        if info is None or info is self._recorded:
            return  # the text was not drawn: the terminal is too small
        self._recorded = info
        self._seen.note(self._lines, drawn_cells(info))

    def turn(self, direction: int) -> None:
        """Move one screen down (1) or up (-1); moving down never skips unseen text."""
        info = self._window.render_info
        if info is None or not (places := drawn_cells(info).keys()):
            return
        unseen = self.first_unseen
        if direction > 0 and unseen and unseen < min(places):
            self._go_to(row_of(self.rows, *unseen))
            return
        step = direction * max(1, info.window_height - 1)
        if direction > 0:
            self._go_down(row_of(self.rows, *max(places)), step, info.window_height)
        else:
            self._go_to(row_of(self.rows, *min(places)) + step)

    def show_unseen(self) -> None:
        """Move to the first unseen place, with as much of the text after it as fits."""
        place = self.first_unseen
        if place is None:
            return
        row = row_of(self.rows, *place)
        info = self._window.render_info
        if info is not None and (cells := drawn_cells(info)) and place > max(cells):
            self._go_down(row, max(1, info.window_height - 2), info.window_height)
        else:
            self._go_to(row)

    def drawn_text(self) -> str:
        """Return the text as it is drawn: its shown form, if the screen is up to date."""
        info = self._window.render_info
        if info is None:
            return ""
        content = info.ui_content
        # prompt_toolkit adds one blank to every line for the cursor.
        return "\n".join(
            "".join(part[1] for part in content.get_line(at))[:-1] for at in range(content.line_count)
        )

    @property
    def _lines(self) -> list[str]:
        return self._buffer.text.split("\n")

    def _go_down(self, row: int, step: int, height: int) -> None:
        """Move down from `row` by `step` rows in a window of `height` rows, without skipping any."""
        all_rows = self.rows
        target = min(row + step, len(all_rows) - 1)
        line = all_rows[target].line
        first = row_of(all_rows, line, 0)
        is_taller = first + height < len(all_rows) and all_rows[first + height].line == line
        # A line that is taller than the window is shown from its start, without any line before it.
        self._go_to(first - 1 if is_taller and row < first - 1 else target)

    def _go_to(self, row: int) -> None:
        target = self.rows[max(0, min(row, len(self.rows) - 1))]
        line = self._lines[target.line]
        # Not to the first column of a row: prompt_toolkit would leave the cursor just outside the window.
        is_last = target.end == len(shown_line(line))
        column = source_column(line, target.end if is_last else target.start + 1)
        self._buffer.cursor_position = self._buffer.document.translate_row_col_to_index(target.line, column)


@lru_cache(maxsize=4)
def _rows_of(text: str, width: int) -> list[Row]:
    return rows(text.split("\n"), max(2, width), for_cursor=True)
