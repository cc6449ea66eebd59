"""Ctrl-Z where a person types."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review.conftest import Ask
from tests.review.keys import ENTER, F4, MODES
from tests.terminal import Person

CTRL_Z = "\x1a"


@pytest.mark.parametrize("mode", MODES)
def test_ctrl_z_types_nothing_where_there_is_no_shell_to_go_back_to(asked: Ask, mode: str) -> None:
    """Neither into the command nor into a field."""
    at = asked(["echo a", "echo b"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo a")
    at.type(CTRL_Z)
    at.reads(0.5)  # what is typed before it is drawn again does not count
    at.type("b")
    at.sees(r"\$ echo ab\n", "Enter run")
    at.type(ENTER)
    at.sees(r"\$ echo b")
    at.type(F4)
    at.sees("Why not")
    at.type(CTRL_Z)
    at.reads(0.5)
    at.type("no")
    at.sees(r"\) no *\n")
    at.type(ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": "no"}]
    assert at.decisions[0][1]["command"] == "echo ab"


@pytest.fixture
def shell(bare_environment: dict[str, str], folder: Path) -> Iterator[Person]:
    """A person at an interactive shell."""
    at = Person(["bash", "--norc", "--noprofile", "-i"], {**bare_environment, "PS1": "shell> "}, folder)
    at.sees("shell>")
    yield at
    at.close()


def test_ctrl_z_stops_the_program_as_a_job_and_fg_continues_at_the_same_question(shell: Person) -> None:
    """What is typed meanwhile is the shell's, and the edited line is there again and runs."""
    at = shell
    at.type(f"{sys.executable} -m hitl_cli run custom 'show the largest files here'\r")
    at.sees("Enter run")
    at.type(" # mine")
    at.sees(r"# mine\n")
    at.type(CTRL_Z)
    at.sees("Stopped", "shell>")
    at.type("echo stop''ped\r")
    at.sees("^stopped")
    at.type("fg\r")
    at.sees("Run this command", r"\$ find", r"# mine\n", "Enter run")
    at.type(ENTER)
    at.sees("✓ exit 0", "shell>")
