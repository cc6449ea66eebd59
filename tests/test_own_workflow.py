"""Workflows of a person's own, which do what the bundled ones do not."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.own_workflows import ASKS
from tests.terminal import Person
from tests.test_streams import shell_line

# Two commands at once, and something slow between a decision and its command, such as a backup.
SLOW = (
    ASKS
    + """
class Slow(Workflow):
    @step
    async def propose(self, ctx: Context, ev: StartEvent) -> Question:
        ctx.write_event_to_stream(Question(data=Command(command="echo one >> ran")))
        return Question(data=Command(command="echo two >> ran"))

    @step
    async def carry_out(self, ctx: Context, ev: Decision) -> StopEvent | None:
        while not Path("backed-up").exists():
            await asyncio.sleep(0.05)
        await run_command(ev.command, request_id=ev.request_id)
        return StopEvent(result="both") if len(Path("ran").read_text().split()) == 2 else None

workflow = Slow(timeout=None)
"""
)


def test_approval_holds_until_it_is_used(person: Callable[..., Person], folder: Path) -> None:
    """A step that is slow to run its command still may, although another question was decided meanwhile."""
    (folder / "slow.py").write_text(SLOW)
    at = person("run", "./slow.py", "x")
    at.sees(r"\$ echo one")
    at.type("\r")
    at.sees(r"\$ echo two")
    at.type("\r")
    at.sees(r"waiting for the workflow")
    (folder / "backed-up").touch()
    assert at.leaves() == 0, at.screen
    assert sorted((folder / "ran").read_text().split()) == ["one", "two"]
    assert "not run by the workflow" not in at.screen


PRINTING = """
import asyncio, sys
from pathlib import Path
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

async def reached(name):
    while not Path(name).exists():
        await asyncio.sleep(0.02)

class Printing(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        await reached("one")
        print("printed by my workflow")
        print("and to the other stream", file=sys.stderr)
        await asyncio.to_thread(print, "from a thread")
        await reached("two")
        print("half a line, ", end="")
        await reached("three")
        print("and the other half")
        return StopEvent(result="the result")

workflow = Printing(timeout=None)
"""


def test_what_a_workflow_prints_stands_on_lines_of_its_own(
    person: Callable[..., Person], folder: Path
) -> None:
    """Above what is waited for, which comes back; a line that is printed in parts is one line."""
    (folder / "printing.py").write_text(PRINTING)
    at = person("run", "./printing.py", "x")
    at.sees("waiting for the workflow")
    (folder / "one").touch()
    at.sees(
        "^┊ printed by my workflow\n┊ and to the other stream\n┊ from a thread\n. waiting for the workflow"
    )
    (folder / "two").touch()
    at.sees("^┊ half a line,$")
    (folder / "three").touch()
    assert at.leaves() == 0, at.screen
    assert re.search("^┊ half a line, and the other half\n▌ the result$", at.screen, re.MULTILINE), at.screen
    assert "waiting" not in at.screen


def test_question_after_half_a_line_is_whole(person: Callable[..., Person], folder: Path) -> None:
    """The frame begins at the left, although a step has printed something without ending its line."""
    (folder / "slow.py").write_text(
        SLOW.replace("        ctx.write", "        print('half', end='')\n        ctx.write")
    )
    at = person("run", "./slow.py", "x")
    at.sees(r"^┊ half\n╭─ Run this command", r"\$ echo one")
    at.type("\x04")
    assert at.leaves() == 75


@pytest.mark.parametrize(("where", "lines"), [("> out", 4), ("2> out", 1)])
def test_what_a_workflow_prints_into_a_pipe_goes_there_as_it_is(
    environment: dict[str, str], folder: Path, where: str, lines: int
) -> None:
    """Only what goes to the terminal is put into its place."""
    (folder / "printing.py").write_text(PRINTING.replace('"printed', '"\\x1b[1mprinted'))
    for name in ("one", "two", "three"):
        (folder / name).touch()
    at = shell_line(environment, folder, f"$hitl run ./printing.py x {where}; echo status $?")
    at.sees("status 0")
    printed = (folder / "out").read_text()
    assert printed.count("\n") == lines
    assert ("\x1b[1mprinted by my workflow\n" in printed) == (where == "> out")
    at.close()


DICT = (
    ASKS.replace("HumanInputEvent[Command]", "HumanInputEvent[dict[str, str]]")
    + """
class Asks(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Question:
        return Question(data={"command": "echo one > made"})

    @step
    async def carry_out(self, ev: Decision) -> StopEvent:
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))

workflow = Asks(timeout=None)
"""
)


def test_data_of_a_request_may_be_a_dict(person: Callable[..., Person], folder: Path) -> None:
    """It is a command that hitl runs, also after a kill."""
    (folder / "asks.py").write_text(DICT)
    at = person("run", "./asks.py", "x", columns=100)
    at.sees(r"^\$ echo one > made")
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", columns=100)
    at.approves("echo one > made")
    assert at.leaves() == 0, at.everything
    assert "$ echo one > made\n✓ exit 0" in at.everything
    assert (folder / "made").read_text() == "one\n"
