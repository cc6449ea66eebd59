"""`hitl resume` where the workflow or the folder is not what it was, and what is kept of both."""

import contextlib
import json
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.conftest import HITL, Hitl
from tests.model_server import ModelServer, Text
from tests.resuming import CTRL_D, ENTER, HOW_TO_CONTINUE, At, journal, plain, presses
from tests.terminal import Person

WORKFLOW = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from asks import Ask, Reply, Data
from hitl_cli import run_command

class Mine(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Ask:
        return Ask(data=Data(command="echo ran >> ran"))

    @step
    async def decide(self, ev: Reply) -> StopEvent:
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))

workflow = Mine()
"""

EVENTS = """
from typing import ClassVar
from pydantic import BaseModel
from hitl_cli import HumanInputEvent, HumanResponseEvent

class Data(BaseModel):
    command: str

class Reply(HumanResponseEvent):
    execute: bool
    command: str

class Ask(HumanInputEvent[Data]):
    response_type: ClassVar[type[HumanResponseEvent]] = Reply
    event_type: str = "cli_human_input"
"""

AGE = """
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Age(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Your age?\\nIn years.")

    @step
    async def end(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=ev.response)
"""


@pytest.fixture
def pending(hitl: Hitl, folder: Path) -> Path:
    """A workflow of the person's own that waits for a decision; its file."""
    (folder / "asks.py").write_text(EVENTS)
    file = folder / "mine.py"
    file.write_text(WORKFLOW)
    assert hitl("run", "./mine.py", "go").returncode == 75
    return file


@pytest.mark.parametrize("changed", ["mine.py", "asks.py"])
def test_changed_workflow_is_reported_first(
    pending: Path, person: At, hitl: Hitl, folder: Path, changed: str
) -> None:
    """Its file, or a neighbour that it imports: nothing continues without a yes, and Enter is not a yes."""
    (folder / changed).write_text((folder / changed).read_text() + "\n# changed\n")
    found = hitl("resume")
    assert found.returncode == 75
    assert changed in found.stderr
    at = person("resume", columns=200)
    at.sees(rf"files: {changed}", "y continue")
    presses(at, ENTER)
    assert at.leaves() == 75
    assert re.search(HOW_TO_CONTINUE, plain(at))
    at = person("resume", "--plain")
    at.sees(r"\d{3} y: continue; n or Enter: leave", "Your answer: ?$")
    at.type("y" + ENTER)  # as a paste may say, too
    at.sees("Unknown answer", "(?s)Unknown answer.*Your answer: ?$")
    at.type(ENTER)
    assert at.leaves() == 75
    at = person("resume")
    at.sees("y continue")
    presses(at, "y")
    at.approves("echo ran")
    assert at.leaves() == 0
    assert (folder / "ran").read_text() == "ran\n"


def test_unchanged_workflow_is_not_reported(pending: Path, person: At) -> None:
    """The person's own workflow asks its question as before."""
    at = person("resume")
    at.sees(r"\$ echo ran")
    assert "changed since" not in at.everything
    at.type(CTRL_D)
    assert at.leaves() == 75


def test_workflow_or_folder_that_is_gone(
    pending: Path, hitl: Hitl, environment: dict[str, str], folder: Path
) -> None:
    """One sentence, and what waits is kept."""
    (session,) = journal(folder, "SELECT id FROM sessions")[0]
    text = pending.read_text()
    pending.unlink()
    found = hitl("resume")
    assert found.returncode == 66
    assert found.stderr.count("\n") == 1
    pending.write_text(text.replace("decide", "decided"))
    found = hitl("resume", session)
    assert found.returncode == 75
    pending.write_text(text)
    away = folder.rename(folder.with_name("away"))
    gone = subprocess.run(
        [*HITL, "resume", session], cwd=away, env=environment, capture_output=True, text=True, check=False
    )
    assert gone.returncode == 2
    assert "no longer exists; nothing ran" in gone.stderr
    assert gone.stderr.count("\n") == 1
    assert f"hitl resume {session} --cwd FOLDER" in gone.stderr
    away.rename(folder)
    assert journal(folder, "SELECT state FROM commands") == [("waiting",)]
    assert not (folder / "ran").exists()


def test_session_continues_in_another_folder(
    hitl: Hitl, model: ModelServer, environment: dict[str, str], folder: Path
) -> None:
    """Where its own was renamed, the person names the one in which its commands run from now on."""
    model.reply(Text("pwd > where"))
    assert hitl("run", "custom", "where am I").returncode == 75
    (session,) = journal(folder, "SELECT id FROM sessions")[0]
    away = folder.rename(folder.with_name("away"))
    at = Person([*HITL, "resume", session, "--cwd", "."], environment, away)
    try:
        at.sees(r"\$ pwd > where", r"(?s)in\s.*/away")
        at.type("\r")
        assert at.leaves() == 0
    finally:
        at.close()
    assert (away / "where").read_text() == f"{away}\n"


def test_saved_question_is_plain_json(pending: Path, folder: Path) -> None:
    """The saved question is plain JSON, and names no module that loading would import."""
    ((event, engine),) = journal(folder, "SELECT event, engine FROM questions JOIN paused USING (session)")
    assert json.loads(event)["event"]["data"] == {"command": "echo ran >> ran"}
    assert json.loads(engine)["open"] == [json.loads(event)["event"]["request_id"]]


@pytest.mark.usefixtures("pending")
def test_invalid_saved_state_names_the_session(hitl: Hitl, folder: Path) -> None:
    """The message says which session cannot be resumed, why, and that nothing ran."""
    (session,) = journal(folder, "SELECT id FROM sessions")[0]
    (database,) = folder.parent.rglob("journal.db")
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE paused SET engine = json_set(engine, '$.state', json('{}'))")
    ended = hitl("resume", session)
    assert ended.returncode == 74
    assert f"hitl: Session {session} cannot be resumed: its saved state is invalid (" in ended.stderr
    assert "Nothing ran" in ended.stderr
    assert not (folder / "ran").exists()


def test_workflow_that_takes_no_request_ends_after_its_answer(hitl: Hitl, person: At, folder: Path) -> None:
    """There is nothing that a conversation with it could be about."""
    (folder / "age.py").write_text(AGE)
    assert hitl("run", "./age.py").returncode == 75
    at = person("resume")
    at.sees("Your age\\?", "Enter send")
    at.type("42")
    at.sees("> 42")
    at.type(ENTER)
    assert at.leaves() == 0
    assert "- answered  Your age? ... · 42" in at.everything
    ended = hitl("resume")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Nothing is pending" in ended.stderr
