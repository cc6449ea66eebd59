"""The keys of a person at a question, as a terminal sends them."""

import pytest

ESC, ENTER, CTRL_C, CTRL_D = "\x1b", "\r", "\x03", "\x04"
F1, F2, F3, F4, F5, F6, F7, F8, F9, F10 = (
    *(f"\x1bO{letter}" for letter in "PQRS"),
    *(f"\x1b[{number}~" for number in (15, 17, 18, 19, 20, 21)),
)
PAGE_DOWN, PAGE_UP, RIGHT, UP = "\x1b[6~", "\x1b[5~", "\x1b[C", "\x1b[A"
KILL_LINE = "\x15"

MODES = ["emacs", pytest.param("vi", marks=pytest.mark.slow)]
"""How a line is edited, as the setting says it, for a parametrized test."""
