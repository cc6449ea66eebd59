"""Work is counted, so that a test can tell what grows with the length of a text from what grows with its square."""

import re
from collections.abc import Callable

import pytest

from tests.work import assert_linear

_LETTERS = re.compile("a+")


def linear(size: int) -> None:
    """Look at each character once, in Python and with patterns."""
    text = "ab" * size
    for _ in text:
        _LETTERS.match("aa")
    for match in _LETTERS.finditer(text):
        _LETTERS.search(text, match.start(), match.end())
    re.sub("b", "c", text)
    re.split("b", text, maxsplit=1)


def square_of_lines(size: int) -> None:
    """Look at each pair of characters."""
    for at in range(size):
        for _ in range(at):
            pass


def square_of_searches(size: int) -> None:
    """Search all of a text for each of its characters."""
    text = "b" * size
    for _ in text:
        _LETTERS.search(text)


def test_linear_work_is_found_linear() -> None:
    """Whatever it is made of."""
    assert_linear(linear, 300)


@pytest.mark.parametrize("act", [square_of_lines, square_of_searches])
def test_quadratic_work_is_found(act: Callable[[int], None]) -> None:
    """In loops of Python, and in searches that look like one step."""
    with pytest.raises(AssertionError):
        assert_linear(act, 300)
