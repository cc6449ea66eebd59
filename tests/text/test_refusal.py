"""Which commands are not offered at all."""

import pytest

from hitl_cli.text.visible import MAX_COMMAND_CHARACTERS, refusal, visible


def test_controls_and_broken_text_are_refused_and_nothing_else() -> None:
    for point in range(0x110000):
        refused = (point < 32 and point not in {9, 10}) or 127 <= point < 160
        refused |= 0xD800 <= point < 0xE000
        assert (refusal(f"a{chr(point)}") is not None) == refused


@pytest.mark.parametrize("text", ["", " ", " \n\t\n"])
def test_an_empty_command_is_refused(text: str) -> None:
    assert refusal(text) == "The command is empty and was not offered; propose a command."


def test_a_refusal_says_what_and_where_in_safe_text() -> None:
    reason = refusal("ls\nab\x1b[0m")
    assert reason
    assert "escape (U+001B), at line 2, column 3" in reason
    assert visible(reason) == reason
    assert "U+DCFF" in (refusal("ls \udcff") or "")


def test_a_command_nobody_would_read_is_refused() -> None:
    assert refusal("é" * MAX_COMMAND_CHARACTERS) is None
    reason = refusal("a" * (MAX_COMMAND_CHARACTERS + 1))
    assert reason
    assert "16,385" in reason
