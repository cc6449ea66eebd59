"""Tables: plain rows for a pipe; for a terminal with headings, cut to its width, failures highlighted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hitl_cli.environment import Environment
from hitl_cli.text.visible import visible
from hitl_cli.text.wrapping import columns_of

_HEADING, _FAILED = "4", "1"  # underlined and bold, which can be read in every palette
_GAP = "  "


@dataclass(frozen=True)
class Page:
    """Where a table is printed: the width of a terminal (None for a pipe), and its styles for headings and failures."""

    columns: int | None = None
    heading: str = ""
    failed: str = ""

    @classmethod
    def of(cls, environment: Environment) -> "Page":
        """Return the page for standard output; without styles on a dumb terminal."""
        columns = columns_of(environment.stdout)
        if columns is None or environment.has_dumb_terminal:
            return cls(columns)
        return cls(columns, _HEADING, _FAILED)


class TableRow(NamedTuple):
    """The cells of a row, and the indexes of those that show a failure.

    `mark` follows the last cell, also where that is cut.
    """

    cells: tuple[str, ...]
    failed: tuple[int, ...] = ()
    mark: str = ""


def table(
    headings: Sequence[str], rows: Sequence[TableRow], page: Page, right: Sequence[int] = ()
) -> list[str]:
    """Return a line for each row with aligned cells; the columns in `right` are aligned to the right.

    For a terminal, the `headings` come first, unless there is no row.
    """
    from rich.cells import cell_len, set_cell_size

    shown = [
        TableRow(tuple(visible(cell, single_line=True) for cell in row.cells), row.failed, row.mark)
        for row in rows
    ]
    if shown and page.columns is not None:
        shown.insert(0, TableRow(tuple(headings)))
    widths = [max(map(cell_len, column)) for column in zip(*(row.cells[:-1] for row in shown), strict=True)]
    lines = []
    for row in shown:
        cells = []
        for at, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
            blanks = " " * (width - cell_len(cell))
            cells.append(blanks + cell if at in right else cell + blanks)
        line = _GAP.join([*cells, row.cells[-1]])
        mark = row.mark if page.columns is None or cell_len(row.mark) < page.columns // 2 else ""
        room = None if page.columns is None else page.columns - cell_len(mark)
        if room is not None and cell_len(line) > room:
            line = set_cell_size(line, room - 1).rstrip() + "…"
        line += mark
        # From the end, so that inserted styles do not move the cells before them.
        for at in sorted(row.failed, reverse=True):
            begin = sum(len(cell) + len(_GAP) for cell in cells[:at])
            line = (
                line[:begin]
                + _styled(line[begin : begin + len(cells[at])], page.failed)
                + line[begin + len(cells[at]) :]
            )
        lines.append(line)
    if shown and page.columns is not None:
        lines[0] = _styled(lines[0], page.heading)
    return lines


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text
