"""The screen of an emulated terminal, which answers queries and can wrap its lines again when it becomes narrower."""

from collections.abc import Callable
from typing import Any

import pyte
from pyte.screens import StaticDefaultDict


class EmulatedScreen(pyte.HistoryScreen):
    """A screen that answers when it is asked where its cursor is.

    If it `wraps`, rows that are too long for a new size continue on further rows, as in most terminals; otherwise they
    are cut, as in xterm.
    """

    def __init__(
        self, columns: int, lines: int, reply: Callable[[str], None], *, wraps: bool = False
    ) -> None:
        super().__init__(columns, lines, history=5000)
        self.reply = reply
        self.wraps = wraps

    def select_graphic_rendition(self, *attributes: int, **options: bool) -> None:
        # pyte takes the sequences of keyboard protocols, which begin alike, for colours.
        if not options:
            super().select_graphic_rendition(*attributes)

    def write_process_input(self, data: str) -> None:
        self.reply(data)

    def report_device_attributes(self, mode: int = 0, **options: bool) -> None:
        """Answer as VTE does, if this screen wraps."""
        if self.wraps:
            self.reply("\x1b[>65;7000;1c")
        else:
            super().report_device_attributes(mode, **options)

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Change the size."""
        if self.wraps and columns is not None and columns < self.columns:
            self._wrap(columns)
        super().resize(lines, columns)

    def _wrap(self, columns: int) -> None:
        rows: list[Any] = []
        cursor = (0, 0)
        for number in range(self.lines):
            row = self.buffer[number]
            used = max((at for at, cell in row.items() if cell.data != " "), default=-1) + 1
            if number == self.cursor.y:
                at = min(self.cursor.x, self.columns - 1)
                cursor = (len(rows) + at // columns, at % columns)
            for start in range(0, max(used, 1), columns):
                piece: Any = StaticDefaultDict(self.default_char)
                piece.update({at - start: row[at] for at in range(start, min(start + columns, used))})
                rows.append(piece)
        while len(rows) > max(self.lines, cursor[0] + 1) and not rows[-1]:
            rows.pop()
        above = max(0, len(rows) - self.lines)
        self.history.top.extend(rows[:above])
        for number in range(self.lines):
            found = (
                rows[above + number] if above + number < len(rows) else StaticDefaultDict(self.default_char)
            )
            self.buffer[number] = found
        self.cursor.y, self.cursor.x = max(0, cursor[0] - above), cursor[1]
