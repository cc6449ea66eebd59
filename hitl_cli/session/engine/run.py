"""The adapter to LlamaIndex's engine: one run of a workflow, its events translated, decisions sent as its events."""

import contextlib
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workflows.events import (
    Event,
    InputRequiredEvent,
    StepStateChanged,
    UnhandledEvent,
    WorkflowIdleEvent,
)

from hitl_cli.approval.calls import CallRejectedError, ToolCallInputEvent, ToolCallResponseEvent, ToolCalls
from hitl_cli.decisions import Answer, Decision, Refuse, Reject, Run
from hitl_cli.errors import JournalError, UsageError, WorkflowError
from hitl_cli.protocol import COMMAND_EVENT_TYPE, HumanInputEvent
from hitl_cli.requests import CodeRequest, CommandRequest, ToolRequest, purpose_in
from hitl_cli.session.engine.event_text import name_of, plain, told, types_of
from hitl_cli.session.engine.foreign import ForeignQuestions
from hitl_cli.session.engine.foreign_question import class_named, is_stored_question
from hitl_cli.session.engine.reports import AGENT_EVENTS, Reports
from hitl_cli.session.engine.state import StateOfRun, StateSerializer, restored
from hitl_cli.session.engine.waits import WaitWatch
from hitl_cli.session.patience import PatientRuntime
from hitl_cli.session.progress import (
    AnswerLost,
    Asked,
    Broken,
    CallFailed,
    Idle,
    Moved,
    NotUnderstood,
    Reported,
    RunEvent,
    Said,
    Spoken,
)

if TYPE_CHECKING:
    from workflows import Workflow
    from workflows.handler import WorkflowHandler

    from hitl_cli.memory import ListMemory

_LINE_ENDS = "The model's command had Windows line endings (CR LF); they are plain line endings (LF) now."


class SavedStateError(JournalError):
    """The saved state of a run is invalid, or does not fit its workflow; the message is only the reason."""


class EngineRun:
    """One execution of a workflow, from a prompt to its result.

    `calls` are those of tools that a person approves. `time_limit` is the one that the workflow's author gave it, in
    seconds.
    """

    def __init__(
        self,
        workflow: "Workflow",
        handler: "WorkflowHandler",
        serializer: StateSerializer | None,
        time_limit: float | None,
        calls: ToolCalls | None = None,
    ) -> None:
        self.time_limit = time_limit
        self._workflow = workflow
        self._handler = handler
        self._reports = Reports(calls.tools if calls is not None else ())
        self._foreign = ForeignQuestions(workflow, handler.ctx)
        PatientRuntime.of(workflow).began = self._foreign.wait_began
        self._state = StateOfRun(handler.ctx, serializer) if serializer is not None else None
        self._waits = WaitWatch(handler.ctx)
        self._calls = calls
        if calls is not None:
            calls.run_id = handler.ctx._require_external(fn="run")._external_adapter.run_id
        self._requests: dict[str, HumanInputEvent[Any]] = {}
        self._early: list[RunEvent] = []

    @classmethod
    def started(
        cls,
        workflow: "Workflow",
        values: Mapping[str, Any],
        memory: "ListMemory | None",
        serializer: StateSerializer | None,
        calls: ToolCalls | None = None,
        model_calls: int | None = None,
    ) -> "EngineRun":
        """Start `workflow` with the `values` of its start event.

        An agent is given `memory`, and may call its model `model_calls` times; None for the engine's own limit.
        Without a `serializer`, the run has no state to be saved.

        Raises:
            UsageError: The workflow cannot be started with these values.
            WorkflowError: It cannot be started at all.
        """
        if "run" in workflow._step_configs():
            raise WorkflowError(
                f"A step of {type(workflow).__name__} is named run, so it replaces the method run() that starts a "
                "workflow. Nothing ran. Rename the step."
            )
        limit = _without_limit(workflow)
        arguments = dict(values)
        if memory is not None:
            arguments |= {"memory": memory, "max_iterations": model_calls}
        try:
            return cls(workflow, workflow.run(**arguments), serializer, limit, calls)
        except Exception as problem:
            raise UsageError(
                f"The workflow cannot be started: {str(problem).rstrip('.')}. Nothing ran."
            ) from problem

    @classmethod
    async def resumed(
        cls,
        workflow: "Workflow",
        state: dict[str, Any],
        requests: Mapping[str, Mapping[str, Any]],
        open_requests: Collection[str],
        serializer: StateSerializer,
        calls: ToolCalls | None = None,
    ) -> "EngineRun":
        """Resume `workflow` from a saved `state`, before which it made these `requests` (see `request`).

        `open_requests` are the ids of those that it has no response to.

        Returns only when the engine waits for responses again: before that, it would deliver a response to any
        request of the same type.

        Raises:
            SavedStateError: The state is invalid, or does not fit this workflow.
        """
        limit = _without_limit(workflow)
        try:
            handler = workflow.run(ctx=restored(workflow, state, serializer))
            self = cls(workflow, handler, serializer, limit, calls)
            for request_id, request in requests.items():
                if request.get("kind") in (ToolRequest.kind, CodeRequest.kind):
                    continue  # the tool waits again by itself
                if is_stored_question(request):
                    self._foreign.restore(request_id, request, is_open=request_id in open_requests)
                else:
                    self._requests[request_id] = _event_of(request)
            self._handler.ctx.send_event(_Barrier())
            passed = False
            async for event in self._handler.stream_events(expose_internal=True):
                passed |= isinstance(event, UnhandledEvent) and event.event_type == _Barrier.__name__
                # A tool that was working asks only now. What moves here does so before any response.
                early = self._translated(event)
                self._early += [each for each in early if not isinstance(each, Idle | Moved | Reported)]
                if isinstance(event, WorkflowIdleEvent) and passed:
                    return self  # before, the engine was idle before it came to the barrier
            await self._handler
        except Exception as problem:
            raise SavedStateError(
                f"its saved state is invalid ({type(problem).__name__}: {problem}). "
                "Nothing ran, and nothing was changed."
            ) from problem
        raise SavedStateError("nothing is pending in its saved state. Nothing ran.")

    def show_tools(self) -> None:
        """Report calls of an agent's tools, too."""
        self._reports.shows_tools = True

    def state(self) -> dict[str, Any] | None:
        """Return the state that `resumed` needs, as JSON, or None while the run could not be resumed."""
        if self._state is None or (self._calls is not None and self._calls.has_nested):
            return None
        return self._state.saved()

    def unsaved(self) -> str:
        """Return a sentence if the state has a value that cannot be saved, once; empty otherwise."""
        return self._state.take_problem() if self._state is not None else ""

    def request(self, request_id: str) -> dict[str, Any]:
        """Return the request with this id as JSON: the event, and the name of its class."""
        if self._calls is not None and request_id in self._calls:
            return self._calls.stored(request_id)
        if request_id in self._foreign:
            return self._foreign.stored(request_id)
        event = self._requests[request_id]
        return {"class": name_of(type(event)), "event": event.model_dump(mode="json")}

    def told(self, request_id: str) -> tuple[Sequence[str], Mapping[str, Any]]:
        """Return the names by which a panel can be registered for this request, and its values as JSON."""
        if request_id in self._foreign:
            return self._foreign.told(request_id)
        event = self._requests[request_id]
        return types_of(event), {name: plain(value) for name, value in told(event)}

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield the events of the run until the workflow ends."""
        early, self._early = self._early, []
        for each in early:
            yield each
        async for event in self._handler.stream_events(expose_internal=True):
            for each in self._translated(event):
                yield each

    def late_requests(self) -> list[RunEvent]:
        """Return the requests that were held back until the engine is idle; to be called when it rests."""
        return self._foreign_requests()

    def answer(self, decision: Decision) -> None:
        """Send `decision` to the workflow as the response event that it waits for."""
        response: Event | None
        if self._calls is not None and decision.request_id in self._calls:
            response = self._calls.response(decision)
        else:
            response = self._response(decision)
        if response is None:
            return
        if self._state is not None:
            self._state.expect(response)
        self._handler.ctx.send_event(response)

    def _response(self, decision: Decision) -> Event:
        if decision.request_id in self._foreign:
            return self._foreign.response(decision)
        answer: dict[str, Any] = {"request_id": decision.request_id}
        match decision:
            case Run(command=command, comment=comment):
                answer |= {"execute": True, "command": command, "comment": comment}
            case Reject(reason=reason):
                answer |= {"execute": False, "command": "", "reason": reason}
            case Answer(text=text):
                answer |= {"execute": False, "command": "", "answer": text}
            case Refuse(reason=reason):
                answer |= {"execute": False, "command": "", "refusal": reason}
        response_type = self._requests[decision.request_id].response_type
        for extra in {"answer", "refusal", "comment"} & answer.keys() - response_type.model_fields.keys():
            answer["reason"] = answer.pop(extra)  # a response type without the field gets it as the reason
        return response_type(**answer)

    def unread_question(self) -> Broken | None:
        """Return an error if a nested workflow waits for a response that cannot reach it, now and at the last call."""
        problem = self._waits.unread_question()
        return Broken(WorkflowError(problem)) if problem else None

    async def cancel(self) -> None:
        """Cancel the workflow, unless it has ended, and give it back its own time limit."""
        self._workflow._timeout = self.time_limit
        if not self._handler.is_done():
            with contextlib.suppress(Exception):
                await self._handler.cancel_run()

    async def result(self) -> Any:
        """Return the result, or raise the error that ended the workflow."""
        return await self._handler

    def _translated(self, event: Event) -> list[RunEvent]:
        if isinstance(event, InputRequiredEvent | WorkflowIdleEvent) and (mistake := self._waits.mistake()):
            return [Broken(WorkflowError(mistake))]
        match event:
            case HumanInputEvent(event_type=kind) if kind == COMMAND_EVENT_TYPE:
                return [self._asked(event)]
            case ToolCallInputEvent(request_id=request_id) if self._calls is not None:
                return [Asked(self._calls.request(request_id))]
            case InputRequiredEvent():
                self._foreign.arrived(event)
                return []
            case WorkflowIdleEvent():
                return [*self._foreign_requests(), Idle(self._waits.open)]
            case StepStateChanged():
                return [Moved()]
            case UnhandledEvent(event_type=name):
                answers = {request.response_type.__name__ for request in self._requests.values()}
                answers.add(ToolCallResponseEvent.__name__)
                return [AnswerLost(name)] if name in answers | self._foreign.response_names else []
        translated = _agent_event(event)
        return [translated] if translated else [*self._reports.of(event)]

    def _foreign_requests(self) -> list[RunEvent]:
        try:
            return [Asked(each) for each in self._foreign.ready()]
        except WorkflowError as problem:
            return [Broken(problem)]

    def _asked(self, event: HumanInputEvent[Any]) -> RunEvent:
        name = type(event).__name__
        data = event.data
        command = data.get("command") if isinstance(data, Mapping) else getattr(data, "command", None)
        if not isinstance(command, str):
            return NotUnderstood(name, "its data must have a text named command")
        self._requests[event.request_id] = event
        purpose = purpose_in(data)
        if "\r\n" not in command:
            return Asked(CommandRequest(event.request_id, command, purpose=purpose))
        command = command.replace("\r\n", "\n")
        return Asked(CommandRequest(event.request_id, command, note=_LINE_ENDS, purpose=purpose))


def _without_limit(workflow: "Workflow") -> float | None:
    """Take the time limit from `workflow`, which would count the time of a person, and return it."""
    PatientRuntime.of(workflow)
    limit = workflow._timeout
    workflow._timeout = None
    return limit


class _Barrier(Event):
    """No step takes it; when the engine is idle after it, all waits are in place, and no earlier idleness is unread."""


def _event_of(request: Mapping[str, Any]) -> HumanInputEvent[Any]:
    """Return the event of a saved request, as an instance of a class that the workflow defines.

    Raises:
        ValueError: There is no such class, or the event is not valid for it.
    """
    event_class = class_named(str(request["class"]), HumanInputEvent)
    event: HumanInputEvent[Any] = event_class.model_validate(request["event"])
    return event


def takes_memory(workflow: "Workflow") -> bool:
    """Whether `workflow` is an agent, which takes a memory and adds the messages of the run to it."""
    agents: Any = sys.modules.get(AGENT_EVENTS)
    return agents is not None and isinstance(workflow, agents.AgentWorkflow | agents.BaseWorkflowAgent)


def _agent_event(event: Event) -> RunEvent | None:
    # A workflow without an agent does not import these classes, and should not wait for them.
    agents: Any = sys.modules.get(AGENT_EVENTS)
    if agents is None:
        return None
    if isinstance(event, agents.AgentStream):
        return Said(event.delta) if event.delta else None
    if isinstance(event, agents.AgentOutput):
        return Spoken(event.response.content or "")
    if isinstance(event, agents.ToolCallResult) and event.tool_output.is_error:
        cause = event.tool_output.exception
        if isinstance(cause, CallRejectedError):
            return None
        return CallFailed(event.tool_name, str(event.tool_output.content), cause)
    return None
