"""The program is killed at each step of the journal, once and again.

Looked at are what ran, what was asked and what the model was sent.
"""

import contextlib
import json
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any

import pytest

from tests.journal.killed import REJECTED, effects
from tests.journal.launcher import KILLED, Kill, launch


def effect(name: str) -> str:
    """Return a command that leaves a line with `name` and the number of its process, each time it runs."""
    return f"echo {name} $$ >> effects"


def slow(*values: Any) -> Any:
    """Return a row of parameters for the slow tests."""
    return pytest.param(*values, marks=pytest.mark.slow)


HELD = "FOLDER/held"
"""A program that a rule allows, and that has its effect only without the fence."""

WORKFLOWS: dict[str, tuple[str, list[list[str]]]] = {
    "agent": ("agent", [[effect("one")]]),
    "agent, three at once": ("agent", [[effect("same"), effect("same"), effect("other")]]),
    "agent, three rounds": (
        "agent",
        [[effect("one")], [f"{REJECTED} >> effects", effect("two")], [effect("one")]],
    ),
    "custom": ("custom", [[effect("one")]]),
    "agent, held by a fence": ("agent", [[f"{HELD} one", effect("two")], [f"{HELD} three"]]),
}


class Case:
    """A person with one request, whose program is killed as often as a test wants."""

    def __init__(self, workflow: str, home: Path) -> None:
        self._reference, script = WORKFLOWS[workflow]
        self._home = home
        self.folder = home / "work"
        self.folder.mkdir()
        self._script = [[each.replace("FOLDER", str(self.folder)) for each in line] for line in script]
        if "held" in workflow:
            (home / ".config/hitl").mkdir(parents=True)
            (home / ".config/hitl/rules.toml").write_text(f'allow = ["{self.folder}/held*"]\n')
            (self.folder / "held").write_text("#!/bin/sh\necho $1 $PPID >> effects || exit 3\n")
            (self.folder / "held").chmod(0o755)
        self.lives = 0

    def live(self, kills: Sequence[Kill]) -> None:
        """Start it, be killed, and resume, until it has ended by itself; check what must hold after each life."""
        again = ["run", self._reference, "go"]
        for kill in chain(kills, repeat(Kill())):
            before = self._commands()
            asked = len(self.asked())
            status = launch(self._home, self.folder, again, self._script, kill)
            self.lives += 1
            if status == KILLED:
                again = ["resume"] if self._has_begun() else ["run", self._reference, "go"]
                continue
            # It may have been killed after everything was recorded, so that nothing is left to resume.
            assert status == 0 or (status == 2 and "Nothing is pending in session" in self.told()), (
                self.told()
            )
            self._check_asked_again(before, self.asked()[asked:])
            return

    def asked(self) -> list[list[str]]:
        """Return what was asked: the kind of question, the request or command, its text, what was said with it."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in (self._home / "asked").read_text().splitlines()]
        return []

    def told(self) -> str:
        """Return what the person saw."""
        return (self._home / "output").read_text()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the journal answers to `query`."""
        found = list(self._home.rglob("journal.db"))
        if not found:
            return []
        with contextlib.closing(sqlite3.connect(found[0])) as connection:
            return connection.execute(query).fetchall()

    def check(self) -> None:
        """Check that nothing ran twice, that nothing was lost, and that nothing is left over."""
        calls = [command for line in self._script for command in line]
        wanted = Counter(command.split()[1] for command in calls if not command.startswith(REJECTED))
        records = [(kind, json.loads(body)) for kind, body in self.rows("SELECT kind, body FROM records")]
        cut = sum(
            kind == "finished" and body["by"] == "guardian" and body["exit_status"] != 0
            for kind, body in records
        )
        ran = Counter(self._effect_names())
        assert ran <= wanted, "a command ran twice"
        assert (wanted - ran).total() <= cut, "a command was lost"
        states = Counter(
            state for (state,) in self.rows("SELECT state FROM commands WHERE request NOT LIKE '%/unfenced'")
        )
        assert states["finished"] == wanted.total()
        assert states["rejected"] == len(calls) - wanted.total()
        assert set(states) <= {"finished", "rejected", "dropped"}
        for table in ("paused", "questions", "owners"):
            left = f"SELECT {table}.* FROM {table} JOIN sessions ON id = {table}.session WHERE runs > 0"
            assert self.rows(left) == []
        known = {body["command"] for kind, body in records if kind in ("finished", "settled")}
        assert {body["command"] for kind, body in records if kind == "started"} <= known
        unknown = {body["command"] for kind, body in records if kind == "unknown"}
        assert {
            body["command"] for kind, body in records if kind == "settled" and body["by"] == "person"
        } <= unknown
        assert "Traceback" not in self.told()
        assert "should not have happened" not in self.told()

    def _effect_names(self) -> list[str]:
        assert len(set(effects(self.folder).values())) == len(effects(self.folder))
        with contextlib.suppress(FileNotFoundError):
            return [line.split()[0] for line in (self.folder / "effects").read_text().splitlines()]
        return []

    def _has_begun(self) -> bool:
        return bool(
            self.rows("SELECT name FROM sqlite_master") and self.rows("SELECT * FROM paused")
        ) or bool(self.asked())

    def _commands(self) -> list[tuple[Any, ...]]:
        """Return number, request and state of the commands, and whether a guardian's report of each is there."""
        if not self.rows("SELECT name FROM sqlite_master"):
            return []
        reports = {int(file.name.rpartition("-")[2]) for file in self._home.rglob("reports/*")}
        return [
            (number, request, state, number in reports)
            for number, request, state in self.rows(
                "SELECT commands.number, commands.request, state FROM commands JOIN questions ON number = command"
            )
        ]

    def _told_by_guardians(self) -> set[int]:
        """Return the numbers of the commands of which a guardian's report said how they ended."""
        return {
            number
            for (number,) in self.rows(
                "SELECT json_extract(body, '$.command') FROM records "
                "WHERE kind = 'finished' AND json_extract(body, '$.by') = 'guardian'"
            )
        }

    def _check_asked_again(self, before: list[tuple[Any, ...]], asked: list[list[str]]) -> None:
        """Check that a life which was not killed asked what the one before it had left open, and no more of that."""
        decided = {what: said for kind, what, _, said in asked if kind == "decide"}
        settled = [int(what) for kind, what, _, _ in asked if kind == "settle"]
        for number, request, state, has_report in before:
            match state:
                case "waiting":
                    assert {
                        request,
                        f"{request}/unfenced",
                    } & decided.keys()  # a rule decides, and the fence holds it
                case "approved":
                    assert "did not start" in decided[request]
                case "running" | "unknown" if not has_report:
                    # Its guardian may still have been writing its report.
                    told = "did not start" in decided.get(request, "") or number in self._told_by_guardians()
                    assert told or number in settled, "nobody was asked how it ended"
                case "rejected" | "finished":
                    assert request not in decided, "it was decided before"
                    assert number not in settled
        assert len(settled) == len(set(settled))


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make cases in folders of their own, which a failure leaves behind."""

    def make(workflow: str) -> Case:
        return Case(workflow, Path(tempfile.mkdtemp(prefix="t", dir=home)).resolve())

    home = tempfile.mkdtemp(prefix="t")
    yield make
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize(
    ("workflow", "after"),
    [
        (name, after) if (name, after) in (("agent", True), ("custom", False)) else slow(name, after)
        for name in WORKFLOWS
        for after in (False, True)
    ],
)
def test_killed_at_each_step(case: Any, workflow: str, after: bool) -> None:
    """Every other time, guardians and their reports are lost as well."""
    for step in count(1):
        one: Case = case(workflow)
        one.live([Kill(step, after, step % 2 == after)])
        one.check()
        if one.lives == 1:
            break
    assert step > 9


@pytest.mark.parametrize("workflow", [name if name == "agent" else slow(name) for name in WORKFLOWS])
def test_killed_again_at_each_step_of_resuming(case: Any, workflow: str) -> None:
    """After a first crash at any step, each step of the next life is the end of that one, too."""
    chance = random.Random(workflow)
    # In a long session, every third step.
    for step in count(1, 1 if sum(map(len, WORKFLOWS[workflow][1])) == 1 else 3):
        one: Case = case(workflow)
        first = Kill(chance.randint(4, 9), chance.random() < 0.5, chance.random() < 0.5)
        one.live([first, Kill(step, chance.random() < 0.5, chance.random() < 0.5)])
        one.check()
        if one.lives < 3:
            break
    assert step > 4


@pytest.mark.parametrize(
    "workflow",
    [
        slow(name) if name in ("agent", "agent, three rounds") or "held" in name else name
        for name in WORKFLOWS
    ],
)
def test_killed_many_times(case: Any, workflow: str) -> None:
    """One life after the other ends early."""
    chance = random.Random(workflow)
    for _ in range(2):
        one: Case = case(workflow)
        one.live([Kill(chance.randint(1, 8), chance.random() < 0.5, chance.random() < 0.5) for _ in range(6)])
        one.check()
