"""A person has no time limit, and the workflow's own limit holds for its own work."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.errors import WorkflowError
from hitl_cli.session.patience import WorkTime
from tests.terminal import Person

WORKFLOW = """
import asyncio
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Slow(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix=f"How long, {ev.user_msg}?"), timeout=0.2
        )
        await asyncio.sleep(float(answer.response))
        return StopEvent(result=f"slept {answer.response}")

workflow = Slow(timeout=3)
"""


def test_limits_of_a_workflow(person: Callable[..., Person], folder: Path) -> None:
    """That of the wait does not fire while the person thinks, that of the workflow fires when it works on."""
    (folder / "slow.py").write_text(WORKFLOW)
    at = person("run", "./slow.py", columns=120)
    at.says("go")
    at.sees("^The workflow's own time limit, 3 s, does not run while you decide", "^> ?$")
    at.reads(0.6)
    at.type("0\r")
    at.sees("slept 0")
    at.says("again")
    at.sees("How long, again", "^> ?$")
    at.type("600\r")
    at.sees("The workflow worked for 3 s, its own time limit, without an end, so it was ended")
    assert at.everything.count("does not run while you decide") == 1
    at.close()


def test_only_the_work_counts() -> None:
    """The clock stands still in a block that does not count."""
    moments = iter([0.0, 1.0, 1.0, 100.0, 100.0, 101.5])
    time = WorkTime(3.0, lambda: next(moments))
    for counts in (True, False, True):
        with time.counted(counts=counts):
            pass
    assert time.within(9.0) == 0.5
    time.check()
    moments = iter([0.0, 0.5])
    with time.counted(counts=True):
        pass
    with pytest.raises(WorkflowError, match="3 s, its own time limit"):
        time.check()
    without = WorkTime(None)
    without.check()
    assert without.within(9.0) == 9.0
