"""A shell on a terminal, without a session around it; and what is left of a process."""

import contextlib
import json
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.forks import SESSION
from tests.terminal import PATIENCE, Person

_PARENT = "import signal, subprocess, sys; subprocess.call(sys.argv[1:]); signal.pause()"


class AtTerminal(Person):
    """A person at a terminal at which commands run."""

    def __init__(
        self,
        commands: list[str],
        environment: dict[str, str],
        folder: Path,
        *,
        has_parent: bool = False,
        **options: Any,
    ) -> None:
        """Run `commands`; with `has_parent`, a process like a shell keeps the terminal when the program is killed."""
        self.folder = folder
        self._results = folder.parent / "results"
        program = [sys.executable, "-m", "tests.shell.at_terminal", str(self._results), *commands]
        parent = [sys.executable, "-c", _PARENT] if has_parent else []
        super().__init__([*parent, *program], environment, folder, **options)
        self.has_parent = has_parent

    @property
    def program(self) -> psutil.Process:
        """The process of the program."""
        process = psutil.Process(self.pid)
        return process.children()[0] if self.has_parent else process

    def results(self) -> list[dict[str, Any]]:
        """Wait until all commands are done, and return what came of them."""
        self.sees("^done$")
        return [json.loads(line) for line in self._results.read_text().splitlines()]

    def result(self) -> dict[str, Any]:
        """Wait for the only result."""
        (only,) = self.results()
        return only

    def takes_all(self) -> list[dict[str, Any]]:
        """As `results`, but without drawing what comes: for more than a screen in Python can take."""
        while b"done\r\n" not in self.raw[-200:]:
            self.raw += self._terminal.read_nonblocking(65_536, PATIENCE)
        return [json.loads(line) for line in self._results.read_text().splitlines()]

    def line_settings(self) -> list[Any]:
        """Return the settings of the terminal, as `termios.tcgetattr` gives them."""
        return termios.tcgetattr(self._terminal.child_fd)


@pytest.fixture
def at_terminal(bare_environment: dict[str, str], folder: Path) -> Iterator[Callable[..., AtTerminal]]:
    """Run these commands at a terminal; keywords are those of `Person`, `env` adds variables."""
    people: list[AtTerminal] = []

    def start(*commands: str, env: dict[str, str] | None = None, **options: Any) -> AtTerminal:
        people.append(AtTerminal(list(commands), {**bare_environment, **(env or {})}, folder, **options))
        return people[-1]

    yield start
    for each in people:
        each.close()


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait until `condition` holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes of these tests with `mark` in their command line, except the tests and the program."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            is_own = SESSION.items() <= process.environ().items()
            if is_own and mark in line and "at_terminal" not in line and is_alive(process):
                found.append(process)
    return found


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process has not ended, also where nobody has taken note of its end yet."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
