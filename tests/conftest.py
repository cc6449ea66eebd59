"""A home of its own for each test, a scripted model, and a person at a terminal."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.forks import SERVER, SESSION, STARTUP, Server, run
from tests.model_server import ModelServer, serving
from tests.terminal import Person

hypothesis.settings.register_profile("untimed", deadline=None)  # a loaded machine is no failure
hypothesis.settings.load_profile("untimed")

for number in (signal.SIGINT, signal.SIGQUIT):  # which a shell has background jobs ignore, and their children
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

os.environ.update(SESSION)


def pytest_configure(config: pytest.Config) -> None:
    """Share one server of forks among the processes that run tests."""
    if SERVER not in os.environ:
        server = Server()
        os.environ[SERVER] = server.address
        config.add_cleanup(server.close)


HITL = [sys.executable, "-m", "hitl_cli"]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own, whose short path looks the same on a screen however often the tests ran."""
    with tempfile.TemporaryDirectory(prefix="t", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder in which the person works."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def bare_environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a person without any settings, whose home is the test's own."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        **STARTUP,
        **SESSION,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORFGBG": "15;0",
        "SHELL": "/bin/bash",
    }


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A scripted model."""
    with serving() as server:
        yield server


@pytest.fixture
def environment(bare_environment: dict[str, str], model: ModelServer) -> dict[str, str]:
    """The variables of a person who talks to the scripted model."""
    return {
        **bare_environment,
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "sk-secret",
        "HITL_MODEL": "scripted",
    }


@pytest.fixture
def person(environment: dict[str, str], folder: Path) -> Iterator[Callable[..., Person]]:
    """Start `hitl` with these arguments at a terminal; keywords are those of `Person`, `env` adds variables."""
    people: list[Person] = []

    def start(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> Person:
        people.append(Person([*HITL, *arguments], {**environment, **(env or {})}, folder, **options))
        return people[-1]

    yield start
    for each in people:
        each.close()


Hitl = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def hitl(environment: dict[str, str], folder: Path) -> Hitl:
    """Run `hitl` without a terminal, to its end."""

    def run_hitl(
        *arguments: str,
        stdin: str | None = None,
        env: dict[str, str] | None = None,
        program: Sequence[str] = HITL,
        cold: bool = False,
    ) -> "subprocess.CompletedProcess[str]":
        return run([*program, *arguments], {**environment, **(env or {})}, folder, stdin, cold=cold)

    return run_hitl


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from what was imported: that stays."""
    gc.freeze()
