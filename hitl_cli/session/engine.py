"""One run of a LlamaIndex workflow: its event stream in our words, and answers in its own."""

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from workflows.events import (
    Event,
    InputRequiredEvent,
    StepStateChanged,
    UnhandledEvent,
    WorkflowIdleEvent,
)

from hitl_cli.errors import HitlError, UsageError
from hitl_cli.protocol import COMMAND_EVENT_TYPE, HumanInputEvent
from hitl_cli.session.decision import Answer, Decision, Proposal, Refuse, Reject, Run
from hitl_cli.session.progress import (
    AnswerLost,
    Asked,
    CallFailed,
    Idle,
    Moved,
    NotUnderstood,
    RunEvent,
    Said,
    Spoken,
)

if TYPE_CHECKING:
    from workflows import Workflow

    from hitl_cli.memory import ListMemory

MODEL_CALLS = 100
"""How often an agent may ask its model in one run; each command in between is the person's own decision."""

_AGENT_EVENTS = "llama_index.core.agent.workflow"


class EngineRun:
    """One execution of a workflow, from a prompt to its result."""

    def __init__(self, workflow: "Workflow", prompt: str, memory: "ListMemory | None") -> None:
        """Start `workflow`; an agent is given `memory`.

        Raises:
            UsageError: The workflow cannot be started with a prompt.
        """
        workflow._timeout = None  # a person may take longer than any limit that its author had in mind
        arguments: dict[str, Any] = {"user_msg": prompt}
        if memory is not None:
            arguments |= {"memory": memory, "max_iterations": MODEL_CALLS}
        try:
            self._handler = workflow.run(**arguments)
        except Exception as problem:
            raise UsageError(
                f"The workflow cannot be started with a request: {problem}. Nothing ran."
            ) from problem
        self._requests: dict[str, HumanInputEvent[Any]] = {}

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield what happens, until the workflow has ended one way or the other."""
        async for event in self._handler.stream_events(expose_internal=True):
            if translated := self._translated(event):
                yield translated

    def answer(self, proposal: Proposal, decision: Decision) -> None:
        """Send `decision` to the workflow as the event that it waits for."""
        answer: dict[str, Any] = {"request_id": proposal.request_id}
        match decision:
            case Run(command, comment=comment):
                answer |= {"execute": True, "command": command, "comment": comment}
            case Reject(reason):
                answer |= {"execute": False, "command": "", "reason": reason}
            case Answer(text):
                answer |= {"execute": False, "command": "", "answer": text}
            case Refuse(reason):
                answer |= {"execute": False, "command": "", "refusal": reason}
        response_type = self._requests[proposal.request_id].response_type
        for extra in {"answer", "refusal", "comment"} & answer.keys() - response_type.model_fields.keys():
            answer["reason"] = answer.pop(extra)  # a workflow without the field is told in the words it knows
        self._handler.ctx.send_event(response_type(**answer))

    async def cancel(self) -> None:
        """End the workflow, if it has not ended by itself."""
        if not self._handler.is_done():
            with contextlib.suppress(Exception):
                await self._handler.cancel_run()

    async def result(self) -> Any:
        """Return the result, or raise what ended the workflow."""
        return await self._handler

    def _translated(self, event: Event) -> RunEvent | None:
        match event:
            case InputRequiredEvent():
                return self._asked(event)
            case WorkflowIdleEvent():
                return Idle()
            case StepStateChanged():
                return Moved()
            case UnhandledEvent(event_type=name):
                answers = {request.response_type.__name__ for request in self._requests.values()}
                return AnswerLost() if name in answers else None
        return _agent_event(event)

    def _asked(self, event: InputRequiredEvent) -> RunEvent:
        if not isinstance(event, HumanInputEvent) or event.event_type != COMMAND_EVENT_TYPE:
            return NotUnderstood(f"a {type(event).__name__}")
        command = getattr(event.data, "command", None)
        if not isinstance(command, str):
            return NotUnderstood(f"a {type(event).__name__} without a command")
        self._requests[event.request_id] = event
        return Asked(Proposal(event.request_id, command))


def takes_memory(workflow: "Workflow") -> bool:
    """Whether `workflow` is an agent: one that starts with a memory, and adds to it what was said."""
    agents: Any = sys.modules.get(_AGENT_EVENTS)
    return agents is not None and isinstance(workflow, agents.AgentWorkflow | agents.BaseWorkflowAgent)


def _agent_event(event: Event) -> RunEvent | None:
    # A workflow without an agent does not load these classes, and should not wait for them.
    agents: Any = sys.modules.get(_AGENT_EVENTS)
    if agents is None:
        return None
    if isinstance(event, agents.AgentStream):
        return Said(event.delta) if event.delta else None
    if isinstance(event, agents.AgentOutput):
        return Spoken(event.response.content or "")
    if isinstance(event, agents.ToolCallResult) and event.tool_output.is_error:
        cause = event.tool_output.exception
        return CallFailed(event.tool_name, str(event.tool_output.content), isinstance(cause, HitlError))
    return None
