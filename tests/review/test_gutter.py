"""The end of a line and a wrap look different, wherever a command is shown; comments look like comments."""

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import pytest

from hitl_cli.screen.command_text import highlighted
from tests.review.conftest import Ask, Asked
from tests.review.keys import CTRL_D, ENTER, ESC
from tests.terminal import Person
from tests.work import assert_linear

At = Callable[..., Person]
LOOKS = [{"HITL_THEME": "dark"}, {"HITL_THEME": "light"}, {"HITL_THEME": "high-contrast"}, {"NO_COLOR": "1"}]


def filled(width: int) -> str:
    """Return a first line whose comment ends exactly where a row of the panel and of the line ends, or nearly so."""
    return ("ls -la  # sorted by owners " + "and by groups " * 20)[: width - 6].rstrip()


def rows_of_line(at: Asked) -> list[str]:
    """Return the rows of the line that is edited."""
    shown = at.screen.split("\n")
    first = max(number for number, row in enumerate(shown) if row.startswith("$ "))
    last = next(number for number in range(first, len(shown)) if shown[number].startswith("Enter"))
    return shown[first:last]


def rows_of_panel(at: Asked) -> list[str]:
    """Return what is within the panel, down to the rule."""
    within = [row[2:-2].rstrip() for row in at.screen.split("\n") if row.startswith("│ ")]
    return list(takewhile(lambda row: set(row) != {"─"}, within))


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_line_end_and_wrap_are_told_apart(asked: Ask, width: int) -> None:
    """A second line that would read on as the comment of the first has a number; the same words in one line a mark."""
    first = filled(width)
    two, one = f"{first}\nrm -rf old results", f"{first} or rm -rf old results"
    at = asked([two, one], columns=width, lines=40)
    at.sees("1 of 2|1/2", "Enter", "rm")
    assert [row[0] for row in rows_of_line(at)].count("2") == 1
    assert [row[0] for row in rows_of_panel(at)].count("2") == 1
    assert rows_of_line(at)[-1].startswith(("2 rm", "↳"))
    at.type(ESC)
    at.sees("Why not")
    for marks in ("1 ", "2 "):
        assert re.search(rf"^│ {marks}", at.screen, re.MULTILINE), at.screen
    at.type(ENTER)
    at.sees("2 of 2|2/2", "Enter", "rm")
    assert {row[0] for row in rows_of_line(at)} == {"$", "↳"}
    assert {row[0] for row in rows_of_panel(at)} == {"1", "↳"}
    at.type(CTRL_D)
    at.leaves()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "=".join(*look.items()))
def test_gutter_and_comment_in_every_theme(asked: Ask, look: dict[str, str]) -> None:
    """The marks are there without colour; a comment is one colour of its own, and italic."""
    at = asked(f"echo first  # {'word in the for loop ' * 5}\nif true; then ls; fi", env=look)
    at.sees("all keys", r"^│ 1 echo", r"^│ ↳ ", r"^│ 2 if", r"^\$ echo", r"^↳ ", r"^2 if")
    comment = {
        (cell.fg, cell.italics)
        for row, line in enumerate(at.screen.split("\n"))
        if "for loop" in line
        for cell in (
            at.cells[row][column] for column in range(line.index("for loop"), len(line.rstrip("│ ")))
        )
        if cell.data.strip()
    }
    assert len(comment) == 1
    ((colour, is_italic),) = comment
    assert is_italic
    assert (colour == "default") == ("NO_COLOR" in look or look.get("HITL_THEME") == "high-contrast")


def test_line_of_ten_lines_keeps_its_gutter_on_every_page(asked: Ask) -> None:
    """The numbers are aligned; a line that is wrapped over pages is marked on each of its rows."""
    command = "\n".join(f"echo {number}" for number in range(1, 12)) + "\n: " + "x" * 2000
    at = asked(command)
    at.sees(r"^ \$ echo 1$", r"^11 echo 11$", r"rows? not shown yet")
    while "not shown yet" in at.screen:
        before = at.screen
        at.type("\x1b[6~")
        at.waits(lambda before=before: at.screen != before, "another page")  # type: ignore[misc]
    assert re.search(r"^ ↳ x+$", at.screen, re.MULTILINE)
    at.type(ENTER)
    assert at.decided()[1]["command"] == command


def test_plain_lines_mark_a_wrap(asked: Ask) -> None:
    """With a sign that a screen reader says."""
    at = asked("echo " + "word " * 30 + "\nrm -rf old", env={"HITL_PLAIN": "1"})
    at.sees("^1: echo word", r"^\+: rd word", "^2: rm -rf old$", "Your answer:")
    at.type("x" + ENTER)
    at.sees("Why")
    at.type(ENTER)
    at.leaves()


@pytest.mark.parametrize(
    ("command", "comments"),
    [
        ("ls # in the for loop", ["# in the for loop"]),
        ("ls a#b; rm x", []),
        ("echo \\ #; rm x", []),
        ("echo `# x`; rm x", ["# x"]),
        ("echo '# x' \"# y\" $# ${x# y}; rm x", []),
        ("(ls)# x", ["# x"]),
        ("cat <<'E'\ndon't # x\nE\nls # it's", ["# it's"]),
    ],
)
def test_comment_is_what_the_shell_does_not_run(command: str, comments: list[str]) -> None:
    """No code is drawn as a comment, and no word of a comment as code."""
    found = [text for token, text in highlighted(command) if "Comment" in str(token)]
    assert found == comments
    assert "".join(text for _, text in highlighted(command)) == command


@pytest.mark.parametrize("unit", ["$'\\11", "<<a ", '"$(', "'", '"', "# ", "`", "${x", "é—"])
def test_colouring_takes_time_in_proportion(unit: str) -> None:
    """Whatever does not end; patterns of the lexer of Pygments take exponential time for the first of these."""
    assert_linear(lambda size: highlighted.__wrapped__(unit * size), 300)


@pytest.mark.timeout(60)
def test_digits_after_backslashes_do_not_stop_the_program(asked: Ask) -> None:
    """A string that does not end has its question at once."""
    command = "echo $'" + "\\11" * 60
    at = asked(command)
    at.sees("all keys", r"\$ echo")
    at.type(ENTER)
    assert at.decided()[1]["command"] == command


HOSTILE = "x\n$ rm -rf ~ ╮\u202e"


@pytest.mark.parametrize("width", [20, 80])
def test_folder_is_no_line_of_the_command(
    tmp_path: Path, bare_environment: dict[str, str], width: int
) -> None:
    """It stands in the border, its own characters labelled, or under a rule where it is long."""
    for name in (HOSTILE, "long-" * 50):
        folder = tmp_path / name
        folder.mkdir()
        shown = subprocess.run(
            [sys.executable, "-c", _PANEL, str(width)],
            cwd=folder,
            env={**bare_environment, "PYTHONPATH": str(Path.cwd()), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        rows = [line for line in shown if line.startswith("│")]
        commands = [row for row in rows if re.match(r"│ [1-9↳] ", row)] or rows[:1]
        assert "".join(row[2:-2].strip() for row in commands).replace(" ", "").endswith("echohi")
        assert len(shown) < 12
        assert all(len(line) == width for line in shown)
        in_border = re.match(r"╰─ in ~/", shown[-1])
        assert in_border or re.match(r"│ ─+ │$", rows[rows.index(commands[-1]) + 1])
        said = re.sub(r"[\s│─╰╯]", "", "".join(shown))
        assert "in~/" in said
        assert "⟦newline⟧" in said or name != HOSTILE or width == 20
        assert "…" in said or name == HOSTILE


_PANEL = """
import sys
from pathlib import Path
from rich.console import Console
from hitl_cli.screen.panels import proposal_panel
from hitl_cli.screen.themes import DARK
from hitl_cli.requests import CommandRequest
Console(width=int(sys.argv[1])).print(
    proposal_panel(CommandRequest("1", "echo hi"), 1, 1, Path.cwd(), reasons=[], extent=(1, 7), theme=DARK)
)
"""
