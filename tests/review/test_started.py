"""A command above its output."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hitl_cli.screen.command_text import StartedCommand
from hitl_cli.screen.themes import DARK


def drawn(command: str, columns: int = 40) -> list[str]:
    """Return the rows that are drawn of `command` on a terminal."""
    console = Console(file=io.StringIO(), width=columns, force_terminal=True, color_system=None)
    console.print(StartedCommand(command, DARK))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


def test_command_is_named_as_on_the_line() -> None:
    """Numbers beside lines, a sign beside wrapped rows, labels; what is long is counted."""
    assert drawn("ls -l") == ["$ ls -l"]
    assert drawn("cat <<E\n\tone\nE\n") == ["$ cat <<E", "2 ⟦tab⟧one", "3 E"]
    assert drawn("echo " + "x" * 60) == ["$ echo " + "x" * 33, "↳ " + "x" * 27]
    assert drawn("\n".join(["true"] * 20))[4:] == [" 5 true", " … 15 more rows"]


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(2, 60))
def test_no_command_leaves_its_rows(command: str, columns: int) -> None:
    """Whatever is in it: few rows, and no character that a terminal would interpret."""
    rows = drawn(command, columns)
    assert len(rows) <= 6
    assert rows[0].lstrip().startswith("$ ")
    assert all(row.isprintable() or not any(ord(char) < 32 for char in row) for row in rows)
