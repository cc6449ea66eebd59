"""Where the rows of a drawing are after the window became narrower, on a terminal that wraps its lines again."""

import os
from collections.abc import Iterable, Sequence

from hitl_cli.environment import Terminal

DEVICE_QUERY = "\x1b[>c"
"""Asks for the secondary device attributes, which tell the kind of terminal."""

_CUTS = (41, 77, 82, 83)  # devices that cut rows: xterm, mintty, rxvt, screen
_WRAP = (
    *(
        "ALACRITTY_WINDOW_ID",
        "GHOSTTY_RESOURCES_DIR",
        "ITERM_SESSION_ID",
        "KITTY_WINDOW_ID",
        "KONSOLE_VERSION",
    ),
    *("TMUX", "VTE_VERSION", "WEZTERM_PANE", "WT_SESSION"),
)
"""Variables that terminals set which wrap their lines again."""


def wraps_again(terminal: Terminal | None) -> bool:
    """Return whether `terminal` wraps long rows when it becomes narrower; False if that is not known.

    Then rows of an old drawing may stay on the screen. The other error would erase rows of something else.
    """
    if terminal is None:
        return False
    device = terminal.reports.device
    if device is None or "ITERM_SESSION_ID" in os.environ:  # iTerm2 reports the number of xterm
        return any(name in os.environ for name in _WRAP)
    return device not in _CUTS


def rows_of(cells: Iterable[int], columns: int) -> int:
    """Return the number of rows of `columns` that a line takes whose characters have these `cells`."""
    rows, used = 1, 0
    for each in cells:
        if used + each > columns:
            rows, used = rows + 1, 0
        used += each
    return rows


def erase_above(rows: int) -> bytes:
    """Return the sequence that erases the row of the cursor, `rows` above it, and everything below."""
    return b"\r" + (b"\x1b[%dA" % rows if rows else b"") + b"\x1b[J"


def rows_of_all(lines: Sequence[Iterable[int]], columns: int) -> int:
    """Return the number of rows that `lines` take; see `rows_of`."""
    return sum(rows_of(line, columns) for line in lines)
