"""What `hitl log`, `hitl sessions` and `hitl show` look like at a terminal; a pipe gets the rows alone."""

import sqlite3
from collections.abc import Callable

import pytest

from tests.conftest import Hitl
from tests.journal.conftest import Writer
from tests.terminal import Person

At = Callable[..., Person]


@pytest.fixture
def one_failed(writer: Writer) -> Writer:
    """A session whose run failed after two commands, of which one did."""
    journal = writer.session("do things")
    writer.run(journal, "echo fine")
    writer.run(journal, "sleep 100", exit_status=130)
    journal.end_run("failed", None, [])
    journal.release()
    return writer


def colours(at: Person, row: int) -> dict[str, str]:
    """Return the words of a row of the screen that have a colour of their own or are bold, and which."""
    found: dict[str, str] = {}
    begin = 0
    line = at.screen.splitlines()[row]
    for word in line.split():
        begin = line.index(word, begin)
        cell = at.cells[row][begin]
        if cell.fg != "default" or cell.bold:
            found[word] = f"{cell.fg}{' bold' if cell.bold else ''}"
        begin += len(word)
    return found


def test_log_has_a_heading_and_marks_what_failed(one_failed: Writer, person: At, hitl: Hitl) -> None:
    """In bold; the rows are those of a pipe, which has neither."""
    at = person("log")
    assert at.leaves() == 0
    heading, *rows = at.screen.splitlines()
    assert heading.split() == ["number", "proposed", "status", "exit", "time", "command"]
    assert b"\x1b[4m" in at.raw
    assert [colours(at, row) for row in (1, 2)] == [{}, {"finished": "default bold", "130": "default bold"}]
    piped = hitl("log").stdout
    today = [row.split() for row in piped.splitlines()]
    assert [row.split() for row in rows] == [[number, *words] for number, _, *words in today]
    assert "\x1b" not in piped


def test_sessions_have_a_heading_and_mark_what_failed(one_failed: Writer, person: At) -> None:
    """The word stands there as well."""
    one_failed.ended()
    at = person("sessions", columns=100)
    assert at.leaves() == 0
    assert at.screen.splitlines()[0].split() == ["session", "changed", "state", "workflow", "request"]
    assert [colours(at, row) for row in (1, 2)] == [{}, {"failed": "default bold"}]
    assert "folder" in person("sessions", "--all").sees("request")


def test_no_color_takes_the_colour(one_failed: Writer, person: At) -> None:
    """What failed is still told apart, by bold letters; a terminal that can do nothing gets no sequence at all."""
    at = person("log", env={"NO_COLOR": "1"})
    assert at.leaves() == 0
    assert colours(at, 2) == {"finished": "default bold", "130": "default bold"}
    dumb = person("log", env={"TERM": "dumb"})
    assert dumb.leaves() == 0
    assert dumb.screen.split()[0] == "number"
    assert b"\x1b" not in dumb.raw


def test_a_line_is_cut_to_a_narrow_terminal(one_failed: Writer, person: At) -> None:
    """In the middle of what is marked, too."""
    at = person("log", columns=24)
    assert at.leaves() == 0
    lines = at.screen.splitlines()
    assert len(lines) == 3
    assert all(line.endswith("…") for line in lines)
    assert colours(at, 2) == {"finis…": "default bold"}


def test_a_command_fills_the_width_and_its_further_lines_are_marked(
    writer: Writer, person: At, database: Callable[[], sqlite3.Connection]
) -> None:
    """The date of an earlier day is there; today's is left out, and the times are below each other."""
    writer.ended(["true " + "x" * 60, "cat <<E\nx\nE", f"echo {'y' * 60}\n2"])
    database().execute("UPDATE commands SET proposed_at = 86400 WHERE number = 1")
    at = person("log")
    assert at.leaves() == 0
    _, *rows = at.screen.splitlines()
    assert [len(row) for row in rows] == [80, len(rows[1]), 80]
    assert "1970-01-0" in rows[0]
    assert all(row.index(":") == rows[0].index(":") and row[8:18].isspace() for row in rows[1:])
    assert [row.rpartition("s  ")[2] for row in rows] == [
        "true " + "x" * 25 + "…",
        "cat <<E (+2 lines)",
        "echo " + "y" * 15 + "… (+1 line)",
    ]


def test_nothing_has_no_heading(person: At) -> None:
    """A sentence says that there is nothing."""
    at = person("log")
    assert at.leaves() == 0
    assert at.screen == "hitl: No matching command is recorded."


def test_show_continues_below_its_beginning(writer: Writer, person: At, hitl: Hitl) -> None:
    """Between words, at a terminal; in a pipe a line stays one."""
    journal = writer.session()
    command = "echo one two three four five six seven eight nine ten eleven twelve"
    writer.run(journal, command)
    at = person("show", "1", columns=50)
    assert at.leaves() == 0
    assert "proposed    echo one two three four five six seven\n            eight nine ten" in at.everything
    piped = hitl("show", "1").stdout
    assert f"proposed    {command}  (" in piped
    assert "".join(at.everything.split()) == "".join(piped.split())
