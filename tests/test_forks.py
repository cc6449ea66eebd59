"""A program that is started as a fork is the one that is started anew."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forks import run
from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_fork_notices_no_difference(bare_environment: dict[str, str], folder: Path, terminal: bool) -> None:
    """Descriptors, streams, signals, session, variables, paths: with a terminal and without."""
    noticed: list[dict[str, Any]] = []
    command = [sys.executable, "-m", "tests.noticed", str(folder / "noticed")]
    for cold in (True, False):
        if terminal:
            at = Person(command, bare_environment, folder, cold=cold)
            status = at.leaves()
            at.close()
        else:
            status = run(command, bare_environment, folder, "text", cold=cold).returncode
        assert status == 7
        noticed.append(json.loads((folder / "noticed").read_text()))
    assert noticed[0] == noticed[1]


def test_a_failure_and_a_signal_end_a_fork_as_they_end_a_program(
    bare_environment: dict[str, str], folder: Path
) -> None:
    """The status, and the last line of the traceback."""
    ended = [
        run([sys.executable, "-m", "tests.noticed"], bare_environment, folder, None, cold=cold)
        for cold in (True, False)
    ]
    assert ended[0].returncode == ended[1].returncode == 1
    assert ended[0].stderr.splitlines()[-1] == ended[1].stderr.splitlines()[-1]


@pytest.mark.slow
def test_the_same_walk_leaves_the_same_screen(person: At, model: ModelServer, folder: Path) -> None:
    """A question, an edit, a command that shows its variables, and the end: all but the times is the same."""
    screens = []
    for cold in (True, False):
        model.reply(Text("env | sort; tty | cut -c -8"))
        at = person("run", "custom", "show the variables", columns=120, lines=50, cold=cold)
        at.sees(r"\$ env \| sort")
        at.type("; exit 3")
        at.approves("env | sort; tty | cut -c -8; exit 3")
        assert at.leaves() == 3
        screens.append(re.sub(r"\d+\.\d+ s", "some s", at.everything))
    assert "HOME=" in screens[0]
    assert screens[0] == screens[1]
