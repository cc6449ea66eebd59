"""Resolves escape sequences in an output as a terminal would, into plain text.

A line that was redrawn several times appears once, in its last state. Erased text is dropped, but when the whole screen
is cleared, its content is kept above a note. The alternate screen of full-screen programs is dropped. Lines are not
wrapped. Implements the control functions of ECMA-48 and of xterm's control sequences that move, erase or insert text.
Runs in linear time.
"""

import re
from collections.abc import Callable

from rich.cells import get_character_cell_size

FULL_SCREEN_NOTE = "[a full-screen display, not kept]"
CLEARED_NOTE = "[the screen was cleared here]"

_STYLE = re.compile(r"\x1b\[[0-9;:]*m")
_STRING_BEGINS = re.compile(r"\x1b[]PX^_]|[\x90\x98\x9d-\x9f]")
_UNRESOLVED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TOKEN = re.compile(
    r"""(?P<text>[^\x00-\x1f\x7f-\x9f]+)
    |(?:\x1b\[|\x9b)(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])?
    |(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?
    |\x1b[ -/]*(?P<escape>[0-~])?
    |(?P<control>[\x00-\x1f\x7f-\x9f])""",
    re.VERBOSE,
)
_ALTERNATE = {"?47", "?1047", "?1049"}
_FILLER = ""  # the second column of a wide character, and the other columns of a tab


def resolved(text: str, columns: int = 80, lines: int = 24) -> str:
    """Return what a terminal of `columns` by `lines` would show for `text`, including lines that scrolled off."""
    if not _STRING_BEGINS.search(text):
        text = _STYLE.sub("", text)
    if not _UNRESOLVED.search(text):
        return text
    rows = _Rows(columns, lines)
    for token in _TOKEN.finditer(text):
        if token["text"] is not None:
            rows.put(token["text"])
        elif token["final"] is not None:
            rows.control_sequence(token["parameters"], token["final"])
        elif token["escape"] is not None:
            rows.escape(token["escape"])
        elif token["control"] is not None:
            rows.control(token["control"])
    return rows.text()


class _Rows:
    """The screen lines, which can still change, with a cursor; and the lines that have scrolled off."""

    def __init__(self, columns: int, lines: int) -> None:
        self._columns = max(columns, 1)
        self._height = max(lines, 1)
        self._scrolled_off: list[str] = []
        self._rows: list[list[str]] = [[]]
        self._row = 0
        self._column = 0
        self._saved = (0, 0)
        self._alternate = False
        self._last = ""
        self._finals: dict[str, Callable[[int], None]] = {
            "A": lambda n: self._go(self._row - n, self._column),
            "B": lambda n: self._go(self._row + n, self._column),
            "C": lambda n: self._go(self._row, self._right(n)),
            "D": lambda n: self._go(self._row, self._column - n),
            "E": lambda n: self._go(self._row + n, 0),
            "F": lambda n: self._go(self._row - n, 0),
            "G": lambda n: self._go(self._row, min(n, self._columns) - 1),
            "`": lambda n: self._go(self._row, min(n, self._columns) - 1),
            "a": lambda n: self._go(self._row, self._right(n)),
            "d": lambda n: self._go(n - 1, self._column),
            "e": lambda n: self._go(self._row + n, self._column),
            "P": self._delete_characters,
            "@": self._insert_characters,
            "X": self._erase_characters,
            "L": self._insert_lines,
            "M": self._delete_lines,
            "S": self._scroll_up,
            "T": self._scroll_down,
            "b": lambda n: self.put(self._last * min(n, self._columns)),
        }

    def put(self, text: str) -> None:
        """Write at the cursor, overwriting what is there."""
        if self._alternate or not text:
            return
        self._last = text[-1]
        row = self._rows[self._row]
        cells = list(text) if text.isascii() else _cells(text)
        if cells and not text.isascii() and self._column and get_character_cell_size(text[0]) == 0:
            cells = self._combine(row, text)
        end = self._column + len(cells)
        if self._column > len(row):
            row.extend(" " * (self._column - len(row)))
        if self._column < len(row) and row[self._column] == _FILLER:
            self._break(row, self._column)
        if end < len(row) and row[end] == _FILLER:
            self._break(row, end)
        row[self._column : end] = cells
        self._column = end

    def control(self, character: str) -> None:
        """Apply a one-byte control character."""
        if self._alternate:
            return
        match character:
            case "\r":
                self._column = 0
            case "\n" | "\v" | "\f" | "\x85":
                self._next_line()
                self._column = 0
            case "\b":
                self._column = max(self._column - 1, 0)
            case "\t":
                self._tab()

    def escape(self, final: str) -> None:
        """Apply an escape sequence without parameters."""
        if final == "c":
            self._alternate = False
            self._clear()
            self._go(0, 0)
        if self._alternate:
            return
        match final:
            case "7":
                self._saved = (self._row, self._column)
            case "8":
                self._go(*self._saved)
            case "D":
                self._next_line()
            case "E":
                self._next_line()
                self._column = 0
            case "M" if self._row == 0:
                self._scroll_down(1)
            case "M":
                self._go(self._row - 1, self._column)

    def control_sequence(self, parameters: str, final: str) -> None:
        """Apply a control sequence."""
        if final in "hl" and parameters in _ALTERNATE:
            if final == "h" and not self._alternate:
                self._note_full_screen()
            self._alternate = final == "h"
        if self._alternate or parameters.startswith(("?", "<", "=", ">")):
            return
        if final in "Hf":
            row, _, column = parameters.partition(";")
            self._go(_number(row) - 1, min(_number(column), self._columns) - 1)
        elif final == "J":
            self._erase_display(parameters)
        elif final == "K":
            self._erase_line(parameters)
        elif final == "s" and not parameters:
            self._saved = (self._row, self._column)
        elif final == "u" and not parameters:
            self._go(*self._saved)
        elif final in self._finals:
            self._finals[final](_number(parameters.partition(";")[0]))

    def text(self) -> str:
        """Return the whole text."""
        lines = self._scrolled_off + ["".join(row) for row in self._rows]
        while len(lines) > 1 and not lines[-1] and len(lines) - len(self._scrolled_off) > self._row + 1:
            lines.pop()
        return "\n".join(lines)

    def _go(self, row: int, column: int) -> None:
        self._row = min(max(row, 0), self._height - 1)
        self._column = max(column, 0)
        while len(self._rows) <= self._row:
            self._rows.append([])

    def _right(self, count: int) -> int:
        return max(self._column, min(self._column + count, self._columns - 1))

    def _next_line(self) -> None:
        if self._row == self._height - 1:
            self._scroll()
        self._row = min(self._row + 1, self._height - 1)
        if self._row == len(self._rows):
            self._rows.append([])

    def _scroll(self) -> None:
        self._scrolled_off.append("".join(self._rows.pop(0)))
        self._rows.append([])

    def _scroll_up(self, count: int) -> None:
        for _ in range(min(count, len(self._rows))):
            self._scroll()

    def _scroll_down(self, count: int) -> None:
        for _ in range(min(count, self._height)):
            self._rows.insert(0, [])
        del self._rows[self._height :]

    def _tab(self) -> None:
        row = self._rows[self._row]
        stop = (self._column // 8 + 1) * 8
        if self._column == len(row):
            row.extend(["\t", *[_FILLER] * (stop - self._column - 1)])
        self._column = stop

    def _clear(self) -> None:
        """Erase the whole screen; its content is kept as if it had scrolled off."""
        lines = ["".join(row) for row in self._rows]
        while lines and not lines[-1].strip():
            lines.pop()
        if lines:
            self._scrolled_off += [*lines, CLEARED_NOTE]
        for row in self._rows:
            row.clear()

    def _erase_display(self, parameters: str) -> None:
        match parameters:
            case "" | "0" if self._row == self._column == 0:
                self._clear()
            case "" | "0":
                self._erase_line("0")
                del self._rows[self._row + 1 :]
            case "1":
                self._erase_line("1")
                for row in self._rows[: self._row]:
                    row.clear()
            case "2":
                self._clear()

    def _erase_line(self, parameters: str) -> None:
        row = self._rows[self._row]
        match parameters:
            case "" | "0":
                del row[self._column :]
            case "1":
                row[: self._column + 1] = " " * min(self._column + 1, len(row))
            case "2":
                row.clear()

    def _delete_characters(self, count: int) -> None:
        del self._rows[self._row][self._column : self._column + count]

    def _insert_characters(self, count: int) -> None:
        row = self._rows[self._row]
        if self._column < len(row):
            row[self._column : self._column] = " " * min(count, self._columns)

    def _erase_characters(self, count: int) -> None:
        row = self._rows[self._row]
        end = min(self._column + count, len(row))
        row[self._column : end] = " " * max(end - self._column, 0)

    def _insert_lines(self, count: int) -> None:
        for _ in range(min(count, self._height)):
            self._rows.insert(self._row, [])
        del self._rows[self._height :]
        self._column = 0

    def _delete_lines(self, count: int) -> None:
        del self._rows[self._row : self._row + count]
        self._go(self._row, 0)

    def _note_full_screen(self) -> None:
        if self._rows[self._row]:
            self._next_line()
        self._column = 0
        self.put(FULL_SCREEN_NOTE)
        self._next_line()
        self._column = 0

    def _combine(self, row: list[str], text: str) -> list[str]:
        """Add the combining characters at the beginning of `text` to the cell before the cursor; return the rest."""
        length = next((i for i, char in enumerate(text) if get_character_cell_size(char)), len(text))
        before = min(self._column, len(row)) - 1
        while before > 0 and row[before] == _FILLER:
            before -= 1
        if before >= 0:
            row[before] += text[:length]
        return _cells(text[length:])

    def _break(self, row: list[str], column: int) -> None:
        """Replace the wide character or tab that covers `column` with blanks, because part of it is overwritten."""
        start = column
        while start > 0 and row[start] == _FILLER:
            start -= 1
        end = column
        while end < len(row) and row[end] == _FILLER:
            end += 1
        row[start:end] = " " * (end - start)


def _cells(text: str) -> list[str]:
    cells: list[str] = []
    for char in text:
        width = get_character_cell_size(char)
        if width == 0 and cells:
            base = next(i for i in range(len(cells) - 1, -1, -1) if cells[i] != _FILLER or i == 0)
            cells[base] += char
            continue
        cells.append(char)
        cells.extend([_FILLER] * (width - 1))
    return cells


def _number(text: str) -> int:
    """Return a parameter's value; an empty, zero or invalid one counts as 1."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
