"""Short forms of a command or a folder, in one line, and how the program prints a sentence of its own."""

import re
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from hitl_cli.text.visible import segments, visible
from hitl_cli.text.wrapping import wrapped

INDENT = "  "
"""The start of a row that continues a sentence or a record."""

_MAX_COMMAND = 120  # columns: with the mark before it and the exit status after it, about two rows
_LABEL_OR_CHARACTER = re.compile(r"⟦[^⟧]*⟧|.", re.DOTALL)


def print_sentence(console: Console, shown: str, style: str) -> None:
    """Print a sentence of the program, wrapped between words if `console` is a terminal."""
    columns = console.width if console.is_terminal else None
    console.print(Text(wrapped(shown, columns, len(INDENT)), style=style), soft_wrap=True)


def brief(command: str, columns: int = _MAX_COMMAND) -> str:
    """Return `command` in one line, cut to `columns`, but never within a label."""
    shown = visible(command, single_line=True)
    if cell_len(shown) <= columns:
        return shown
    kept = ""
    for piece in segments(command, single_line=True):
        room = columns - 1 - cell_len(kept)
        if cell_len(piece.shown) > room:
            kept += "" if piece.marked else set_cell_size(piece.shown, room).rstrip()
            break
        kept += piece.shown
    return f"{kept}…"


def cut_within(shown: str, columns: int) -> str:
    """Return `shown`, a result of `visible`, cut in the middle to at most `columns`, but never within a label."""
    if cell_len(shown) <= columns:
        return shown
    pieces = _LABEL_OR_CHARACTER.findall(shown)
    room = columns - 1
    head: list[str] = []
    tail: list[str] = []
    while pieces:
        end = tail if sum(map(cell_len, tail)) <= sum(map(cell_len, head)) else head
        piece = pieces.pop(-1 if end is tail else 0)
        room -= cell_len(piece)
        if room < 0:
            break
        end.append(piece)
    return f"{''.join(head)}…{''.join(reversed(tail))}"


def shown_folder(folder: Path) -> str:
    """Return `folder` with `~` for the home folder, and labels for unusual characters."""
    home = Path.home()
    if folder.is_relative_to(home) and home != Path("/"):
        return visible(str(Path("~") / folder.relative_to(home)), single_line=True)
    return visible(str(folder), single_line=True)
