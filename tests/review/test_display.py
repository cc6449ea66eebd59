"""Deceptive commands, judged on an 80x24 screen."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.review.conftest import Ask, Asked
from tests.review.keys import CTRL_C, ENTER, F4, PAGE_DOWN
from tests.terminal import Person

MORE = r"(\d+) rows? not shown yet"
CASES = [json.loads(line) for line in (Path(__file__).parent / "display.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.slow] if part > 3 else []) for part in range(8)]
)
def test_nothing_of_a_command_is_hidden(asked: Ask, part: int) -> None:
    """The payload is seen, each suspicious character is labelled, none reaches the terminal, and Enter runs none."""
    cases = CASES[part::8]
    at = asked([case["command"] for case in cases])
    for number, case in enumerate(cases, 1):
        if _refused(at, number, len(cases)):
            kind, fields = at.decisions[number - 1]
            assert kind == "Refuse", case["id"]
            assert any(mark in fields["reason"] for mark in case["must_mark"]), (case["id"], fields)
            continue
        seen = read_to_the_end(at, case["must_see"])
        assert_aligned(at, case["id"])
        squeezed = re.sub(r"[│\s]", "", seen)
        for payload in case["must_see"]:
            assert re.sub(r"\s", "", payload) in squeezed, (case["id"], payload, seen)
        for mark in case["must_mark"]:
            assert f"⟦{mark}⟧" in squeezed, (case["id"], mark, seen)
        if case["must_mark"]:
            at.type(ENTER)
            at.sees("the command may be deceptive")
        at.type(F4)
        at.sees(r"Why not")
        at.type(CTRL_C)
    assert at.leaves() == 0
    assert all(kind in ("Reject", "Refuse") for kind, _ in at.decisions)
    raw = at.raw.decode("utf-8", "replace")
    for case in cases:
        for mark in case["must_mark"]:
            point = chr(int(mark.removeprefix("U+"), 16))
            # What a program itself sends to draw is no proof; that the screen was right is.
            assert point.isascii() or point in "╭╮╰╯" or point not in raw, (case["id"], mark)


def assert_aligned(at: Asked, what: str) -> None:
    """The right border of the panel is one straight line in the last column."""
    cells = at.cells
    framed = [row for row in range(24) if cells[row][0].data in "╭│╰"]
    assert all(cells[row][79].data in "╮│╯" for row in framed), (what, at.screen)


def read_to_the_end(at: Person, payloads: Sequence[str] = ()) -> str:
    """Turn pages until nothing is left and `payloads` were seen; return all screens one after the other."""
    seen = ""

    def is_drawn(before: list[str]) -> bool:
        left = re.findall(MORE, at.screen)
        squeezed = re.sub(r"[│\s]", "", seen + at.screen)
        counted = "longer than the screen" not in at.screen
        return (
            counted
            and left != before
            and (bool(left) or all(re.sub(r"\s", "", each) in squeezed for each in payloads))
        )

    at.waits(lambda: is_drawn(["none yet"]), "to see all of it, or that there is more")
    seen = at.screen
    while left := re.findall(MORE, at.screen):
        at.type(PAGE_DOWN)
        at.waits(lambda left=left: is_drawn(left), "to see the next page")  # type: ignore[misc]
        seen += "\n" + at.screen
    return seen


def _refused(at: Asked, number: int, total: int) -> bool:
    """Wait for the question, and return whether it was decided without one."""

    def is_there() -> bool:
        drawn = f"({number} of {total})" in at.screen and "all keys" in at.screen
        return drawn or len(at.decisions) >= number

    at.waits(is_there, f"for question {number}")
    return len(at.decisions) >= number
