"""Lines that break between words, at the width of the terminal that shows them."""

import os
import re
import textwrap
from typing import TextIO

_WORDS = re.compile(r"\s*\S+")


def columns_of(stream: TextIO | None) -> int | None:
    """Return how many columns a line on `stream` may have; None where it is no terminal, or tells no size."""
    try:
        if stream is None or not stream.isatty():
            return None
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # closed, or a stream of Python's own
        return None


def wrapped(text: str, columns: int | None, indent: int = 0) -> str:
    """Return `text` with its lines broken between words, so that none is wider than `columns`; None breaks none.

    A line begins again where it began, and `indent` further in. A word that is wider stays whole, as a path should.
    """
    if columns is None:
        return text
    return "\n".join(_broken(line, columns, indent) for line in text.split("\n"))


def wrapped_items(text: str, columns: int) -> str:
    """Return `text`, items with ` · ` between them, in lines of at most `columns` that break between items.

    An item that is wider by itself breaks between its words.
    """
    items = (item.replace(" ", "\xa0") if len(item) + 2 <= columns else item for item in text.split(" · "))
    return textwrap.fill("\xa0· ".join(items), columns, break_on_hyphens=False).replace("\xa0", " ")


def _broken(line: str, columns: int, indent: int) -> str:
    from rich.cells import cell_len  # not needed where lines go to no terminal

    if cell_len(line) <= columns:
        return line
    margin = " " * (len(line) - len(line.lstrip()) + indent)
    lines = [""]
    for word in _WORDS.findall(line):
        if lines[-1].strip() and cell_len(lines[-1] + word) > columns:
            lines.append(margin + word.lstrip())
        else:
            lines[-1] += word
    return "\n".join(lines)
