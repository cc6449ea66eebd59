"""The rows that a text fills on the screen, and which parts of it have been shown."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from prompt_toolkit.utils import get_cwidth

from hitl_cli.text.visible import positions, segments, shown_line


class Row(NamedTuple):
    """A row of the screen: the line of the text, and where in its shown form the row begins and ends."""

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
    """Return the rows that `lines` fill when they are wrapped at `width` cells; `cells_of` measures a character.

    With `for_cursor` the end of a line that fills its last row begins another: the cursor can stand there.
    """
    found = []
    for number, line in enumerate(lines):
        start = used = 0
        shown = shown_line(line)
        for at, char in enumerate(shown):
            cells = cells_of(char)
            if used + cells > width and at > start:
                found.append(Row(number, start, at))
                start, used = at, 0
            used += cells
        found.append(Row(number, start, len(shown)))
        if for_cursor and used >= width:
            found.append(Row(number, len(shown), len(shown)))
    return found


def row_of(all_rows: Sequence[Row], line: int, column: int) -> int:
    """Return the index of the row with a place in the shown form of a line."""
    return bisect_right(all_rows, (line, column, 1 << 60)) - 1


def source_column(line: str, column: int) -> int:
    """Return the place in `line` of a place in its shown form."""
    to_raw = positions(segments(line, single_line=True))[1]
    return to_raw[min(column, len(to_raw) - 1)]


class Seen:
    """Remembers which characters of which lines were on the screen.

    A line is known by what it holds and by its distance from the first line, or from the last: an edit elsewhere in
    the text does not make it unseen. Of a line that is edited, what stands before and after the edit stays seen.
    """

    def __init__(self) -> None:
        self._columns: dict[tuple[bool, int, str], set[int]] = {}
        self._lines: Sequence[str] = ()

    def note(self, lines: Sequence[str], cells: Iterable[tuple[int, int]]) -> None:
        """Note that `cells`, each a line and a column of its shown form, are on the screen."""
        self._follow_edit(lines)
        for number, column in cells:
            if number < len(lines):
                for key in self._keys(lines, number):
                    self._columns.setdefault(key, set()).add(column)

    def unseen(self, lines: Sequence[str]) -> list[tuple[int, int]]:
        """Return for each line that was not wholly seen its number and the first column that was not."""
        self._follow_edit(lines)
        found = []
        for number, line in enumerate(lines):
            size = max(1, len(shown_line(line)))
            columns = set().union(*(self._columns.get(key, set()) for key in self._keys(lines, number)))
            if len(columns) < size or not columns.issuperset(range(size)):
                found.append((number, next(at for at in range(size) if at not in columns)))
        return found

    def _follow_edit(self, lines: Sequence[str]) -> None:
        """Carry over what was seen of each line that is not what it was."""
        before, self._lines = self._lines, lines
        if before == lines:
            return
        for number, (old, new) in enumerate(zip(before, lines, strict=False)):
            seen = self._columns.get((False, number, old))
            if old == new or not seen:
                continue
            old_shown, new_shown = shown_line(old), shown_line(new)
            head = _common(old_shown, new_shown)
            most = min(len(old_shown), len(new_shown)) - head
            tail = min(most, _common(old_shown[::-1], new_shown[::-1]))
            shift = len(new_shown) - len(old_shown)
            kept = {at for at in seen if at < head} | {
                at + shift for at in seen if at >= len(old_shown) - tail
            }
            self._columns.setdefault((False, number, new), set()).update(kept)

    @staticmethod
    def _keys(lines: Sequence[str], number: int) -> tuple[tuple[bool, int, str], tuple[bool, int, str]]:
        return (False, number, lines[number]), (True, len(lines) - number, lines[number])


def _common(one: str, other: str) -> int:
    """Return how many characters both texts begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (mine, theirs) in enumerate(pairs) if mine != theirs), min(len(one), len(other)))
