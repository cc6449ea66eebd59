"""What the engine does with waits, as the program relies on it or guards against it.

A new version that differs fails here. What an installed version must do is checked by
`hitl_cli/session/engine/facts.py`.
"""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, ToolCall, ToolCallResult
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context
from workflows import Workflow, step
from workflows.errors import WorkflowTimeoutError
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent, UnhandledEvent
from workflows.handler import WorkflowHandler
from workflows.runtime.types.results import StepWorkerStateContextVar, WaitingForEvent

from hitl_cli.memory import ListMemory
from tests.engine.scripted import calls, drive, scripted_model


class Question(InputRequiredEvent):
    """Asks whether `command` may run; `key` tells questions apart where a test wants that."""

    command: str
    key: str = ""


class Reply(HumanResponseEvent):
    """Answers a question."""

    command: str = ""
    key: str = ""


class Naive:
    """A tool that waits as the upstream example does, or with the wait's options of a test."""

    def __init__(self, **options: Any) -> None:
        self.entered: list[str] = []
        self.ran: list[tuple[str, str]] = []
        self.work_items: list[str | None] = []
        self._options = options

    async def cli_executor(self, ctx: Context, command: str) -> str:
        """Run a command."""
        self.entered.append(command)
        self.work_items.append(StepWorkerStateContextVar.get().state.work_item_id)
        options = {
            name: value(command) if callable(value) else value for name, value in self._options.items()
        }
        key = options.get("requirements", {}).get("key", "")
        reply = await ctx.wait_for_event(
            Reply, waiter_event=Question(command=command, key=key), timeout=None, **options
        )
        self.ran.append((command, reply.command))
        return f"ran {reply.command}"

    def start(self, *messages: Any) -> WorkflowHandler:
        """Start an agent with this tool."""
        tool = FunctionTool.from_defaults(async_fn=self.cli_executor)
        workflow = AgentWorkflow.from_tools_or_functions([tool], llm=scripted_model(*messages))
        return workflow.run(user_msg="go", memory=ListMemory())


async def test_one_answer_resolves_every_wait_of_its_type() -> None:
    """Without an address, approving one command approves all."""
    naive = Naive()
    handler = naive.start(calls(("1", "A"), ("2", "B"), ("3", "C")))

    async def answer(batch: list[InputRequiredEvent]) -> None:
        handler.ctx.send_event(Reply(command="A"))

    await drive(handler, answer)
    assert set(naive.ran) == {("A", "A"), ("B", "A"), ("C", "A")}  # in some versions, more than once


async def test_tool_is_entered_again_under_the_same_work_item() -> None:
    """The tool starts from its first line when its wait is over; the work item tells that it is the same call."""
    naive = Naive()
    handler = naive.start(calls(("1", "A")))

    async def answer(batch: list[InputRequiredEvent]) -> None:
        handler.ctx.send_event(Reply(command="A"))

    events = await drive(handler, answer)
    assert naive.entered == ["A", "A"]
    assert naive.work_items[0] == naive.work_items[1]
    calls_published = [e for e in events if isinstance(e, ToolCall) and not isinstance(e, ToolCallResult)]
    assert len(calls_published) == 2


async def test_equal_waiter_ids_lose_a_call() -> None:
    """Two calls that wait under one id: only one is ever answered, and the run hangs."""
    naive = Naive(waiter_id=lambda command: f"wait for {command}")
    handler = naive.start(calls(("1", "A"), ("2", "A")))

    async def answer(batch: list[InputRequiredEvent]) -> None:
        handler.ctx.send_event(Reply(command="A"))

    with pytest.raises(TimeoutError):
        await drive(handler, answer, patience=1.0)
    assert len(naive.ran) == 1
    await handler.cancel_run()


async def test_requirements_tell_answers_apart() -> None:
    """An answer resolves only the waits whose requirements it meets."""
    naive = Naive(requirements=lambda command: {"key": command})
    handler = naive.start(calls(("1", "A"), ("2", "B")))

    async def answer(batch: list[InputRequiredEvent]) -> None:
        for question in reversed(batch):
            assert isinstance(question, Question)
            handler.ctx.send_event(Reply(command=question.command.lower(), key=question.key))

    await drive(handler, answer)
    assert sorted(naive.ran) == [("A", "a"), ("B", "b")]


async def test_second_answer_enters_the_tool_again() -> None:
    """A wait that is resolved already takes another answer: the approvals must be what runs a command once."""
    naive = Naive(requirements=lambda command: {"key": command})
    handler = naive.start(calls(("1", "A")))

    async def answer(batch: list[InputRequiredEvent]) -> None:
        handler.ctx.send_event(Reply(command="first", key="A"))
        handler.ctx.send_event(Reply(command="second", key="A"))

    await drive(handler, answer)
    assert len(naive.ran) == 2


@pytest.mark.parametrize("wrong", [Reply(command="A", key="unknown"), HumanResponseEvent()])
async def test_answer_for_nobody_is_reported_as_unhandled(wrong: HumanResponseEvent) -> None:
    """A wrong id or a wrong class changes nothing; only an internal event tells."""
    naive = Naive(requirements=lambda command: {"key": command})
    handler = naive.start(calls(("1", "A")))
    sent: list[int] = []

    async def answer(batch: list[InputRequiredEvent]) -> None:
        handler.ctx.send_event(wrong)
        sent.append(1)

    seen: list[UnhandledEvent] = []

    async def watch() -> None:
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, InputRequiredEvent):
                await answer([event])
            if isinstance(event, UnhandledEvent):
                seen.append(event)
                return

    await asyncio.wait_for(watch(), 5)
    assert sent
    assert seen[0].event_type == type(wrong).__name__
    assert naive.ran == []
    await handler.cancel_run()


def test_waiting_is_an_exception() -> None:
    """A tool that catches `Exception` around its wait swallows the pause."""
    assert issubclass(WaitingForEvent, Exception)


def test_postponed_annotations_hide_the_context(tmp_path: Path) -> None:
    """Under `from __future__ import annotations` a tool's context is taken for an argument of the model's."""
    source = (
        "from llama_index.core.workflow import Context\n"
        "async def tool(ctx: Context, command: str) -> str:\n    'Run.'\n    return command\n"
    )
    (tmp_path / "plain.py").write_text(source)
    (tmp_path / "postponed.py").write_text(f"from __future__ import annotations\n{source}")
    tools = [runpy.run_path(str(tmp_path / f"{name}.py"))["tool"] for name in ("plain", "postponed")]
    assert [FunctionTool.from_defaults(async_fn=tool).requires_context for tool in tools] == [True, False]


async def test_only_four_tools_work_at_once_by_default() -> None:
    """The reason why the agent's step asks for more workers."""
    at_work: list[int] = [0, 0]

    async def cli_executor(command: str) -> str:
        """Run a command."""
        at_work[0] += 1
        at_work[1] = max(at_work)
        await asyncio.sleep(0.05)
        at_work[0] -= 1
        return command

    workflow = AgentWorkflow.from_tools_or_functions(
        [cli_executor], llm=scripted_model(calls(*[(f"t{n}", f"c{n}") for n in range(8)]))
    )
    await workflow.run(user_msg="go", memory=ListMemory())
    assert at_work[1] == 4


class Patient(Workflow):
    """Waits for a person."""

    @step
    async def ask(self, ev: StartEvent) -> Question:
        """Ask."""
        return Question(command="x")

    @step
    async def finish(self, ev: Reply) -> StopEvent:
        """End."""
        return StopEvent()


async def test_a_limit_counts_the_thinking_of_a_person() -> None:
    """The reason why the program takes a workflow's time limit away before it runs it."""
    assert Patient()._timeout == 45.0
    with pytest.raises(WorkflowTimeoutError):
        await Patient(timeout=0.01).run()


async def test_a_limit_can_be_taken_away() -> None:
    """The limit is a private attribute that `run` reads."""
    workflow = Patient(timeout=0.01)
    workflow._timeout = None
    handler = workflow.run()

    async def answer(batch: list[InputRequiredEvent]) -> None:
        await asyncio.sleep(0.05)  # longer than the limit that was
        handler.ctx.send_event(Reply())

    await drive(handler, answer)
    await handler
