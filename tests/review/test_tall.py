"""Commands that are taller than the screen: they are read to their end before they run."""

import re

import pytest

from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER
from tests.review.test_display import read_to_the_end


@pytest.mark.parametrize("lines", [120, pytest.param(500, marks=pytest.mark.slow)])
def test_end_of_a_tall_command_must_be_seen(asked: Ask, lines: int) -> None:
    """Enter turns pages, and runs only after the last line was on the screen."""
    command = "\n".join(f"echo line {number}" for number in range(1, lines + 1))
    at = asked(command)
    at.sees(f"{lines} lines, {len(command):,} bytes", r"\$ echo line 1$", "rows not shown yet")
    last_line = f"line {lines}"
    assert last_line not in at.screen
    at.sees("all keys")
    at.reads(0.3)
    drawn = len(at.raw)
    at.reads(0.5)
    assert len(at.raw) == drawn  # a question that waits draws nothing
    pages = 1
    while "rows not shown yet" in at.screen or "continues here" in at.screen:
        assert last_line not in at.screen
        last = re.findall(r"line (\d+)", at.screen)[-1]
        at.type(ENTER)
        at.waits(lambda last=last: re.findall(r"line (\d+)", at.screen)[-1] != last, "a page")  # type: ignore[misc]
        at.sees("all keys")
        pages += 1
        if last_line in at.screen:
            break
    assert pages >= lines / 23
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == command


def test_ten_thousand_characters_in_one_line(asked: Ask) -> None:
    """They are seen, edited and returned whole."""
    command = "echo " + "x" * 9_990 + " end"
    at = asked(command)
    at.sees("9,999 bytes", "rows not shown yet")
    read_to_the_end(at)
    at.sees("x end")
    at.type("\x05!")
    at.sees("x end!")
    at.type(ENTER)
    assert at.decided()[1]["command"] == command + "!"


def test_what_an_editor_or_a_paste_added_must_be_seen_too(asked: Ask) -> None:
    """A long paste is not run by the Enter that follows it."""
    at = asked("true")
    at.sees(r"\$ true")
    at.paste("".join(f"\necho pasted {number}" for number in range(100)))
    at.sees("pasted 99")
    at.type(ENTER)
    at.sees("continues here")
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"
