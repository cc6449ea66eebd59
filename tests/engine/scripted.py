"""A scripted model inside the process, for what the engine does with tool calls; the wire is tested elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable

from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage
from workflows.events import Event, InputRequiredEvent, WorkflowIdleEvent
from workflows.handler import WorkflowHandler

from hitl_cli.decisions import Decider, Run
from hitl_cli.requests import CommandRequest
from hitl_cli.shell import Shell
from hitl_cli.testing import ScriptedModel
from hitl_cli.text.visible import shown_form


def approve(shell: Shell, request_id: str, command: str) -> None:
    """Have `command` approved at the gate of `shell`, in answer to a request."""
    assert shell.gate is not None
    shell.gate.open(CommandRequest(request_id, command))
    shell.gate.decide(Run(request_id, command, shown_form(command)), Decider.PERSON)


def calls(*specifications: tuple[str, str]) -> ChatMessage:
    """Return a message that calls `cli_executor` once for each (id, command)."""
    return ChatMessage(
        role="assistant",
        blocks=[
            ToolCallBlock(tool_call_id=identity, tool_name="cli_executor", tool_kwargs={"command": command})
            for identity, command in specifications
        ],
    )


def scripted_model(*messages: ChatMessage) -> ScriptedModel:
    """Return a model that says `messages` one after the other, and then `done`."""
    return ScriptedModel(*messages, "done")


Answer = Callable[[list[InputRequiredEvent]], Awaitable[None]]


async def drive(handler: WorkflowHandler, answer: Answer, patience: float = 60.0) -> list[Event]:
    """Follow a run; whenever it goes idle, let `answer` see what was asked since. Return all events.

    Raises:
        TimeoutError: The run did not end.
    """
    events: list[Event] = []
    asked: list[InputRequiredEvent] = []
    async with asyncio.timeout(patience):
        async for event in handler.stream_events(expose_internal=True):
            events.append(event)
            if isinstance(event, InputRequiredEvent):
                asked.append(event)
            elif isinstance(event, WorkflowIdleEvent) and asked:
                batch, asked = asked, []
                await answer(batch)
    return events
