"""What the engine's state keeps of a step that waits several times, and of agents whose tools edit their state."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.tools import FunctionTool
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from hitl_cli.testing import ScriptedModel, ScriptedPerson, run_workflow, tool_call


class Number(HumanResponseEvent):
    """A number."""

    number: int


class Sum(Workflow):
    """Asks for four numbers in one step, without requirements."""

    @step
    async def add(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        numbers = [await asked(ctx, name) for name in "abcd"]
        return StopEvent(result=numbers)


class Question(InputRequiredEvent):
    """Asks for a number."""

    name: str


async def asked(ctx: Context, name: str) -> int:
    """Wait for the answer to a question."""
    return (
        await ctx.wait_for_event(Number, waiter_id=name, waiter_event=Question(name=name), timeout=None)
    ).number


@pytest.mark.parametrize(
    "stops",
    [pytest.param((3,), marks=pytest.mark.slow), (1, 2), pytest.param((1, 2, 3), marks=pytest.mark.slow)],
)
def test_the_answers_before_a_stop_are_kept(stops: tuple[int, ...]) -> None:
    """A step that waits for the third time asks nothing again, and an answer reaches no wait that has one."""
    person = ScriptedPerson()
    for number in range(4):
        if number in stops:
            person.stops()
        person.fills(number=number)
    run = run_workflow(Sum, "go", person=person)
    assert run.result == [0, 1, 2, 3]
    assert len(run.requests) == 4 + len(stops)


async def note(ctx: Context, text: str) -> str:
    """Edit the state of the run."""
    async with ctx.store.edit_state() as state:
        state["noted"] = text
    return "noted"


async def ask(ctx: Context, name: str) -> str:
    """Ask for a number, and say what was noted before."""
    return f"{await asked(ctx, name)} {await ctx.store.get('noted')}"


TOOLS: list[Any] = [FunctionTool.from_defaults(async_fn=note), FunctionTool.from_defaults(async_fn=ask)]


def test_an_agent_whose_tool_edited_the_state() -> None:
    """The edit works on a copy of the state; the memory in it is still that of the session."""
    model = ScriptedModel(tool_call("note", text="x"), tool_call("ask", name="a"), "done")
    agent = FunctionAgent(tools=TOOLS, llm=model)
    run = run_workflow(agent, "go", person=ScriptedPerson().stops().fills(number=7), model=model)
    assert str(run.result) == "done"
    assert model.tool_results == ["noted", "7 x"]
    assert [each.content for each in model.conversations[-1] if each.role == "user"] == ["go"]


@pytest.mark.filterwarnings(
    "ignore:is_running called from within a step:DeprecationWarning"
)  # of ReActAgent itself
def test_the_thoughts_of_a_react_agent_survive() -> None:
    """They are models of LlamaIndex in the state of the run."""
    model = ScriptedModel(
        'Thought: note.\nAction: note\nAction Input: {"text": "x"}',
        'Thought: ask.\nAction: ask\nAction Input: {"name": "a"}',
        "Thought: done.\nAnswer: all of it",
    )
    agent = ReActAgent(tools=TOOLS, llm=model)
    run = run_workflow(agent, "go", person=ScriptedPerson().stops().fills(number=7), model=model)
    assert str(run.result) == "all of it"
    assert (model.conversations[-1][-1].content or "").endswith("7 x")


VALUES = [
    datetime(2026, 1, 2, 3, 4),
    date(2026, 1, 2),
    time(3, 4),
    timedelta(days=-1, microseconds=5),
    Decimal("1.50"),
    UUID(int=7),
    Path("/tmp/x"),
    b"\x00\xff",
    (1, ("a", {"b"})),
    {1, 2},
    frozenset((date(2026, 1, 2),)),
    {"nested": [(1, 2), {"when": date(2026, 1, 2)}]},
]


class Lock:
    """A value that no state can keep."""


class Keeping(Workflow):
    """Keeps values in its state while it asks, and returns them."""

    def __init__(self, values: list[Any]) -> None:
        super().__init__(timeout=None)
        self._values = values

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> Question:
        """Ask."""
        await ctx.store.set("values", self._values)
        return Question(name="a")

    @step
    async def end(self, ctx: Context, ev: Number) -> StopEvent:
        """End."""
        return StopEvent(result=await ctx.store.get("values"))


def test_values_of_common_types_keep_their_type() -> None:
    """JSON has none of them."""
    run = run_workflow(Keeping(VALUES), "go", person=ScriptedPerson().stops().fills(number=1))
    assert run.result == VALUES
    assert [type(each) for each in run.result] == [type(each) for each in VALUES]
    assert not [each for each in run.told if "cannot be saved" in each]


def test_a_value_that_cannot_be_saved() -> None:
    """The run works, and says that it cannot be saved, once; after a stop it starts again."""
    run = run_workflow(Keeping([Lock()]), "go", person=ScriptedPerson().stops().fills(number=1))
    assert isinstance(run.result[0], Lock)
    told = [each for each in run.told if "cannot be saved" in each]
    notice = "This run cannot be saved (list at 'values' in its state)."
    assert told == [f"{notice} After a stop or a kill, hitl resume cannot continue from here."] * 2
    assert any("starts again from the beginning" in each for each in run.told)
