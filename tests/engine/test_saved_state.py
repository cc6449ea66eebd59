"""The saved state of a run: when it is safe to save the engine's state, and how it is restored."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import ToolCall, ToolCallResult
from llama_index.core.llms import ChatMessage
from workflows import Context
from workflows.events import Event, InputRequiredEvent, WorkflowIdleEvent
from workflows.handler import WorkflowHandler

import agent_workflow
from events import CLIHumanResponseEvent
from hitl_cli.agent import PersonInTheLoopAgentWorkflow
from hitl_cli.current_run import CurrentRun
from hitl_cli.gate import Gate
from hitl_cli.memory import ListMemory
from hitl_cli.session.engine.state import StateOfRun, StateSerializer, restored
from hitl_cli.shell import Shell
from tests.engine.scripted import approve, calls, drive, scripted_model

THREE = calls(("call_0", "echo a"), ("call_1", "echo b"), ("call_2", "echo c"))


class Barrier(Event):
    """Nobody takes it."""


def agent(*messages: ChatMessage) -> PersonInTheLoopAgentWorkflow:
    """Return an agent with the bundled tool, whose model says `messages`."""
    workflow = PersonInTheLoopAgentWorkflow.from_tools_or_functions(
        [agent_workflow.cli_executor], llm=scripted_model(*messages)
    )
    assert isinstance(workflow, PersonInTheLoopAgentWorkflow)
    return workflow


def serializer(memory: ListMemory) -> StateSerializer:
    """Return what a session writes and reads states with."""
    return StateSerializer(memory, lambda file: file == agent_workflow.__file__)


def rejection(request_id: str) -> CLIHumanResponseEvent:
    """Return the answer no to a request."""
    return CLIHumanResponseEvent(request_id=request_id, execute=False, command="")


async def asked(handler: WorkflowHandler, count: int) -> list[str]:
    """Follow a run until it is idle with `count` new requests; return their ids."""
    found: list[str] = []
    async with asyncio.timeout(5):
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, InputRequiredEvent):
                found.append(event.request_id)
            if isinstance(event, WorkflowIdleEvent) and len(found) == count:
                return found
    raise AssertionError("the run ended")


async def test_state_is_that_of_the_engine() -> None:
    """Made bit by bit out of what has happened since, it is what the engine makes out of all that ever happened."""
    memory = ListMemory()
    workflow = agent(THREE, calls(("call_0", "echo d")), calls(("call_0", "echo e")))
    handler = workflow.run(user_msg="go", memory=memory)
    made = StateOfRun(handler.ctx, serializer(memory))
    compared = 0

    async def answer(batch: list[InputRequiredEvent]) -> None:
        nonlocal compared
        state = made.saved()
        assert state is not None
        assert json.loads(json.dumps(state)) == handler.ctx.to_dict(serializer=serializer(memory))
        compared += 1
        for request in batch:
            handler.ctx.send_event(rejection(request.request_id))

    await drive(handler, answer)
    assert compared >= 3  # some versions are idle once more


async def test_no_state_while_an_answer_is_under_way() -> None:
    """It was sent and has not arrived: a state without it would ask again what was decided."""
    memory = ListMemory()
    handler = agent(THREE).run(user_msg="go", memory=memory)
    made = StateOfRun(handler.ctx, serializer(memory))
    first, *_ = await asked(handler, 3)
    assert made.saved() is not None
    response = rejection(first)
    made.expect(response)
    handler.ctx.send_event(response)
    assert made.saved() is None
    async with asyncio.timeout(5):
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, WorkflowIdleEvent):
                break
    state = made.saved()
    assert state is not None
    assert first not in json.dumps(state["workers"]["call_tool"]["collected_waiters"])
    await handler.cancel_run()


async def test_no_state_while_a_command_runs(tmp_path: Path) -> None:
    """From there, the engine would enter the tool again with the old answer."""
    memory = ListMemory()
    shell = Shell("/bin/sh", tmp_path, {"PATH": "/usr/bin:/bin"}, gate=Gate())
    command = "until test -e go; do sleep 0.02; done"
    with CurrentRun(shell).entered():
        handler = agent(calls(("call_0", command))).run(user_msg="go", memory=memory)
        made = StateOfRun(handler.ctx, serializer(memory))
        (only,) = await asked(handler, 1)
        approve(shell, only, command)
        response = CLIHumanResponseEvent(request_id=only, execute=True, command=command)
        made.expect(response)
        handler.ctx.send_event(response)
        async with asyncio.timeout(5):
            async for event in handler.stream_events():
                if isinstance(event, ToolCall):  # it is published once more when the tool is entered again
                    break
        assert made.saved() is None
        (tmp_path / "go").touch()
        assert str(await handler) == "done"


async def saved_with_three_requests() -> dict[str, Any]:
    """Return the state of a run that waits for three answers, as it comes back from the journal."""
    memory = ListMemory()
    handler = agent(THREE).run(user_msg="go", memory=memory)
    made = StateOfRun(handler.ctx, serializer(memory))
    await asked(handler, 3)
    state: dict[str, Any] = json.loads(json.dumps(made.saved()))
    await handler.cancel_run()
    return state


async def test_barrier_is_enough() -> None:
    """Once the engine is idle after it, an answer reaches the request that it is for."""
    state = await saved_with_three_requests()
    *_, last = [each["waiter_id"] for each in state["workers"]["call_tool"]["collected_waiters"]]
    workflow = agent(ChatMessage(role="assistant", content="never"))
    handler = workflow.run(ctx=restored(workflow, state, serializer(ListMemory())))
    handler.ctx.send_event(Barrier())
    async with asyncio.timeout(5):
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, WorkflowIdleEvent):
                break
    handler.ctx.send_event(rejection(last))
    async with asyncio.timeout(5):
        async for event in handler.stream_events(expose_internal=True):
            if isinstance(event, ToolCallResult):
                assert event.tool_kwargs["command"] == "echo c"
                break
    await handler.cancel_run()


async def test_barrier_is_needed() -> None:
    """A saved wait has lost its requirements, so an answer that comes before the steps ran again fits any wait."""
    state = await saved_with_three_requests()
    for wait in state["workers"]["call_tool"]["collected_waiters"]:
        assert wait["has_requirements"]
        assert "requirements" not in wait


async def test_memory_is_the_same_object() -> None:
    """The resumed engine uses the memory of the session, including the messages of the saved run."""
    memory = ListMemory()
    workflow = agent(THREE)
    handler = workflow.run(user_msg="go", memory=memory)
    made = StateOfRun(handler.ctx, serializer(memory))
    await asked(handler, 3)
    state = json.loads(json.dumps(made.saved()))
    await handler.cancel_run()
    fresh = ListMemory()
    context: Context[Any] = restored(workflow, state, serializer(fresh))
    assert await context.store.get("memory") is fresh
    assert [message.content for message in fresh.get_all()] == ["go"]


@pytest.mark.parametrize(
    "name", ["this.Zen", "os.system", "subprocess.Popen", "builtins.eval", "antigravity.webbrowser"]
)
def test_no_class_is_imported_or_taken_from_elsewhere(name: str) -> None:
    """A name in a state leads to nothing but an event, a message or the workflow's own models."""
    with pytest.raises(ValueError, match=r"allowed"):
        serializer(ListMemory()).resolve_class(name)
