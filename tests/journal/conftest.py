"""A journal of the test's own, and sessions in it."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.journal.entries import DecisionEntry, ProposalEntry, SessionEntry
from hitl_cli.journal.journal import Journal, new_session_id
from hitl_cli.journal.store import FILE, Store
from hitl_cli.text.programs import programs

RESULT = {"exit_status": 0, "duration": 0.25, "ending": "exit 0", "output": "done\n", "notes": []}


def unmasked(text: str) -> str:
    """Mask nothing."""
    return text


class Writer:
    """Writes sessions as a program does."""

    def __init__(self, state: Path, folder: Path) -> None:
        self.state = state
        self.folder = str(folder)
        self.store = Store.open(state)

    def session(
        self, request: str = "tidy up", mask: Callable[[str], str] = unmasked, **opening: Any
    ) -> Journal:
        """Open a session with a run that has begun."""
        journal = Journal(self.store, new_session_id(), self.state / "running", mask, programs)
        journal.open(
            SessionEntry(**{"folder": self.folder, "workflow": "agent", "conversation": False, **opening})
        )
        journal.begin_run(request, {})
        return journal

    def propose(self, journal: Journal, *commands: str, folder: str | None = None) -> list[int]:
        """Propose commands, and return their numbers."""
        asks = [
            ProposalEntry(f"{journal.run}-{at}", command, {"command": command})
            for at, command in enumerate(commands)
        ]
        numbers = journal.propose(asks, folder or self.folder, {"engine": "state"})
        return [numbers[ask.request] for ask in asks]

    def decide(
        self, journal: Journal, number: int, decision: str = "run", text: str | None = None, words: str = ""
    ) -> None:
        """Decide a command, by default to run `text`."""
        exact = {"kind": decision, "command": text}
        verdict = DecisionEntry(decision, "person", exact, text, "0" * 64 if text else None, words)
        journal.decide(number, verdict, self.folder)

    def run(self, journal: Journal, command: str, log: str | None = None, **result: Any) -> int:
        """Propose, approve, start and finish `command`, and return its number."""
        (number,) = self.propose(journal, command)
        self.decide(journal, number, text=command)
        journal.start(number, 1, 1, "boot", log)
        journal.finish(number, {**RESULT, **result}, by="hitl", log=log)
        return number

    def ended(self, commands: Sequence[str] = ("ls",), request: str = "tidy up") -> Journal:
        """Write a session in which these commands ran, and that nobody has open."""
        journal = self.session(request)
        for command in commands:
            self.run(journal, command)
        journal.end_run("finished", 0, [{"role": "user", "text": request}])
        journal.release()
        return journal


@pytest.fixture
def state(bare_environment: dict[str, str]) -> Path:
    """The state folder of the person."""
    return Path(bare_environment["HOME"]) / ".local" / "state" / "hitl"


@pytest.fixture
def writer(state: Path, folder: Path) -> Iterator[Writer]:
    """Somebody who writes sessions into the person's journal."""
    writer = Writer(state, folder)
    yield writer
    writer.store.close()


@pytest.fixture
def database(state: Path) -> Callable[[], sqlite3.Connection]:
    """Open the file of the journal behind its back."""
    return lambda: sqlite3.connect(state / FILE, isolation_level=None)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own for the state of the program."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)
