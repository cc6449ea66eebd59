"""The gutter beside a command: a number where one of its lines begins, a mark where a row only continues a line.

No text is drawn in it, so a line end and a wrap cannot be mistaken for each other, in any theme and without colour.
"""

CONTINUED = "↳"
PLAIN_CONTINUED = "+"
PROMPT = "$"


def gutter_width(lines: int) -> int:
    """Return how many columns the gutter beside a text of so many lines takes, with the blank after it."""
    return len(str(lines)) + 1


def gutter(line: int, continues: bool, lines: int, *, first: str = "1", continued: str = CONTINUED) -> str:
    """Return the gutter of a row of `line`, counted from 0, in a text of so many lines.

    `first` stands for the number of the first line, `continued` before a row that continues its line.
    """
    mark = continued if continues else str(line + 1) if line else first
    return mark.rjust(gutter_width(lines) - 1) + " "
