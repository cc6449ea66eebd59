"""Questions of other workflows that have the form of a command get the panel of a command, and run by themselves."""

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from hitl_cli.decisions import Decider, Refuse, Reject, Run
from hitl_cli.errors import ExitStatus, UndecidedError
from hitl_cli.gate import Gate
from hitl_cli.session.engine.command_questions import CommandQuestion, shape_of
from hitl_cli.text.visible import shown_form
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import ENTER, F4, F5
from tests.shell.conftest import eventually
from tests.terminal import Person

At = Callable[..., Person]

WORKFLOWS = Path(__file__).parent / "workflows"
_CLEAR = "\x01\x0b"
DELEGATED = "The workflow runs it, not hitl: no guardian, no record of its outcome, and it may run twice."

SLOW = """
import asyncio
from pathlib import Path
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Ask(InputRequiredEvent):
    data: dict

class Verdict(HumanResponseEvent):
    confirmed: bool
    cmd: str

class Slow(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> Ask:
        return Ask(data={"cmd": "make all", "risk": "low"})

    @step
    async def act(self, ev: Verdict) -> StopEvent:
        ran = Path("ran")
        ran.write_text(f"{ran.read_text()}{ev.cmd};" if ran.exists() else f"{ev.cmd};")
        if ran.read_text().count(";") == 1:
            await asyncio.sleep(600)
        return StopEvent(result=f"ran {ran.read_text()}")

workflow = Slow(timeout=None)
"""


@pytest.fixture
def command_line(folder: Path, model: ModelServer) -> dict[str, str]:
    """The workflows for the command line lie in the folder; returns the variables with which they find the model."""
    for name in ("command_step.py", "command_tool.py", "deploy.py"):
        shutil.copy(WORKFLOWS / name, folder / name)
    return {"OPENAI_API_BASE": model.url}


def test_edited_command_survives_a_kill(
    person: At, folder: Path, model: ModelServer, command_line: dict[str, str], hitl: Hitl
) -> None:
    """The panel says who runs the command; the edited text is what the workflow gets, and the log says delegated."""
    model.reply(Text("echo one > made"))
    at = person("run", "./command_step.py", "make it", env=command_line, columns=110)
    at.sees("Run this command", r"^\$ echo one > made", re.escape(DELEGATED))
    at.type(f"{_CLEAR}echo two > made; cat made")
    at.sees(r"^\$ echo two > made; cat made", r"edited: \[-deleted-\] \{\+added\+\}|edited below")
    (journal,) = folder.parent.rglob("journal.db")
    assert eventually(lambda: b"echo two > made; cat made" in _with_wal(journal))
    at.signal(signal.SIGKILL)
    at.leaves()
    assert not (folder / "made").exists()
    at = person("resume", env=command_line, columns=110)
    at.approves("echo two > made; cat made")
    assert at.leaves() == 0, at.everything
    assert (folder / "made").read_text() == "two\n"
    assert re.search(r"✓ approved +echo two > made; cat made · edited · the workflow runs it", at.everything)
    assert not model.leftovers
    (command,) = json.loads(hitl("log", "--json").stdout)["commands"]
    assert (command["state"], command["approved"]) == ("delegated", "echo two > made; cat made")


def test_create_llama_in_plain_lines(
    person: At, folder: Path, model: ModelServer, command_line: dict[str, str]
) -> None:
    """The command is printed, replaced and approved with the number of the new question."""
    model.reply(Text("echo one > made"))
    at = person("run", "./command_step.py", "make it", "--plain", env=command_line, columns=110)
    at.sees(f"^{re.escape(DELEGATED)}$", "^1: echo one > made$", "answer: ?$")
    at.type("a\r")  # nobody takes an answer in place of the command
    at.sees("^Unknown answer")
    at.type("e\r")
    at.sees("^The command, in one line")
    at.type("echo two > made\r")
    at.sees("(?s)^1: echo two > made$.*answer: ?$")
    at.type(f"{re.findall('To run it, type ([0-9]{3})', at.everything)[-1]}\r")
    assert at.leaves() == 0, at.everything
    assert (folder / "made").read_text() == "two\n"
    assert b"\x1b" not in at.raw


def _with_wal(journal: Path) -> bytes:
    return b"".join(file.read_bytes() for file in journal.parent.glob("journal.db*"))


def test_calls_of_an_agent_are_decided_one_by_one(
    person: At, folder: Path, model: ModelServer, command_line: dict[str, str]
) -> None:
    """Its waits have no requirements, and still the approval of one call is none of the other."""
    model.reply(Calls.of("touch first", "touch second"), Text("Half of it is done."))
    at = person("run", "./command_tool.py", "x", env=command_line, columns=110)
    at.sees(r"\(1 of 2\)", r"^\$ touch first")
    at.type(F4)
    at.sees("^Why not", "Only saved in the journal")
    at.type("no first\r")
    at.sees(r"\(2 of 2\)")
    at.approves("touch second")
    assert at.leaves() == 0, at.everything
    assert not (folder / "first").exists()
    assert (folder / "second").exists()
    results = {each["tool_call_id"]: each["content"] for each in model.requests[-1]["messages"][-2:]}
    assert results["call_0"] == "The user did not confirm the command."


def test_fixed_command_in_plain_lines(person: At, command_line: dict[str, str]) -> None:
    """A response without a place for another command: it cannot be replaced, and the reason goes where there is one."""
    at = person("run", "./deploy.py", "x", "--plain", env=command_line, columns=110)
    at.sees(
        "^workflow: The release is ready",
        "^Question 1 of 1",
        "^The workflow takes no other command",
        "answer: ?$",
    )
    assert "rsync" not in at.everything.partition("Question 1")[0]
    at.type("e\r")
    at.sees("(?s)no other command.*no other command")
    at.type("x\r")
    at.sees("Why\\? For the workflow")
    at.type("too late\r")
    assert at.leaves() == ExitStatus.REJECTED, at.everything
    assert "not deployed: too late" in at.everything
    assert b"\x1b" not in at.raw


def test_fixed_line_takes_no_other_text(person: At, command_line: dict[str, str]) -> None:
    """Neither keys, nor a paste, nor an earlier command changes it, and the approval reaches the workflow."""
    at = person("run", "./deploy.py", "x", env=command_line, columns=110)
    at.sees(r"^\$ rsync -a site/ web1:/srv$", "The workflow takes no other command")
    at.type("abc")
    at.paste("rm -rf /")
    at.type(F5)
    at.sees(r"^\$ rsync -a site/ web1:/srv$")
    at.type(ENTER)
    assert at.leaves() == 0, at.everything
    assert "deployed" in at.everything


def test_approved_command_of_a_killed_run_is_asked_about_again(person: At, folder: Path) -> None:
    """The workflow may have run it; so it does not run again before the person has read that."""
    (folder / "slow.py").write_text(SLOW)
    at = person("run", "./slow.py", "x", columns=110)
    at.sees("^┊ risk: low")
    at.approves("make all")
    assert eventually((folder / "ran").exists)
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", columns=110)
    at.sees("the workflow may have run it", r"^\$ make all")
    assert (folder / "ran").read_text() == "make all;"
    at.type(ENTER)
    assert at.leaves() == 0, at.everything
    assert "ran make all;make all;" in at.everything


LOGIN = """
from pydantic import SecretStr
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Login(HumanResponseEvent):
    password: SecretStr

class Ask(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Password?")

    @step
    async def enter(self, ev: Login) -> StopEvent:
        return StopEvent(result=f"{len(ev.password.get_secret_value())} characters")

workflow = Ask(timeout=None)
"""


@pytest.mark.parametrize("plain", [False, True], ids=["drawn", "plain"])
def test_secret_is_neither_shown_nor_stored(person: At, folder: Path, *, plain: bool) -> None:
    """The screen has at most its length, the journal and the log nothing."""
    (folder / "login.py").write_text(LOGIN)
    at = person("run", "./login.py", "x", *["--plain"] * plain, columns=100)
    at.sees("Password\\?", "not shown and not saved", ": ?$" if plain else "^>")
    at.type("hunter2!")
    if not plain:
        at.sees(r"^> \*{8}$")
    at.type(ENTER)
    assert at.leaves() == 0, at.everything
    assert "8 characters" in at.everything
    assert b"hunter2" not in at.raw
    (journal,) = folder.parent.rglob("journal.db")
    assert b"hunter2" not in _with_wal(journal)


TWO_QUESTIONS = """
class Second(HumanResponseEvent):
    text: str

class Twice(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        first = await ctx.wait_for_event(Login, waiter_event=InputRequiredEvent(prefix="Password?"))
        second = await ctx.wait_for_event(Second, waiter_event=InputRequiredEvent(prefix="Where?"))
        return StopEvent(result=f"{first.password.get_secret_value()[::-1]} {second.text}")

workflow = Twice(timeout=None)
"""


def test_secret_is_asked_for_again_after_a_kill(person: At, folder: Path) -> None:
    """It was not stored, so the run resumes where it was asked for, with the real value."""
    source = LOGIN.replace("import Workflow", "import Context, Workflow").partition("class Ask")[0]
    (folder / "login.py").write_text(source + TWO_QUESTIONS)
    at = person("run", "./login.py", "x", columns=100)
    at.sees("Password\\?", "^> ?$")
    at.type("hunter2\r")
    at.sees("Where\\?", "^> ?$")
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", columns=100)
    at.sees("Password\\?", "^> ?$")
    at.type("hunter2\r")
    at.sees("Where\\?", "^> ?$")
    at.type("here\r")
    assert at.leaves() == 0, at.everything
    assert "2retnuh here" in at.everything


class Strict(BaseModel):
    approve: bool
    command: str = Field(pattern="^git ")
    comment: str = ""
    always_approve: bool = False


class TwoVerdicts(BaseModel):
    execute: bool
    approved: bool


class NeedsMore(BaseModel):
    execute: bool
    host: str


class Opposite(BaseModel):
    not_approved: bool


class Free(BaseModel):
    response: str


@pytest.mark.parametrize("response", [TwoVerdicts, NeedsMore, Opposite, Free])
def test_other_questions_stay_forms(response: type[BaseModel]) -> None:
    """Where it is not clear what approves, or more is needed than a decision, the person fills in the fields."""
    assert shape_of({"command": "ls"}, response, {}, {}) is None


def test_response_class_has_the_last_word() -> None:
    """What it does not accept cannot be approved; a rejection has the proposed command if the class wants one."""
    shape = shape_of({"command": "git push", "why": "x"}, Strict, {}, {"command": "git push"})
    assert shape is not None
    question = CommandQuestion(shape, Strict, {}, {})
    request = question.request("1", "", None)
    gate = Gate()
    gate.open(request)
    with pytest.raises(UndecidedError, match="does not accept the approved command"):
        gate.decide(Run("1", "rm x", shown_form("rm x")), Decider.PERSON)
    assert gate.decide(Run("1", "git pull", shown_form("git pull")), Decider.PERSON) is None
    assert not gate.unused
    assert question.values(Run("1", "git pull", "", "fine")) == {
        "approve": True,
        "command": "git pull",
        "comment": "fine",
    }
    assert question.values(Reject("1", "no")) == {"approve": False, "command": "git push", "comment": "no"}
    assert question.values(Refuse("1", "odd"))["approve"] is False
