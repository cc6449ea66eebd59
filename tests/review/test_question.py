"""The question at a terminal: what each key does, and what stands around it."""

import base64
import re
from pathlib import Path

import pytest

from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER, ESC, F2, F3, F4, F5, F7, F8, F9, F10, KILL_LINE, MODES, RIGHT


@pytest.mark.parametrize("mode", MODES)
def test_run_carries_what_was_shown(asked: Ask, mode: str) -> None:
    """The decision holds the text of the line and what was drawn of it."""
    at = asked("echo hi", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo hi", "1 line, 7 bytes")
    at.type(" there" + ENTER)
    kind, run = at.decided()
    assert kind == "Run"
    assert run.items() >= {"request_id": "1", "command": "echo hi there", "shown": "echo hi there"}.items()


@pytest.mark.parametrize("mode", MODES)
def test_reject_answer_comment_and_stop(asked: Ask, mode: str) -> None:
    """One key each; the text that goes with it is kept word for word; going back decides nothing."""
    at = asked(["echo 1", "echo 2", "echo 3", "echo 4"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo 1")
    at.type(F4)
    at.sees(r"Why not")
    at.type(ESC)
    at.sees(r"\$ echo 1", "all keys")
    at.type(F4)
    at.sees(r"Why not")
    at.type("  use  'ls'\tx\x7fplease" + ENTER)
    at.sees(r"\$ echo 2")
    at.type(F3)
    at.sees("Your answer")
    at.type("It is 42." + ENTER)
    at.sees(r"\$ echo 3")
    at.type(F9)
    at.sees("Comment")
    at.type("only once" + ENTER)
    at.sees(r"\$ echo 4")
    at.type(F10)
    assert at.decided() == ["Stop", {}]
    assert [kind for kind, _ in at.decisions] == ["Reject", "Answer", "Run", "Stop"]
    assert at.decisions[0][1]["reason"] == "use  'ls'please"
    assert at.decisions[1][1]["text"] == "It is 42."
    assert at.decisions[2][1]["comment"] == "only once"


def test_messages_end_with_what_makes_them_stale(asked: Ask) -> None:
    """A change of the text takes away what was said of another; an action takes away a warning."""
    at = asked("true")
    at.sees(r"\$ true")
    at.type(" x" + F5)
    at.sees("proposed command is back")
    at.type_at_once(" yz")
    at.sees(r"\$ true yz")
    at.no_longer_sees("proposed command is back")
    at.type_at_once("w" + ENTER)
    at.sees("was ignored")
    at.type(ESC + ENTER)
    at.no_longer_sees("was ignored")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("mode", MODES)
def test_copy_and_save_stay_at_the_question(asked: Ask, folder: Path, mode: str) -> None:
    """The clipboard gets the true bytes; a file is made once, is a script, and is never overwritten."""
    command = "echo 'ü' \\\n  two"
    at = asked(command, env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo")
    at.type(F7)
    at.sees("clipboard")
    copied = re.search(rb"\x1b\]52;c;([^\x07]*)\x07", at.raw)
    assert copied is not None
    assert base64.b64decode(copied[1]).decode() == command
    for said in ("Saved as", "exists already; nothing was saved"):
        at.type(F8)
        at.sees("Save as")
        at.type(KILL_LINE + "made.sh" + ENTER)
        at.sees(said, "all keys")
    assert (folder / "made.sh").read_text() == f"#!/usr/bin/env bash\n{command}\n"
    assert (folder / "made.sh").stat().st_mode & 0o111
    at.type(F4)
    at.sees(r"Why not")
    at.type(ENTER)
    assert at.decided()[0] == "Reject"


@pytest.mark.parametrize("mode", MODES)
def test_explain_runs_nothing_and_comes_back(asked: Ask, mode: str) -> None:
    """The model's words are printed, and the line is there again as it was."""
    at = asked("echo hi", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo hi")
    at.type(" x" + F2)
    at.sees("It does 9 characters' worth", r"\$ echo hi x")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo hi x"


def test_suspicious_needs_the_other_key(asked: Ask) -> None:
    """Neither Enter nor a comment runs what may deceive; Ctrl-X Y does, with every hidden byte."""
    command = "echo \u202eabc"
    at = asked(command)
    at.sees(r"\$ echo ⟦U\+202E⟧abc", "right-to-left override")
    for key in (ENTER, F9):
        at.type(key)
        at.sees("the command may be deceptive")
        at.type(RIGHT)
        at.no_longer_sees("the command may be deceptive")
    at.type("\x18y")
    kind, values = at.decided()
    assert (kind, values["command"], values["shown"]) == ("Run", command, "echo ⟦U+202E⟧abc")


def test_empty_line_and_control_characters_never_run(asked: Ask) -> None:
    """Each says why."""
    at = asked("true")
    at.sees(r"\$ true")
    at.type(KILL_LINE + "  " + ENTER)
    at.sees("Nothing ran: the line is empty")
    at.type("echo \x11")  # quoted insert
    at.type(ESC)
    at.sees(r"echo ⟦U\+001B⟧")
    at.type(ENTER)
    at.sees("control character")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("width", [40, 80, 200, 250])
def test_wide_characters_are_aligned(asked: Ask, width: int) -> None:
    """The right border of the panel is straight, whatever stands in it."""
    at = asked("echo '日本語' 🎉 e\u0301", columns=width)
    screen = at.sees("日本語", "all keys")
    rows = at.cells
    border = [row for row in range(24) if rows[row][0].data in "╭│╰"]
    assert len(border) >= 3
    assert all(rows[row][width - 1].data in "╮│╯" for row in border), screen


def test_title_is_given_back_and_the_bell_rings_for_who_is_away(asked: Ask) -> None:
    """The title is kept and restored; the bell rings once when the window says that it lost the focus."""
    at = asked("true", env={"HITL_NOTICE": "bell"})
    at.sees(r"\$ true")
    at.type("\x1b[O")
    at.waits(lambda: b"\x07" in at.raw.split(b"for you\x07")[-1], "to hear the bell")
    at.type(CTRL_D)
    at.decided()
    assert at.raw.index(b"\x1b[22;0t") < at.raw.index(b"\x1b[23;0t")
    assert at.raw.endswith(b"\x1b[23;0t") or b"\x1b[?1004l" in at.raw
