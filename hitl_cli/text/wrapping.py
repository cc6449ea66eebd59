"""Wraps lines between words at the width of the terminal."""

import os
import re
import textwrap
from typing import TextIO

_WORDS = re.compile(r"\s*\S+")


def columns_of(stream: TextIO | None) -> int | None:
    """Return the columns of the terminal `stream`, or None if it is not a terminal or its size is unknown."""
    try:
        if stream is None or not stream.isatty():
            return None
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # closed, or a stream without a descriptor
        return None


def wrapped(text: str, columns: int | None, indent: int = 0) -> str:
    """Return `text` wrapped between words to lines of at most `columns`; None wraps nothing.

    A continued line keeps the indentation of its line, plus `indent`. A wider word, such as a path, stays whole.
    """
    if columns is None:
        return text
    return "\n".join(_broken(line, columns, indent) for line in text.split("\n"))


def wrapped_items(text: str, columns: int) -> str:
    """Return `text`, a list of items separated by ` · `, wrapped between items to lines of at most `columns`.

    An item that is too wide is wrapped between its words.
    """
    items = (item.replace(" ", "\xa0") if len(item) + 2 <= columns else item for item in text.split(" · "))
    return textwrap.fill("\xa0· ".join(items), columns, break_on_hyphens=False).replace("\xa0", " ")


def _broken(line: str, columns: int, indent: int) -> str:
    from rich.cells import cell_len  # only needed for a terminal

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
