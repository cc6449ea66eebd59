"""What comes from the terminal and is no key that a person pressed at the question."""

import json

import pytest

from hitl_cli.review.line import ESCAPE_TIME
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER


@pytest.mark.parametrize(
    "reply",
    [
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
    ],
)
def test_replies_of_the_terminal_are_no_keys(asked: Ask, reply: str) -> None:
    """What the terminal answers to somebody else's query neither decides nor gets into the text."""
    half = len(reply) // 2
    took = float("inf")
    while took >= ESCAPE_TIME:  # a piece that is followed by nothing for that long is Esc, as from a person
        at = asked("echo x")
        at.sees(r"\$ echo x")
        at.type(reply)
        at.type("1")
        at.sees(r"\$ echo x1")
        took = at.sends_in_pieces(reply[:half], reply[half:])
    at.type("2")
    at.sees(r"\$ echo x12")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x12"


def test_keys_from_before_the_drawing_do_not_count(asked: Ask) -> None:
    """Between two questions as well: Enter pressed too often answers one."""
    at = asked(["echo 1", "echo 2"])
    at.type_at_once(ENTER + "y" + ENTER)
    at.sees(r"\$ echo 1$")
    at.reads(0.6)
    assert at.decisions == []
    at.type(ENTER)
    at.sees(r"\$ echo 2$")
    at.type(CTRL_D)
    assert [kind for kind, _ in (at.decided(), *at.decisions)][1:] == ["Run", "Stop"]


def test_paste_without_brackets_does_not_run(asked: Ask) -> None:
    """A line end with more behind it, all at once, is text."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.type_at_once(" 1\recho 2\recho 3")
    at.sees("^  echo 3")
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x 1\necho 2\necho 3"


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
