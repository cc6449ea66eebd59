"""Journals that earlier versions left with unfinished work are resumed; those of later versions are refused."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.journal.migrations import VERSION
from tests.fixtures.journal.make import COMMANDS, HERE
from tests.journal.launcher import launch
from tests.terminal import Person

JOURNALS = sorted(HERE.glob("v*.db"))


def put(journal: Path, home: Path) -> Path:
    """Make `journal` that of the person with this `home`; return the file."""
    file = home / ".local/state/hitl/journal.db"
    file.parent.mkdir(parents=True)
    shutil.copy(journal, file)
    return file


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a journal answers to `query`."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def asked(home: Path) -> list[list[str]]:
    """Return what was asked, except whether to continue with other versions."""
    with contextlib.suppress(FileNotFoundError):
        found = [json.loads(line) for line in (home / "asked").read_text().splitlines()]
        return [each for each in found if each[0] != "agree"]
    return []


def test_there_is_one_of_each_format() -> None:
    """A new format comes with its own journals."""
    assert {int(file.name[1 : file.name.index("-")]) for file in JOURNALS} == set(range(1, VERSION + 1))


@pytest.mark.parametrize("person", ["approves", pytest.param("rejects", marks=pytest.mark.slow)])
@pytest.mark.parametrize("journal", JOURNALS, ids=lambda file: file.stem)
def test_session_is_resumed(tmp_path: Path, journal: Path, person: str) -> None:
    """The same questions come back, and what is decided happens, once."""
    file = put(journal, tmp_path)
    ((session,),) = rows(file, "SELECT id FROM sessions")
    before = dict(rows(file, "SELECT request, state FROM commands"))
    status = launch(tmp_path, tmp_path, ["resume", session], [COMMANDS[: len(before)]], person=person)
    told = (tmp_path / "output").read_text()
    assert status == (0 if person == "approves" or "finished" in before.values() else 77), told
    open_before = [request for request, state in before.items() if state != "finished"]
    decided = [request for kind, request, _, _ in asked(tmp_path) if kind == "decide"]
    assert sorted(decided) == sorted(open_before)
    assert [kind for kind, *_ in asked(tmp_path)].count("settle") == (
        1 if "running" in before.values() else 0
    )
    ran = (tmp_path / "ran").read_text().split() if (tmp_path / "ran").exists() else []
    assert len(ran) == len(set(ran)) == (len(open_before) if person == "approves" else 0)
    assert rows(file, "SELECT state, (SELECT count(*) FROM paused) FROM sessions") == [("finished", 0)]


def test_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """It is not read, and not changed."""
    file = put(JOURNALS[0], tmp_path)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    for arguments in (["resume"], ["run", "custom", "go"]):
        assert launch(tmp_path, tmp_path, arguments, [COMMANDS]) == 74
    told = (tmp_path / "output").read_text().splitlines()
    assert [line.startswith("hitl: The journal ") and "newer hitl" in line for line in told] == [True, True]
    assert file.read_bytes() == before
    assert not (tmp_path / "asked").exists()


def test_alternatives_that_an_earlier_version_recorded(
    person: Callable[..., Person], bare_environment: dict[str, str]
) -> None:
    """The other commands that the catalogue offered come back with the question, and so do the gaps."""
    put(HERE / "alternatives-of-v2.db", Path(bare_environment["HOME"]))
    at = person("resume", "09c2")
    at.sees(r"^y .* n or Enter")
    at.type("y")
    at.sees(
        "From the offline catalogue", r"▸ 1 Kill the process that uses a port \[changes\]", r"{{port}}/tcp"
    )
    at.type("\r")
    at.sees("fill in port first")
    at.type("\x1bn")
    at.sees("▸ 2 Show which process uses a port", r"^\$ lsof -nP")
    at.type("\x1b")
    at.sees("without a reason")
    at.type("\r")
    assert at.leaves() == 77
