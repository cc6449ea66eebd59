"""The output of a command, and that of processes that it left behind, are kept apart."""

from collections.abc import Callable

import pytest

from tests.shell.conftest import AtTerminal

At = Callable[..., AtTerminal]


def test_next_command_has_the_terminal_to_itself(at_terminal: At) -> None:
    """What another one left behind prints meanwhile comes when it has ended, and is no part of its output."""
    leaves = r"(until [ -e go ]; do sleep 0.02; done; printf '\033[?1049hfirst'; touch gone) & echo ok"
    at = at_terminal(leaves, "touch go; until [ -e gone ]; do sleep 0.02; done; sleep 0.5; echo second")
    first, second = at.results()
    assert (first["output"], second["output"]) == ("ok\n", "second\n")
    assert b"\x1b[?1049h" not in at.raw
    at.sees(r"^second\n✓ exit 0.*\n(.*\n)*\[left behind by .*⟦U\+001B⟧\[\?1049hfirst$")


@pytest.mark.parametrize("leaves", ["", "sleep 68.5 & "], ids=["nothing left", "a process left"])
def test_last_output_of_a_command_is_complete(at_terminal: At, leaves: str) -> None:
    """What the shell printed before it ended is shown as it is, although a process still has the terminal."""
    at = at_terminal(f"{leaves}printf '%s\\n' {{1..3000}}; printf END")
    result = at.result()
    assert result["output"].endswith("3000\nEND")
    at.sees(r"^3000\nEND\n✓ ran  .*printf '%s")  # the command again: its own line is no longer in view
    assert "left behind by" not in at.everything
