"""A disk that is full, a folder that cannot be written, and many programs at once."""

import contextlib
import json
import sqlite3
import subprocess
from itertools import count
from pathlib import Path

from tests.journal.launcher import Kill, launch, launch_all

EFFECT = "echo ran $$ >> effects"


def sentences(home: Path) -> list[str]:
    """Return what the program said of itself, and forget it."""
    told = (home / "output").read_text()
    (home / "output").unlink()
    assert "Traceback" not in told
    assert "should not have happened" not in told
    return [line for line in told.splitlines() if line.startswith("hitl: ")]


def test_full_disk_at_each_step(tmp_path: Path, folder: Path, disk: Path) -> None:
    """What cannot be written does not happen; with room again, the session continues, and its command ran once."""
    for step in count(2):
        ran = folder / "effects"
        ran.unlink(missing_ok=True)
        status = launch(tmp_path, folder, ["run", "custom", "go"], [[EFFECT]], Kill(step), disk=disk)
        said = sentences(tmp_path)
        if not (disk / "full").exists():
            assert status == 0
            break
        (disk / "full").unlink()
        with contextlib.closing(sqlite3.connect(disk / "hitl" / "journal.db")) as connection:
            states = [
                state for (state,) in connection.execute("SELECT state FROM commands ORDER BY number DESC")
            ]
            (waits,) = connection.execute("SELECT count(*) FROM paused").fetchone()
            (ever_started,) = connection.execute("SELECT count(started_at) FROM commands").fetchone()
        if status != 0:
            assert status == 74
            assert len(said) == 1
            assert "full" in said[0]
            assert ("hitl resume" in said[0]) == bool(waits)
        if waits:
            assert not ran.exists() or ever_started
            assert launch(tmp_path, folder, ["resume"], [[EFFECT]], disk=disk) == 0
            sentences(tmp_path)
            assert ran.read_text().count("\n") == 1
        else:
            assert not ran.exists() or states[0] == "finished"
        for file in (disk / "hitl").iterdir():
            if file.is_file():
                file.unlink()
    assert step > 8


def test_full_disk_when_a_command_ends(tmp_path: Path, folder: Path, disk: Path) -> None:
    """What is known of it is shown before the program gives up; with room again, nobody is asked how it ended."""
    script = [["echo shown; " + EFFECT]]
    for step in count(2):
        status = launch(tmp_path, folder, ["run", "custom", "go"], script, Kill(step), disk=disk)
        told = (tmp_path / "output").read_text()
        sentences(tmp_path)
        (disk / "full").unlink()
        if (folder / "effects").exists():
            break
    assert status == 74
    assert "✓ ran  echo shown" in told
    assert " · exit 0 · " in told
    (tmp_path / "asked").unlink()
    assert launch(tmp_path, folder, ["resume"], script, disk=disk) == 0
    assert " · exit 0 · " in (tmp_path / "output").read_text()
    assert not (tmp_path / "asked").exists()
    with contextlib.closing(sqlite3.connect(disk / "hitl" / "journal.db")) as connection:
        (body,) = connection.execute("SELECT body FROM records WHERE kind = 'finished'").fetchone()
    assert json.loads(body)["output"] == "shown\n"


def test_read_only_state(tmp_path: Path, folder: Path, disk: Path) -> None:
    """Nothing starts, nothing continues, and what waits is kept."""
    for arguments, status in ((["run", "custom", "go"], 75), (["resume"], 75)):
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert launch(tmp_path, folder, arguments, [[EFFECT]], disk=disk) == 74
        (said,) = sentences(tmp_path)
        assert "Nothing ran" in said or "was not done" in said
        assert not (tmp_path / "asked").exists()
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert launch(tmp_path, folder, arguments, [[EFFECT]], person="nobody", disk=disk) == status
        sentences(tmp_path)
    assert launch(tmp_path, folder, ["resume"], [[EFFECT]], disk=disk) == 0
    assert (folder / "effects").read_text().count("\n") == 1


def test_eight_programs_at_once(tmp_path: Path) -> None:
    """They share one journal, and none loses or repeats anything."""
    folders = [tmp_path / str(number) for number in range(8)]
    for each in folders:
        each.mkdir()
    assert launch_all(tmp_path, folders, ["run", "custom", "go"], [[EFFECT]]) == [0] * 8
    assert [(each / "effects").read_text().count("\n") for each in folders] == [1] * 8
    (journal,) = tmp_path.rglob("journal.db")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        assert connection.execute("SELECT count(*) FROM commands WHERE state = 'finished'").fetchone() == (8,)
        numbers = [number for (number,) in connection.execute("SELECT number FROM records ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
