"""What a workflow prints while a person is asked something."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.own_workflows import ASKS
from tests.review.keys import CTRL_D, ENTER
from tests.terminal import Person

At = Callable[..., Person]

# Prints whenever the file `talk` is there, in a thread and in a task, and says so by the file `talked`.
TALKING = (
    ASKS
    + """
async def talk():
    while True:
        while not Path("talk").exists():
            await asyncio.sleep(0.02)
        await asyncio.to_thread(print, "from a thread")
        print("from a task, " * TIMES)
        Path("talk").unlink()
        Path("talked").touch()

talking = []

class Talking(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Question:
        assert ev.user_msg
        talking.append(asyncio.create_task(talk()))
        return Question(data=Command(command="echo one >> ran"))

    @step
    async def carry_out(self, ev: Decision) -> StopEvent:
        if ev.execute:
            await run_command(ev.command, request_id=ev.request_id)
        return StopEvent(result="the result")

workflow = Talking(timeout=None)
"""
)


@pytest.fixture
def talk(folder: Path) -> Callable[[Person], None]:
    """Have the workflow `./talking.py` print something, and wait until it did."""
    (folder / "talking.py").write_text(TALKING.replace("TIMES", "1"))

    def talk(at: Person) -> None:
        (folder / "talk").touch()
        at.reads(0.0)
        while not (folder / "talked").exists():
            at.reads(0.02)
        (folder / "talked").unlink()

    return talk


DROPPING = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Dropped:
    def __del__(self):
        raise ValueError("lost")

class Dropping(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        Dropped()
        return StopEvent(result="done")

workflow = Dropping()
"""


def test_question_stays_as_it_is(person: At, folder: Path, talk: Callable[[Person], None]) -> None:
    """The line on the screen is the command that Enter runs; what was printed meanwhile comes after the answer."""
    at = person("run", "./talking.py", "x")
    at.sees(r"\$ echo one >> ran$", "Enter run")
    asked = at.screen
    talk(at)
    at.type("!")
    at.sees(r"\$ echo one >> ran!$")
    at.type("\x7f")
    at.sees(r"\$ echo one >> ran$")
    assert at.screen == asked
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "ran").read_text() == "one\n"
    assert re.search(
        r"^┊ from a thread\n┊ from a task,\n\$ echo one >> ran\n✓ exit 0", at.screen, re.MULTILINE
    ), at.screen


def test_field_stays_as_it_is(person: At, talk: Callable[[Person], None]) -> None:
    """What is typed into it is the reason, and nothing else."""
    at = person("run", "./talking.py", "x")
    at.sees(r"\$ echo one >> ran$")
    at.type("\x1b")
    at.sees(r"^Why not\? \(optional\)$")
    asked = at.screen
    talk(at)
    at.type("no")
    at.sees(r"^Why not\? \(optional\) no$")
    assert at.screen == asked.replace("(optional)", "(optional) no")
    at.type(ENTER)
    at.sees(r"^┊ from a thread\n┊ from a task,$", "rejected.*no")
    at.leaves()


def test_prompt_of_a_conversation_stays_as_it_is(person: At, talk: Callable[[Person], None]) -> None:
    """What a task prints that still runs comes when the request is sent."""
    at = person("run", "./talking.py")
    at.says("x")
    at.approves("echo one")
    at.sees("▌ the result\n>$")
    talk(at)
    at.type("again")
    at.sees("▌ the result\n> again$")
    at.type(ENTER)
    at.sees(r"^> again\n┊ from a thread\n┊ from a task,$", r"Enter run")
    at.type(CTRL_D)
    at.leaves()


def test_question_in_plain_lines_stays_as_it_is(person: At, talk: Callable[[Person], None]) -> None:
    """The line with the prompt is the last until it is answered."""
    at = person("run", "./talking.py", "x", "--plain")
    at.sees("Your answer:$")
    talk(at)
    at.type("x" + ENTER)
    at.sees(r"^Your answer: x\nYou rejected this command\. Why\?")
    assert "from a" not in at.screen
    at.type(ENTER)
    at.sees(r"^workflow: from a thread\nworkflow: from a task,$")
    at.leaves()


def test_only_so_much_is_held_back(person: At, folder: Path, talk: Callable[[Person], None]) -> None:
    """The rest is counted: a thread that prints without end must not fill the memory."""
    (folder / "talking.py").write_text(TALKING.replace("TIMES", "30_000"))
    at = person("run", "./talking.py", "x")
    at.sees(r"\$ echo one")
    talk(at)
    at.type(ENTER)
    at.sees(r"Not shown: 140,015 more characters that the workflow printed meanwhile$")
    assert at.leaves() == 0


def test_window_closed_while_something_is_held_back(
    person: At, folder: Path, talk: Callable[[Person], None]
) -> None:
    """What nobody can read any more does not prevent the question from being resumed later."""
    at = person("run", "./talking.py", "x")
    at.sees(r"\$ echo one")
    talk(at)
    assert at.hang_up() == 129
    again = person("resume")
    again.sees(r"\$ echo one")
    again.type(ENTER)
    assert again.leaves() == 0
    assert (folder / "ran").read_text() == "one\n"


def test_error_that_nobody_can_catch_is_only_logged(hitl: Hitl, folder: Path) -> None:
    """Python reports an error in a destructor, or in a coroutine that was dropped, on standard error."""
    (folder / "dropping.py").write_text(DROPPING)
    ended = hitl("run", "./dropping.py", "go")
    assert (ended.returncode, ended.stdout) == (0, "done\n")
    assert "lost" not in ended.stderr
    assert "Traceback" not in ended.stderr
    (log,) = folder.parent.rglob("hitl.log")
    assert "ValueError: lost" in log.read_text()
