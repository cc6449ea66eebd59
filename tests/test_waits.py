"""Mistakes of a workflow's author that would hang the run in silence, and how the model's line ends are treated."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.own_workflows import ASKS
from tests.review.keys import ENTER
from tests.terminal import Person

INNER = (
    ASKS
    + """
class Inner(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Question:
        return Question(data=Command(command="touch made"))

    @step
    async def carry_out(self, ev: Decision) -> StopEvent:
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))

class Outer(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = Inner(timeout=None).run()
        READ
        return StopEvent(result=await handler)

workflow = Outer(timeout=None)
"""
)

PASSES_ON = """
        async for event in handler.stream_events():
            if isinstance(event, Question):
                ctx.write_event_to_stream(event)
"""

WAITS = (
    ASKS
    + """
import uuid
from workflows.events import Event

class Job(Event):
    name: str

class Waits(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Job | None:
        for name in NAMES:
            ctx.send_event(Job(name=name))

    @step
    async def work(self, ctx: Context, ev: Job) -> StopEvent:
        request = IDENTITY
        answer = await ctx.wait_for_event(
            Decision,
            waiter_event=Question(request_id=request, data=Command(command="touch " + ev.name)),
            waiter_id=request,
            requirements={"request_id": request},
            timeout=None,
        )
        await run_command(answer.command, request_id=answer.request_id)
        return StopEvent(result="done")

workflow = Waits(timeout=None)
"""
)


def test_question_of_an_inner_workflow_is_missed_aloud(hitl: Hitl, folder: Path) -> None:
    """The run ends with what happened and what the author should do, instead of waiting for ever."""
    (folder / "inner.py").write_text(INNER.replace("READ", "pass"))
    ended = hitl("run", "./inner.py", "x")
    assert ended.returncode == 70
    assert (
        "A nested workflow waits for a response to its Question, and nothing reads its events" in ended.stderr
    )
    assert "ctx.write_event_to_stream()" in ended.stderr


def test_question_that_the_outer_workflow_passes_on_is_asked(hitl: Hitl, folder: Path) -> None:
    """What the sentence advises is no mistake: the question arrives."""
    (folder / "inner.py").write_text(INNER.replace("READ", PASSES_ON))
    ended = hitl("run", "./inner.py", "x")
    assert ended.returncode == 75
    assert "inner workflow" not in ended.stderr


@pytest.mark.parametrize(
    ("names", "identity", "problem"),
    [
        ('["a", "b"]', '"mine"', "Two calls in the step 'work' wait under the same waiter_id, 'mine'"),
        ('["a"]', "uuid.uuid4().hex", "The step 'work' asks again under another id"),
    ],
)
def test_identities_that_cannot_work(
    person: Callable[..., Person], folder: Path, names: str, identity: str, problem: str
) -> None:
    """An id that two calls share, and one that is another each time the engine runs the step."""
    (folder / "waits.py").write_text(WAITS.replace("NAMES", names).replace("IDENTITY", identity))
    at = person("run", "./waits.py", "x", columns=200)
    if "uuid" in identity:
        at.approves("touch a")
    assert at.leaves() == 70, at.screen
    assert problem in at.everything
    assert not (folder / "a").exists()


def test_two_waits_in_one_step_are_no_mistake(person: Callable[..., Person], folder: Path) -> None:
    """A step may ask twice, each time under an id that it knows again."""
    text = WAITS.replace("NAMES", '["a"]').replace("IDENTITY", '"first"')
    second = text.replace(
        '        return StopEvent(result="done")',
        """        again = await ctx.wait_for_event(
            Decision,
            waiter_event=Question(request_id="second", data=Command(command="touch b")),
            waiter_id="second", requirements={"request_id": "second"}, timeout=None,
        )
        await run_command(again.command, request_id=again.request_id)
        return StopEvent(result="done")""",
    ).replace("        await run_command(answer.command, request_id=answer.request_id)\n", "")
    (folder / "waits.py").write_text(second)
    at = person("run", "./waits.py", "x")
    at.approves("touch a")
    at.approves("touch b")
    assert at.leaves() == 0, at.screen


def test_line_ends_of_windows_are_replaced_visibly(
    person: Callable[..., Person], model: ModelServer, folder: Path
) -> None:
    """The command runs with plain line ends; the person reads that, and the model is not told of an edit."""
    model.reply(Calls.of("echo a > one\r\necho b > two\r\n"), Text("Done."))
    at = person("run", "agent", "x")
    at.sees(r"Windows line endings \(CR LF\)", r"^\$ echo a > one")
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "one").read_text() == "a\n"
    assert (folder / "two").read_text() == "b\n"
    assert "edited" not in model.tool_results()[0]


@pytest.mark.parametrize(
    ("control", "advice"),
    [
        ("\x00", "a command cannot contain it"),
        ("\r", "end lines with a line feed only"),
        ("\x07", "$'\\007'"),
    ],
)
def test_advice_fits_the_control_character(hitl: Hitl, model: ModelServer, control: str, advice: str) -> None:
    """The model of an agent is told how to write it."""
    model.reply(Calls.of(("a", json.dumps({"command": f"echo {control} x"}))), Text("Sorry."))
    hitl("run", "agent", "x")
    assert advice in model.tool_results()[0]


def test_custom_does_not_claim_that_the_model_was_told(hitl: Hitl, model: ModelServer) -> None:
    """Nobody reads the outcome of the other workflow but the person."""
    model.reply(Text("echo \x1b[31m"))
    ended = hitl("run", "custom", "x")
    assert "A proposal was not offered: The command has a control character" in ended.stderr
    assert "the model was told" not in ended.stderr
