"""What the panel and plain lines show once the text on the line was changed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hitl_cli.screen.command_text import ChangedCode, marked_changes
from hitl_cli.screen.themes import DARK
from tests.review.conftest import Ask


def drawn(old: str, new: str, columns: int = 60) -> str | None:
    """Return what is drawn of a change, without colours, or None if there are no marks in it."""
    if (changes := marked_changes(old, new)) is None:
        return None
    console = Console(file=io.StringIO(), width=columns, force_terminal=True, color_system=None)
    console.print(ChangedCode(changes, DARK))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("rm -rf build", "rm -r build out", "rm -[-rf-]{+r+} build{+ out+}"),
        ("echo one\nrm x", "echo one", "  echo one[-\n  rm x-]"),
        ("echo one", "echo one\u200b", "echo one{+⟦U+200B⟧+}"),
        ("find . -type f", "uptime", None),
        ("echo [-x-] one", "echo [-x-] two", None),
    ],
)
def test_words_are_marked_without_colours(old: str, new: str, shown: str | None) -> None:
    """Not if it is no edit, nor if something in the texts could be taken for a mark."""
    assert drawn(old, new) == shown


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="[]{}⟦⟧")),
    st.text(st.characters(codec="utf-8", exclude_characters="[]{}⟦⟧")),
    st.integers(2, 60),
)
def test_every_word_of_both_is_there(old: str, new: str, columns: int) -> None:
    """The pieces are the texts, in order, and no row is too wide or holds what a terminal would interpret."""
    changes = marked_changes(old, new)
    if changes is None:
        return
    assert "".join(text for mark, text in changes if mark != "+") == old
    assert "".join(text for mark, text in changes if mark != "-") == new
    shown = drawn(old, new, columns)
    assert shown is not None
    assert not [char for char in shown if ord(char) < 32 and char != "\n"]


def test_panel_shows_the_change(asked: Ask) -> None:
    """And the line the whole text; without a change, the panel is as it was."""
    at = asked("git fetch origin main", env={"NO_COLOR": "1"})
    at.sees("^│ git fetch origin main +│$", "all keys")
    at.type("\x1b[F" + "\x17")
    at.sees("^│ git fetch origin \\[-main-\\] +│$", r"^\$ git fetch origin\s*$", "edited: ")
    at.type("dev")
    at.sees("^│ git fetch origin \\[-main-\\]\\{\\+dev\\+\\} +│$", r"^\$ git fetch origin dev$")
    at.type("\x15")
    at.sees("^│ \\[-git fetch origin main-\\] +│$")
    at.type("git fetch origin main")
    at.no_longer_sees("edited")
    at.type("\r")
    assert at.decided()[1]["command"] == "git fetch origin main"


def test_plain_lines_name_the_change(asked: Ask) -> None:
    """One line, before the answer that runs it."""
    at = asked("git fetch origin main", env={"HITL_PLAIN": "1"})
    at.sees("Your answer:")
    at.type("e\r")
    at.sees("empty keeps it")
    at.type("git fetch origin dev\r")
    at.sees(r"^Changed: git fetch origin \[-main-\]\{\+dev\+\}$")
    at.type("x\r")
    at.type("\r")
    assert at.decided()[0] == "Reject"
