"""A window that becomes narrower: nothing of the old drawing stays, and nothing else is erased."""

import re
from collections.abc import Callable

import pytest

from hitl_cli.terminal.reflow import rows_of, rows_of_all
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

DOWN_TO_THE_END = re.compile(rb"\x1b\[6n.*(\r\r\n){4}", re.DOTALL)
"""A drawing that takes all rows, which is possible when the terminal has said where its cursor is."""


@pytest.mark.parametrize("wraps", [True, False], ids=["wraps", "cuts"])
def test_question_is_drawn_once(person: At, model: ModelServer, wraps: bool) -> None:
    """On a terminal that wraps its lines again, and on one that cuts them; also in several steps, and in a field."""
    model.reply(Calls.of("echo kept", "true " + "word " * 20), Text("ok"))
    at = person("run", "agent", "x", columns=100, wraps=wraps)
    at.approves("echo kept")
    at.sees(r"\$ true", "all keys")
    for columns in (83, 60, 41):
        at.waits(
            lambda: DOWN_TO_THE_END.search(at.raw, at.raw.rindex(b"\x1b[6n")) is not None,
            "for a whole drawing",
        )
        at.resize(columns, 24)
        at.sees(rf"^╭.{{{columns - 2}}}╮$", "all keys")
        assert at.everything.count("╭") == at.everything.count("╰") == at.everything.count("Enter run") == 1
        assert at.everything.count("\nkept") == 1
    at.type("\x1b")
    at.sees("Why not")
    at.waits(
        lambda: DOWN_TO_THE_END.search(at.raw, at.raw.rindex(b"\x1b[6n")) is not None, "for a whole drawing"
    )
    at.resize(30, 24)
    at.sees(r"(?m)^Run\?.*|^╭.{28}╮$", "Esc back")
    assert at.everything.count("Why not") == at.everything.count("Esc back") == 1
    at.type("\r")
    at.sees("^▌ ok")
    assert at.leaves() == 0
    assert "Run" not in at.everything
    assert at.everything.count("\nkept") == 1


@pytest.mark.parametrize("wraps", [True, False], ids=["wraps", "cuts"])
def test_waiting_leaves_no_rows(person: At, model: ModelServer, wraps: bool) -> None:
    """Neither the row that says what runs, nor the one that says what is waited for."""
    command = "echo kept; read answer; : " + "word " * 20
    model.reply(Calls.of(command), Text("ok", pause=3.0))
    at = person("run", "agent", "x", columns=100, wraps=wraps, env={"VTE_VERSION": "7000"} if wraps else {})
    at.approves("echo kept")
    at.sees("running echo kept.* background$")
    at.resize(66, 24)
    at.sees(r"running echo.* background$")
    assert at.everything.count("running") == 1
    at.type_at_once("\r")
    at.sees(r"waiting for \S+ · 1 s")
    at.resize(18, 24)
    assert at.leaves() == 0
    assert "▌ ok" in at.everything
    assert "waiting" not in at.everything
    assert "running" not in at.everything
    assert at.everything.count("\nkept") == 1


def test_rows_of_wide_characters() -> None:
    """A character of two cells never begins in the last column."""
    assert rows_of([], 10) == rows_of([1] * 10, 10) == 1
    assert rows_of([1] * 11, 10) == 2
    assert rows_of([2] * 5, 5) == 3
    assert rows_of_all([[1] * 11, [], [1]], 10) == 4
