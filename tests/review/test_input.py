"""What comes from the terminal and is no key that a person pressed at the question."""

import json
import re
import time
from collections.abc import Sequence
from typing import Any

import pytest

from hitl_cli.prompt.line import ESCAPE_TIME
from hitl_cli.terminal.guard import READING_TIME
from hitl_cli.terminal.replies import SEQUENCE_TIME
from tests.review.conftest import Ask, Asked
from tests.review.keys import CTRL_C, CTRL_D, ENTER, ESC, F4, KILL_LINE

REPLIES = [
    "\x1b[?62;22c",
    "\x1b[>41;354;0c",
    "\x1b[0n",
    "\x1b[24;80R",
    "\x1b[?1;2R",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1b]lrm -rf\r\x1b\\",
    "\x1bP1$r\r0m\x1b\\",
    "\x1bP>|XTerm(388)\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b[?0u",
    "\x1b[I\x1b[O",
    "\x1b[<0;10;10M\x1b[<0;10;10m",
    "\x1b[M !!",
]
ALT_UNDERSCORE = "\x1b_"  # a key, and the first part of a reply
LATE = 2 * ESCAPE_TIME


def some_of(sequences: Sequence[str]) -> list[Any]:
    """Return all as parameters of a test, most of them for the slower suite."""
    return [
        each if at % 5 == 0 else pytest.param(each, marks=pytest.mark.slow)
        for at, each in enumerate(sequences)
    ]


@pytest.mark.parametrize("reply", some_of(REPLIES))
def test_replies_of_the_terminal_are_no_keys(asked: Ask, reply: str) -> None:
    """What the terminal answers to somebody else's query neither decides nor gets into the text, wherever it is cut."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.waits_until_keys_count()
    at.type_at_once(reply)
    text = "echo x"
    for cut in range(2, len(reply)):
        first, rest = reply[:cut], reply[cut:]
        if first == ALT_UNDERSCORE or (first.endswith(ESC) and rest[0] != "\\"):
            continue
        at.type_at_once(first)
        at.reads(LATE if cut < 5 else 0.0)
        at.type_at_once(rest)
        at.type("1")
        text += "1"
        at.sees(rf"\$ {text}$")
    assert "Why not" not in at.everything
    at.type(ENTER)
    assert at.decided()[1]["command"] == text


def sent_after_escape(asked: Ask, *pieces: str) -> Asked:
    """Send an Esc, which opens the field, and soon after it `pieces`; return the person, at the question again."""
    took = float("inf")
    while took >= SEQUENCE_TIME:
        at = asked("echo x")
        at.sees(r"\$ echo x", "all keys")
        at.waits_until_read()
        began = time.monotonic()
        at.type_at_once(ESC)
        at.sees("Why not")
        at.sends_in_pieces(*pieces)
        took = time.monotonic() - began if at.waits_until_read() else float("inf")
    at.sees(r"^\$ echo x$", "Enter run .* all keys")
    return at


@pytest.mark.slow
@pytest.mark.parametrize("rest", [*(reply[1:] for reply in REPLIES), "[15~", "[A", "OP", "[200~y\r\x1b[201~"])
def test_escape_is_taken_back_where_the_terminal_goes_on_with_it(asked: Ask, rest: str) -> None:
    """The field that it opened closes, and nothing of the rest is in the command."""
    at = sent_after_escape(asked, rest)
    at.type("1")
    at.sees(r"^\$ echo x1$")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x1"


@pytest.mark.parametrize("rest", ["[15~", "[15;5~", "[1;3Q", "[13;2u"])
def test_escape_is_taken_back_where_a_key_comes_one_character_at_a_time(asked: Ask, rest: str) -> None:
    """What has parameters, nobody types so fast; the line is slow."""
    at = sent_after_escape(asked, *rest)
    at.type("1")
    at.sees(r"^\$ echo x1$")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x1"


def test_beginning_of_a_paste_in_pieces_begins_a_paste(asked: Ask) -> None:
    """Its Esc has opened the field, which closes; what is pasted comes too early for the question, to its very end."""
    at = sent_after_escape(asked, "[200~")
    for piece in ("y", ENTER, "z"):
        at.type_at_once(piece)
        at.reads(READING_TIME + LATE)
    at.type_at_once("\r\x1b[201~")
    at.sees(r"^\$ echo x$", "came too early")
    at.type("1")
    at.sees(r"^\$ echo x1$")
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_escape_that_is_still_weighed_is_taken_back(asked: Ask) -> None:
    """The rest may come before the field is there; then it never is."""
    at = asked("echo x")
    at.sees(r"\$ echo x", "all keys")
    for _ in range(10):
        at.type_at_once(ESC)
        at.reads(1.4 * ESCAPE_TIME)
        at.type("[?0u")
    at.type("1")
    at.sees(r"^\$ echo x1$", "all keys")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_rest_of_a_sequence_is_no_command_of_vi(asked: Ask) -> None:
    """Its Esc has led to NORMAL mode, which the line of keys shows; the rest does nothing there."""
    took = float("inf")
    while took >= SEQUENCE_TIME:
        at = asked("echo x", env={"HITL_EDITING_MODE": "vi"})
        at.sees(r"\$ echo x", "all keys · INSERT")
        at.waits_until_read()
        began = time.monotonic()
        at.type_at_once(ESC)
        at.sees("all keys · NORMAL")
        at.type_at_once("[?0x")
        at.waits_until_read()
        took = time.monotonic() - began
    at.type("a1")
    at.sees(r"^\$ echo x1$", "INSERT")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x1"


@pytest.mark.parametrize("reason", ["[1] no", "[", "OK", "OR", "[A] no", "]0", "[0", "[24;80H"])
def test_what_a_person_types_after_escape_is_text(asked: Ask, reason: str) -> None:
    """Key by key, also where it looks like the rest of a sequence so far."""
    at = asked("echo x")
    at.sees(r"\$ echo x", "all keys")
    at.type(ESC)
    at.sees("Why not")
    for key in reason:
        at.type(key)
        at.reads(0.05)
    at.sees(rf"Why not\? \(optional\) {re.escape(reason)}$")
    at.reads(READING_TIME)  # what was held back for the rest of a sequence comes at once, as a paste does
    at.type(ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": reason}]


def test_answer_that_is_waited_for_opens_no_field_wherever_it_is_cut(asked: Ask) -> None:
    """The program has asked for the cursor and the status; Esc alone is the beginning of the answer, however late."""
    took = float("inf")
    while took >= SEQUENCE_TIME:
        at = asked("echo x", answers=False)
        at.waits(lambda at=at: b"\x1b[5n" in at.raw, "to be asked")  # type: ignore[misc]
        began = time.monotonic()
        for piece in (ESC, "[1;1R", ESC, "[0n"):
            at.type_at_once(piece)
            at.reads(LATE)
        took = time.monotonic() - began
    assert b"Why not" not in at.raw
    at.answers_from_now_on()
    at.type("1")
    at.sees(r"^\$ echo x1$")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x1"


def test_escape_of_a_person_counts_while_an_answer_is_waited_for(asked: Ask) -> None:
    """It is kept for the answer; what is typed next shows that it was none, and is no Alt with it."""
    at = asked("echo x", answers=False)
    at.waits(lambda: b"\x1b[5n" in at.raw, "to be asked")
    at.type_at_once("\x1b[0n")  # of two answers
    at.sees("all keys")
    at.type_at_once(ESC)
    at.reads(LATE)
    at.type_at_once("a")
    at.sees("Why not.* a$")
    at.answers_from_now_on()
    at.type("h" + ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": "ah"}]


def test_answer_right_after_escape_is_none_of_its_text(asked: Ask) -> None:
    """Esc is a key, and what follows at once a reply."""
    at = asked("echo x")
    at.sees(r"\$ echo x", "all keys")
    at.type_at_once(ESC + "\x1b[0n")
    at.sees(r"Why not\? \(optional\)$")
    at.type("no" + ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": "no"}]


def test_function_key_in_pieces_is_that_key(asked: Ask) -> None:
    """However late the rest comes; a sequence that never ends is dropped."""
    at = asked("echo x")
    at.sees(r"\$ echo x", "all keys")
    for pieces in (("\x1b[2", "0~"), ("\x1b[", "20~")):
        for piece in pieces:
            at.type_at_once(piece)
            at.reads(LATE)
        at.sees("^Comment")
        at.type(ESC)
        at.sees("all keys")
    for piece in ("\x1bO", "P"):
        at.type_at_once(piece)
        at.reads(LATE)
    at.sees("Keys")
    at.type("x")
    at.sees("all keys")
    at.type_at_once("\x1b[2")
    at.reads(SEQUENCE_TIME + LATE)
    at.type("1")
    at.sees(r"^\$ echo x1$", "all keys")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize(
    "key",
    ["\x1b[1;3Q", "\x1b[97;9u", "\x1b[27;9;13~", "\x1b[1;3 q", "\x1bOj", "\x1b\x1b[1;3Q"],
)
def test_key_without_a_name_does_nothing(asked: Ask, key: str) -> None:
    """A whole sequence that stands for none of the known keys is neither Esc nor text; the keys around it count."""
    at = asked("echo x")
    at.sees(r"\$ echo x", "all keys")
    at.waits_until_read()
    at.waits_until_keys_count()
    at.type_at_once(f"1{key}2")
    at.sees(r"^\$ echo x12$", "all keys")
    at.type_at_once(key)
    at.reads(LATE)
    at.type("3")
    at.sees(r"^\$ echo x123$", "all keys")
    assert "Why not" not in at.everything
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x123"


def test_keys_from_before_the_drawing_do_not_count(asked: Ask) -> None:
    """Between two questions as well: Enter pressed too often answers one."""
    at = asked(["echo 1", "echo 2"])
    at.type_at_once(ENTER + "y" + ENTER)
    at.sees(r"\$ echo 1$", "all keys")
    assert at.decisions == []
    at.type(ENTER)
    at.sees(r"\$ echo 2$")
    at.type(CTRL_D)
    assert [kind for kind, _ in (at.decided(), *at.decisions)][1:] == ["Run", "Stop"]


def test_paste_without_brackets_does_not_run(asked: Ask) -> None:
    """A line end with more behind it, all at once, is text."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.waits_until_keys_count()
    at.type_at_once(" 1\recho 2\recho 3")
    at.sees("^(3|  ) ?echo 3")
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x 1\necho 2\necho 3"


def test_control_keys_that_come_together_are_no_paste(asked: Ask) -> None:
    """Enter and Ctrl-U at once begin a text anew, Enter and Ctrl-C give no reason; neither is a character of it."""
    at = asked("true")
    at.sees(r"\$ true", "all keys")
    at.type(F4)
    at.sees("Why not")
    at.type("no")
    at.type_at_once(ENTER + KILL_LINE)
    at.sees(r"Why not\? \(optional\)$")
    at.reads(LATE)
    assert at.decisions == []
    at.type("no")
    at.type_at_once(ENTER + CTRL_C)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": ""}]
    assert "U+" not in at.everything


def test_paste_keeps_its_bytes(asked: Ask) -> None:
    """Tabs, labels typed as text and other scripts arrive as they are; what looks like a label is labelled itself."""
    text = "\tprintf ⟦U+202E⟧ 'Straße 日本語'\n# end"
    at = asked("true;")
    at.sees(r"\$ true;")
    at.paste(text)
    at.sees("⟦tab⟧printf ⟦U\\+27E6⟧U\\+202E⟦U\\+27E7⟧", "日本語")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "true;" + text


def test_end_of_input_is_no_decision(asked: Ask) -> None:
    """A terminal that is closed decides nothing."""
    at = asked("true")
    at.sees(r"\$ true")
    at.hang_up()
    assert "Run" not in json.dumps(at.decisions)
