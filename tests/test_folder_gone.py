"""What still works where the current folder no longer exists, and where the folder of a session has another name."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]
ROOT = Path(__file__).parents[1]
CTRL_D = "\x04"
LEAVE = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -m hitl_cli "$@"'
IN_NO_FOLDER = ["/bin/bash", "-c", LEAVE, sys.executable]


@pytest.mark.parametrize(
    "arguments", [["log"], ["log", "--folder", "/"], ["sessions", "--all"], ["config"], ["config", "--json"]]
)
def test_what_needs_no_folder_works_without_one(hitl: Hitl, arguments: list[str]) -> None:
    """The journal and the settings are elsewhere."""
    ended = hitl(*arguments, program=IN_NO_FOLDER)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["sessions"], marks=pytest.mark.slow),
        ["log", "--folder", "."],
        pytest.param(["list"], marks=pytest.mark.slow),
        ["run", "agent", "x"],
        pytest.param(["run", "agent", "--cwd", "below", "x"], marks=pytest.mark.slow),
        ["resume"],
        ["catalogue", "search", "x"],
    ],
)
def test_what_needs_a_folder_says_so(hitl: Hitl, arguments: list[str]) -> None:
    """One sentence, and what to do."""
    ended = hitl(*arguments, program=IN_NO_FOLDER)
    assert ended.returncode == 66
    assert ended.stderr.startswith("hitl: The current folder no longer exists. Nothing was done.")
    assert "--cwd" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_session_continues_from_a_folder_that_is_gone(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """Started with --cwd, and resumed by its id."""
    model.reply(Text("touch made"))
    ended = hitl("run", "custom", "--cwd", str(folder), "x", program=IN_NO_FOLDER)
    assert ended.returncode == 75
    session = ended.stderr.split()[-1]
    again = hitl("resume", session, program=IN_NO_FOLDER)
    assert again.returncode == 75
    assert f"Session {session}: custom, in {folder}" in again.stderr


def test_workflow_in_a_folder_that_was_renamed(person: At, model: ModelServer, folder: Path) -> None:
    """With --cwd it is found where it is now, and the command runs there."""
    inner = folder / "inner"
    inner.mkdir()
    for name in ("custom_workflow.py", "events.py"):
        shutil.copy(ROOT / name, inner / name)
    model.reply(Text("touch made"))
    at = person("run", "./inner/custom_workflow.py:create_workflow", "x")
    at.sees(r"\$ touch made")
    at.type(CTRL_D)
    assert at.leaves() == 75
    session = " ".join(at.everything.split()).split("hitl resume ")[1].split()[0]
    renamed = folder.rename(folder.with_name("renamed"))
    folder.mkdir()
    again = person("resume", session, "--cwd", str(renamed))
    again.approves("touch made")
    assert again.leaves() == 0
    assert f"in {renamed}" in " ".join(again.everything.split())
    assert (renamed / "made").exists()
    assert list(folder.iterdir()) == []


def test_resume_says_how_to_continue_when_the_folder_was_renamed(
    person: At, hitl: Hitl, model: ModelServer, folder: Path
) -> None:
    """Nobody said --cwd this time; the sentence tells what to say."""
    (folder / "sub").mkdir()
    model.reply(Text("touch made"))
    at = person("run", "custom", "--cwd", "sub", "x")
    at.sees(r"\$ touch made")
    at.type(CTRL_D)
    assert at.leaves() == 75
    (folder / "sub").rename(folder / "other")
    ended = hitl("resume")
    assert (ended.returncode, ended.stderr.count("hitl resume")) == (2, 1)
    assert f"{folder / 'sub'} no longer exists; nothing ran. Restore the folder" in ended.stderr
    again = person("resume", "--cwd", "other")
    again.approves("touch made")
    assert again.leaves() == 0
    assert (folder / "other" / "made").exists()
