"""Rows as lines: plain ones for a pipe; with a heading, cut to the width and failures marked, for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hitl_cli.environment import Environment
from hitl_cli.text.visible import visible
from hitl_cli.text.wrapping import columns_of

_DIM = "2"
_FAILED = "1;31"
_FAILED_UNCOLOURED = "1"
_GAP = "  "


@dataclass(frozen=True)
class Page:
    """What lines are for: a terminal with so many `columns`, or None for a pipe; and how a terminal may be styled."""

    columns: int | None = None
    heading: str = ""
    failed: str = ""

    @classmethod
    def of(cls, environment: Environment) -> "Page":
        """Return what standard output is; NO_COLOR takes the colour, a terminal without abilities all style."""
        columns = columns_of(environment.stdout)
        if columns is None or environment.has_dumb_terminal:
            return cls(columns)
        return cls(columns, _DIM, _FAILED_UNCOLOURED if environment.variables.get("NO_COLOR") else _FAILED)


class Row(NamedTuple):
    """The cells of a row, and which of them say that something failed."""

    cells: tuple[str, ...]
    failed: tuple[int, ...] = ()


def table(headings: Sequence[str], rows: Sequence[Row], page: Page, right: Sequence[int] = ()) -> list[str]:
    """Return a line for each row, its cells aligned; those in the columns `right` at their right end.

    A terminal gets the `headings` first, unless there is no row.
    """
    from rich.cells import cell_len, set_cell_size

    shown = [Row(tuple(visible(cell, single_line=True) for cell in row.cells), row.failed) for row in rows]
    if shown and page.columns is not None:
        shown.insert(0, Row(tuple(headings)))
    widths = [max(map(cell_len, column)) for column in zip(*(row.cells[:-1] for row in shown), strict=True)]
    lines = []
    for row in shown:
        cells = []
        for at, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
            room = " " * (width - cell_len(cell))
            cells.append(room + cell if at in right else cell + room)
        line = _GAP.join([*cells, row.cells[-1]])
        if page.columns is not None and cell_len(line) > page.columns:
            line = set_cell_size(line, page.columns - 1).rstrip() + "…"
        # From the end, so that what is put in moves nothing that is still looked for.
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
