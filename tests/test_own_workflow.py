"""Workflows of a person's own, which do what the bundled ones do not."""

from collections.abc import Callable
from pathlib import Path

from tests.terminal import Person

# Two commands at once, and something slow between a decision and its command, such as a backup.
SLOW = """
import asyncio
from pathlib import Path
from typing import ClassVar
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent
from hitl_cli import HumanInputEvent, HumanResponseEvent, run_command

class Command(BaseModel):
    command: str

class Decision(HumanResponseEvent):
    execute: bool
    command: str

class Question(HumanInputEvent[Command]):
    response_type: ClassVar[type[HumanResponseEvent]] = Decision
    event_type: str = "cli_human_input"

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
