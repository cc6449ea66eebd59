"""Keys in the notations that tell modified keys apart do what they do in the usual one."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hitl_cli.terminal.replies import IGNORED, legacy
from tests.review.conftest import Ask
from tests.review.keys import CTRL_C, CTRL_D, ENTER, ESC, F9

SAME = [
    ("\x1b[13u", ENTER),
    ("\x1b[13;1:1u", ENTER),
    ("\x1b[13;129u", ENTER),  # with Num Lock
    ("\x1b[57414u", ENTER),  # of the keypad
    ("\x1b[27;1;13~", ENTER),
    ("\x1b[13;2u", "\n"),
    ("\x1b[13;2:1u", "\n"),
    ("\x1b[13;5u", "\n"),
    ("\x1b[13;6u", "\n"),
    ("\x1b[27;2;13~", "\n"),
    ("\x1b[27;5;13~", "\n"),
    ("\x1b[27;6;13~", "\n"),
    ("\x1b[13;3u", ESC + ENTER),
    ("\x1b[13;7u", ESC + ENTER),
    ("\x1b[27u", ESC),
    ("\x1b[27;2u", ESC),
    ("\x1b[27;5;27~", ESC),
    ("\x1b[99;5u", CTRL_C),
    ("\x1b[99:67;5:1u", CTRL_C),
    ("\x1b[27;5;99~", CTRL_C),
    ("\x1b[100;5u", CTRL_D),
    ("\x1b[109;5u", ENTER),
    ("\x1b[97u", "a"),
    ("\x1b[97;2u", "A"),
    ("\x1b[49:33;2u", "!"),
    ("\x1b[0;;229u", "å"),
    ("\x1b[97;3u", ESC + "a"),
    ("\x1b[127u", "\x7f"),
    ("\x1b[9;2u", "\x1b[Z"),
    ("\x1b[20;1:1~", F9),
    ("\x1b[1;1:1A", "\x1b[A"),
    ("\x1b[1;5:2C", "\x1b[1;5C"),
    ("\x1b[1;1:1P", "\x1bOP"),
]
NOTHING = ["\x1b[13;1:3u", "\x1b[27;1:3u", "\x1b[57441;2u", "\x1b[1;1:3A", "\x1b[20;1:3~"]
UNKNOWN = [
    "\x1b[13;9u",
    "\x1b[13;17u",
    "\x1b[27;9;13~",
    "\x1b[1;9:1A",
    "\x1b[59;5u",
    "\x1b[1;2u",
    "\x1b[99999999u",
]
USUAL = ["\x1b[A", "\x1bOP", "\x1b[15~", "\x1b[1;5C", "\x1b[200~", "\x1b[3;2~", "\x1b", "a", ""]


@pytest.mark.parametrize(("sequence", "usual"), SAME)
def test_key_is_that_of_the_usual_notation(sequence: str, usual: str) -> None:
    """Enter with Shift or Ctrl is the exception: people mean a new line."""
    assert legacy(sequence) == usual


def test_what_is_no_press_is_nothing_and_what_is_unknown_does_nothing() -> None:
    """A release, and a modifier by itself, must not take back the key before it."""
    assert [legacy(each) for each in NOTHING] == [""] * len(NOTHING)
    assert [legacy(each) for each in UNKNOWN] == [IGNORED] * len(UNKNOWN)
    assert [legacy(each) for each in USUAL] == [None] * len(USUAL)


@given(
    code=st.integers(0, 0x11FFFF),
    modifiers=st.integers(0, 300),
    event=st.integers(0, 5),
    other=st.booleans(),
)
@example(code=27, modifiers=3, event=0, other=False)  # Alt-Esc
def test_enter_is_pressed_by_nothing_else(code: int, modifiers: int, event: int, other: bool) -> None:
    """Of all keys with all modifiers, those decide that do in the usual notation."""
    sequence = f"\x1b[27;{modifiers};{code}~" if other else f"\x1b[{code};{modifiers}:{event}u"
    key = legacy(sequence)
    held = max(0, modifiers - 1) & 0x3F
    if key == ENTER:
        assert (code in (13, 57414) and not held) or (code in (109, 77) and held in (4, 5))
    assert key is not None
    assert re.fullmatch(r"|\x1b?[^\x1b]|\x1b{1,2}|\x1b\[[A-Z]|\x1b\[[2-6]~", key)


def test_every_deciding_key_is_known_in_both_notations(asked: Ask) -> None:
    """A new line by Shift and Ctrl, Enter, Esc and Ctrl-C at the question and in its field, and Ctrl-D."""
    at = asked(["echo 1", "echo 2", "echo 3", "echo 4"])
    at.sees(r"^\$ echo 1$")
    for number, new_line in enumerate(("\x1b[13;2u", "\x1b[13;5:1u", "\x1b[27;2;13~", "\x1b[27;5;13~")):
        at.type(new_line)
        at.type(str(number))
    at.sees(r"^\$ echo 1\n.* 0\n.* 1\n.* 2\n.* 3$")
    at.type("\x1b[13u\x1b[13;1:3u")
    at.sees(r"^\$ echo 2$")
    assert at.decisions == [["Run", {**at.decisions[0][1], "command": "echo 1\n0\n1\n2\n3"}]]
    for key in ("\x1b[27u", "\x1b[99;5u", "\x1b[27;5;99~"):
        at.type(key)
        at.sees("Why not")
        at.type("\x1b[27;1:1u")
        at.sees("all keys")
    at.type("\x1b[27u")
    at.sees("Why not")
    at.type("\x1b[27;1;13~")
    at.sees(r"^\$ echo 3$")
    at.type("\x1b[57414u")
    at.sees(r"^\$ echo 4$")
    at.type("\x1b[100;5u")
    assert at.decided()[0] == "Stop"
    assert [kind for kind, _ in at.decisions] == ["Run", "Reject", "Run", "Stop"]


def test_a_new_line_never_runs_a_command_whatever_keys_are_set(
    asked: Ask, bare_environment: dict[str, str]
) -> None:
    """Shift-Enter begins one also where that action was given another key."""
    settings = Path(bare_environment["HOME"]) / ".config" / "hitl" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[keys]\nnewline = "alt-enter"\n')
    at = asked("echo 1")
    at.sees(r"^\$ echo 1$")
    at.type("\x1b[13;2u")
    at.type("2")
    at.sees(r"^\$ echo 1\n.* 2$")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo 1\n2"
