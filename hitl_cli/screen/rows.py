"""The rows that a text takes on the screen, and which parts of it were shown."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from prompt_toolkit.utils import get_cwidth

from hitl_cli.text.visible import positions, segments, shown_line


class Row(NamedTuple):
    """A row of the screen: a line of the text, and the start and end of the row in the shown form of that line."""

    line: int
    start: int
    end: int


def rows(
    lines: Sequence[str],
    width: int,
    cells_of: Callable[[str], int] = get_cwidth,
    *,
    for_cursor: bool = False,
) -> list[Row]:
    """Return the rows of `lines`, wrapped at `width` cells; `cells_of` returns the cells of a character.

    With `for_cursor`, a line that fills its last row gets one more row, for a cursor at its end.
    """
    found = []
    for number, line in enumerate(lines):
        shown = shown_line(line)
        breaks, used = wrapped_at(shown, width, cells_of)
        starts = [0, *breaks]
        found += [Row(number, start, end) for start, end in zip(starts, [*breaks, len(shown)], strict=True)]
        if for_cursor and used >= width:
            found.append(Row(number, len(shown), len(shown)))
    return found


def wrapped_at(shown: str, width: int, cells_of: Callable[[str], int]) -> tuple[list[int], int]:
    """Return where a line, as it is shown, is wrapped at `width` cells, and the cells used in its last row."""
    breaks: list[int] = []
    used = 0
    for at, char in enumerate(shown):
        cells = cells_of(char)
        if used + cells > width and at > (breaks[-1] if breaks else 0):
            breaks.append(at)
            used = 0
        used += cells
    return breaks, used


def row_of(all_rows: Sequence[Row], line: int, column: int) -> int:
    """Return the index of the row that contains a column of the shown form of a line."""
    return bisect_right(all_rows, (line, column, 1 << 60)) - 1


def source_column(line: str, column: int) -> int:
    """Return the column of `line` for a column of its shown form."""
    to_raw = positions(segments(line, single_line=True))[1]
    return to_raw[min(column, len(to_raw) - 1)]


class SeenText:
    """Remembers which characters of a text were on the screen.

    A line is identified by its text and its distance from the first or the last line, so an edit elsewhere does not
    make it unseen. In an edited line, the parts before and after the edit stay seen.
    """

    def __init__(self) -> None:
        self._columns: dict[tuple[bool, int, str], set[int]] = {}
        self._lines: Sequence[str] = ()

    def note(self, lines: Sequence[str], cells: Iterable[tuple[int, int]]) -> None:
        """Record that `cells`, each a line and a column of its shown form, are on the screen."""
        self._follow_edit(lines)
        for number, column in cells:
            if number < len(lines):
                for key in self._keys(lines, number):
                    self._columns.setdefault(key, set()).add(column)

    def unseen(self, lines: Sequence[str]) -> list[tuple[int, int]]:
        """Return, for each line that was not completely seen, its number and its first unseen column."""
        self._follow_edit(lines)
        found = []
        for number, line in enumerate(lines):
            size = max(1, len(shown_line(line)))
            columns = set().union(*(self._columns.get(key, set()) for key in self._keys(lines, number)))
            if len(columns) < size or not columns.issuperset(range(size)):
                found.append((number, next(at for at in range(size) if at not in columns)))
        return found

    def _follow_edit(self, lines: Sequence[str]) -> None:
        """Carry over what was seen of each line that has changed."""
        before, self._lines = self._lines, lines
        if before == lines:
            return
        for number, (old, new) in enumerate(zip(before, lines, strict=False)):
            seen = self._columns.get((False, number, old))
            if old == new or not seen:
                continue
            old_shown, new_shown = shown_line(old), shown_line(new)
            head = _common_prefix(old_shown, new_shown)
            most = min(len(old_shown), len(new_shown)) - head
            tail = min(most, _common_prefix(old_shown[::-1], new_shown[::-1]))
            shift = len(new_shown) - len(old_shown)
            kept = {at for at in seen if at < head} | {
                at + shift for at in seen if at >= len(old_shown) - tail
            }
            self._columns.setdefault((False, number, new), set()).update(kept)

    @staticmethod
    def _keys(lines: Sequence[str], number: int) -> tuple[tuple[bool, int, str], tuple[bool, int, str]]:
        return (False, number, lines[number]), (True, len(lines) - number, lines[number])


def _common_prefix(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(one), len(other)))
