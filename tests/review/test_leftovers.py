"""What processes print that a command left behind: never on a question, and never as the terminal would take it."""

import shlex
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import HITL
from tests.model_server import Calls, Hang, ModelServer, Text
from tests.review.keys import CTRL_D, ENTER
from tests.review.test_plain import number
from tests.shell.conftest import marked
from tests.terminal import Person

At = Callable[..., Person]
F12 = "\x1b[24~"

PANEL = """\
\x1b[2J\x1b[H╭─ Run this command? · 1 line, 2 bytes ────────────────────────────────────────╮
│ ls                                                                           │
│ in ~/work                                                                    │
╰──────────────────────────────────────────────────────────────────────────────╯
$ ls
Enter run · Esc reject · F1 all keys"""
HOSTILE = b"\x1b[?1049h\x1b[?1003h\x1b]52;c;cGFzdGU=\x07\x1b]0;title\x07\x1b[2J\x1b[H\x1b[6n\x90q\x9c\n"
"""The alternate screen, the mouse, the clipboard, the title, a query, and something of eight bits."""


def when_told(does: str) -> str:
    """Return a command that leaves a process behind which does something once there is a file `go`."""
    return (
        f"(until [ -e go ]; do sleep 0.02; done; {does}; touch gone; sleep 67.{len(does)}) & disown; echo ok"
    )


@pytest.fixture
def paint(folder: Path) -> Callable[[Person], None]:
    """Have the process that was left behind print, and wait until it did and the program has had time to read it."""

    def paint(at: Person) -> None:
        (folder / "go").touch()
        while not (folder / "gone").exists():
            at.reads(0.02)
        at.reads(0.5)

    return paint


@pytest.mark.parametrize(
    ("does", "proposed"),
    [("cat fake.txt", "touch PWN"), ("printf ' --dry-run'", "rm -rf build")],
    ids=["a whole panel", "the end of the line"],
)
def test_question_stays_as_it_is(
    person: At, model: ModelServer, folder: Path, paint: Callable[[Person], None], does: str, proposed: str
) -> None:
    """What is on the screen when the key counts is what runs; what was printed comes after it, labelled."""
    (folder / "fake.txt").write_text(PANEL)
    (folder / "build").mkdir()
    model.reply(Calls.of(when_told(does)), Calls.of(proposed), Text("The end."))
    at = person("run", "agent", "x")
    at.approves("(until")
    at.sees(rf"^\$ {proposed}$", "Enter run")
    asked = at.screen
    paint(at)
    assert at.screen == asked
    at.type(ENTER)
    at.sees(r"^\[left behind by \(until .*, pid \d+\] ", "The end\\.")
    assert "--dry-run" in at.screen or "] $ ls\n" in at.screen
    assert b"\x1b[2J\x1b[H" not in at.raw
    assert at.leaves() == 0
    assert marked(f"sleep 67.{len(does)}") == []


def test_nothing_is_drawn_raw_at_the_prompt(
    person: At, model: ModelServer, folder: Path, paint: Callable[[Person], None]
) -> None:
    """What is printed stands above the prompt, escaped; what was typed is still on the line."""
    (folder / "hostile").write_bytes(HOSTILE)
    model.reply(Calls.of(when_told("cat hostile")), Text("Done."), Text("Heard."))
    at = person("run", "agent")
    at.says("x")
    at.approves("(until")
    at.sees(r"what they print|output is logged to", r"Done\.\n(.*\n)*>$")
    at.type("and now")
    at.sees("^> and now$")
    before = at.raw
    paint(at)
    at.sees(r"^\[left behind by \(until.*, pid \d+\] ⟦U\+001B⟧\[\?1049h.*\n(.*\n)*> and now$")
    said = at.raw[len(before) :]
    for sequence in (b"\x1b[?1049h", b"\x1b[?1003h", b"\x1b]", b"\x1b[2J", b"\x90", b"\x9c"):
        assert sequence not in said, sequence
    at.type(ENTER)
    at.sees(r"Heard\.\n(.*\n)*>$")
    assert model.messages(2)[-1]["content"] == "and now"
    at.type(CTRL_D)
    assert at.leaves() == 0


def test_plain_lines_stay_as_they_are(
    person: At, model: ModelServer, folder: Path, paint: Callable[[Person], None]
) -> None:
    """A question is the last line until it is answered; at the prompt of a conversation, it is asked again."""
    (folder / "hostile").write_bytes(HOSTILE)
    does = "cat hostile; until [ -e again ]; do sleep 0.02; done; cat hostile"
    model.reply(Calls.of(when_told(does)), Calls.of("touch PWN"), Text("Done."))
    at = person("run", "agent", "--plain")
    at.sees("What do you want")
    at.type("x\r")
    at.sees("Your answer:$")
    at.type(f"{number(at)}\r")
    at.sees(r"(?s)touch PWN.*Your answer:$")
    asked = at.screen
    (folder / "go").touch()
    at.reads(1)
    assert at.screen == asked
    at.type(f"{number(at)}\r")
    at.sees(r"^\[left behind by \(until .*\] ⟦", r"(?s)Done\..*Ctrl-D leaves:$")
    (folder / "again").touch()
    at.sees(r"(?s)Done\..*\[left behind by \(until [^\n]*\] ⟦.*Ctrl-D leaves:$")
    assert b"\x1b" not in at.raw
    at.type(CTRL_D)
    assert at.leaves() == 0


def test_flood_is_a_few_lines_and_a_count(person: At, model: ModelServer, folder: Path) -> None:
    """The prompt answers all the same, and the program does not grow."""
    flood = "while sleep 0.02; do yes flood | head -n 20000; done"
    model.reply(Calls.of(f"(until [ -e go ]; do sleep 0.02; done; {flood}) & echo ok"), Text("Done."))
    at = person("run", "agent")
    at.says("x")
    at.approves("(until")
    at.sees(r"Done\.\n(.*\n)*>$")
    program = psutil.Process(at.pid)
    before = program.memory_info().rss
    (folder / "go").touch()
    at.sees(r"\] flood$", r"\] \([\d,]{4,} more lines\)$")
    at.type("still here")
    at.sees("^> still here$")
    at.sees(r"(?s)more lines\).*more lines\)\n")
    assert at.everything.count(" flood\n") == 10
    assert at.everything.count("more lines") < 5
    assert program.memory_info().rss - before < 20_000_000
    at.type(CTRL_D * 11)
    at.type("\x15" + CTRL_D)
    assert at.leaves() == 0
    (log,) = (folder.parent / "home").rglob("output/*.log")
    assert log.read_bytes().startswith(b"ok\nflood\n")


def test_leftovers_are_named_and_ended_with_a_key(person: At, model: ModelServer, folder: Path) -> None:
    """Before the question; what was typed is on the line when it is asked again."""
    model.reply(
        Calls.of("sleep 69.5 & sleep 69.25 & echo $! > pid"),
        Calls.of("touch one"),
        Calls.of("touch two"),
        Text("End."),
    )
    at = person("run", "agent", "x")
    at.approves("sleep")
    pid = r"^left behind by sleep 69\.5.*\n  pid \d+: sleep 69\.5\n  pid \d+: sleep 69\.25\n"
    at.sees(pid, r"^\$ touch one$", "F12 end leftover processes")
    at.sees(r"left processes running \(pid \d+, \d+\);")
    assert f"pid {(folder / 'pid').read_text().strip()}: sleep 69.25" in at.screen
    at.type("2")
    at.sees(r"^\$ touch one2$")
    at.type(F12)
    at.sees(r"^Ended what was left behind\.\n(.*\n)*\$ touch one2$", "Enter run")
    assert marked("sleep 69.") == []
    assert "F12" not in at.screen
    at.type(F12)
    at.sees("^No process was left behind\\.$")
    at.type(ENTER)
    at.sees(r"^\$ touch two$", "Enter run")
    assert (folder / "one2").exists()
    at.type(ENTER)
    assert at.leaves() == 0
    assert at.everything.count("left behind by") == 1


def test_leftovers_are_ended_in_plain_lines(person: At, model: ModelServer, folder: Path) -> None:
    """A number that the question names, and t."""
    model.reply(Calls.of("sleep 69.75 & echo ok"), Calls.of("touch one"), Text("End."))
    at = person("run", "agent", "x", "--plain")
    at.sees("Your answer:$")
    at.type(f"{number(at)}\r")
    at.sees(r"pid \d+: sleep 69\.75", r"type \d+ t\.", r"(?s)touch one.*Your answer:$")
    at.type(f"{number(at)} t\r")
    at.sees(r"(?s)Ended what was left behind\..*touch one.*Your answer:$")
    assert marked("sleep 69.75") == []
    at.type(f"{number(at)}\r")
    assert at.leaves() == 0
    assert (folder / "one").exists()


def test_shown_above_what_is_waited_for(
    person: At, model: ModelServer, folder: Path, paint: Callable[[Person], None]
) -> None:
    """While the model thinks, a line of a leftover stands above the line that says so."""
    (folder / "hostile").write_bytes(HOSTILE)
    model.reply(Calls.of(when_told("cat hostile")), Hang("I think"))
    at = person("run", "agent", "x")
    at.approves("(until")
    at.sees("I think$", "waiting for scripted")
    paint(at)
    at.sees(r"^\[left behind by \(until.*\] ⟦U\+001B⟧\[\?1049h", r"I think\n.*waiting for scripted")
    assert b"\x1b[?1049h" not in at.raw
    at.type("\x03")
    assert at.leaves() == 130


def test_file_of_results_gets_nothing_of_it(
    environment: dict[str, str], model: ModelServer, folder: Path, paint: Callable[[Person], None]
) -> None:
    """What a command printed is in the file; what it left behind tells the terminal, at the question."""
    model.reply(Calls.of(when_told("echo late")), Calls.of("echo second"), Text("The end."))
    line = f"{shlex.join(HITL)} run agent x > results"
    at = Person(["/bin/bash", "-c", line], environment, folder)
    try:
        at.approves("(until")
        at.sees(r"^\$ echo second$", "Enter run")
        paint(at)
        assert "late" not in at.screen.split("Run this command")[-1]
        at.type(ENTER)
        at.sees(r"^\[left behind by \(until.*\] late$")
        assert at.leaves() == 0
    finally:
        at.close()
    assert (folder / "results").read_text() == "ok\nsecond\nThe end.\n"


def test_person_is_told_when_a_leftover_kills_its_guardian(
    person: At, model: ModelServer, folder: Path
) -> None:
    """What has a session of its own may have escaped then."""
    kills = "g=$(ps -o ppid= $BASHPID); w=$(ps -o ppid= $g); setsid sleep 66.125 & kill -9 $w $g"
    model.reply(Calls.of(f"(until [ -e go ]; do sleep 0.02; done; {kills}) & echo ok"), Text("Done."))
    at = person("run", "agent", columns=160)
    at.says("x")
    at.approves("(until")
    at.sees("Done.", "^>$")
    (folder / "go").touch()
    at.sees(r"^\[left behind by .*\] \(its guardian was killed; a process may still be running", "^>$")
    for escaped in marked("sleep 66.125"):
        escaped.kill()
    at.type(CTRL_D)
    assert at.leaves() == 0
