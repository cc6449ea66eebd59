"""What little is known of a command, and texts of any content: small holes that a session must not fall into."""

import contextlib
import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.journal.make import COMMANDS, HERE
from tests.journal.killed import effects
from tests.journal.launcher import KILLED, Kill, launch

EFFECT = "echo ran $$ >> effects"


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what the journal answers to `query`."""
    (journal,) = home.rglob("journal.db")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        return connection.execute(query).fetchall()


def asked(home: Path) -> list[list[str]]:
    """Return what was asked so far."""
    return [json.loads(line) for line in (home / "asked").read_text().splitlines()]


@pytest.mark.parametrize(
    "report",
    [
        "",
        "\n",
        '{"status": 0, "ti',
        "[]",
        "[" * 9000,
        "null",
        '{"status": 0}',
        '{"status": true, "time": 1, "alone": true}',
        '{"status": 1e400, "time": 1, "alone": true}',
        '{"status": 0, "time": NaN, "alone": true}',
        f'{{"status": {10**30}, "time": 1, "alone": true}}',
    ],
)
def test_torn_report_is_none(tmp_path: Path, report: str) -> None:
    """Where the guardian's word cannot be read, the person is asked."""
    state = tmp_path / ".local/state/hitl"
    state.mkdir(parents=True)
    shutil.copy(HERE / "v1-custom-unknown.db", state / "journal.db")
    ((session,),) = rows(tmp_path, "SELECT id FROM sessions")
    (state / "reports").mkdir()
    (state / "reports" / f"{session}-1").write_text(report)
    assert launch(tmp_path, tmp_path, ["resume", session], [COMMANDS]) == 0
    assert [kind for kind, *_ in asked(tmp_path) if kind != "agree"] == ["settle", "decide"]


def test_what_never_started_is_not_said_to_have_run(tmp_path: Path, folder: Path) -> None:
    """Killed when the start was written down and the word to go was not given: the guardian knows that nothing ran."""
    for step in range(4, 12):
        if launch(
            tmp_path, folder, ["run", "custom", "go"], [[EFFECT]], Kill(step, after=True)
        ) == KILLED and rows(tmp_path, "SELECT 1 FROM commands WHERE state = 'running'"):
            break
    else:
        raise AssertionError("it was never running")
    (tmp_path / "asked").unlink()
    assert launch(tmp_path, folder, ["resume"], [[EFFECT]]) == 0
    ((kind, _, _, note),) = asked(tmp_path)
    assert kind == "decide"
    assert "it did not start" in note
    assert len(effects(folder)) == 1


def test_who_approved_what_never_started(tmp_path: Path, folder: Path) -> None:
    """A rule did, and the person is asked now."""
    rules = tmp_path / ".config/hitl/rules.toml"
    rules.parent.mkdir(parents=True)
    rules.write_text('unfenced = "allow"\nallow = ["wc*"]\n')
    for step in range(2, 8):
        launch(tmp_path, folder, ["run", "custom", "go"], [["wc /dev/null"]], Kill(step, after=True))
        if rows(tmp_path, "SELECT 1 FROM commands WHERE state = 'approved'"):
            break
    else:
        raise AssertionError("it was never approved")
    assert launch(tmp_path, folder, ["resume"], [["wc /dev/null"]]) == 0
    ((kind, _, _, note),) = asked(tmp_path)
    assert (kind, note) == ("decide", "A rule approved this before hitl ended; it did not start.")


def test_folder_of_any_name(tmp_path: Path) -> None:
    """A name that is no Unicode, and a variable whose secret value is a part of it."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/old\xff-name"))
    folder.mkdir()
    assert launch(tmp_path, folder, ["run", "custom", "go"], [[EFFECT]], person="nobody") == 75
    assert launch(tmp_path, folder, ["resume"], [[EFFECT]]) == 0
    assert len(effects(folder)) == 1


def test_nobody_else_reads_the_state(tmp_path: Path, folder: Path) -> None:
    """Neither the journal nor the log nor the folders."""
    assert launch(tmp_path, folder, ["run", "custom", "go"], [[EFFECT]]) == 0
    state = tmp_path / ".local/state/hitl"
    for each in [state, *state.rglob("*")]:
        assert each.stat().st_mode & 0o077 == 0, each
