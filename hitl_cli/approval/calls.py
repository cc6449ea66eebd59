"""The calls of tools in one run that a person approves: each is asked about, and made once if it is approved.

A call in the workflow that hitl runs waits with the engine's own wait, under an id that only its response meets, so it
can be resumed. A call in a nested run, whose events hitl does not see, waits for its answer directly.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from workflows.events import HumanResponseEvent, InputRequiredEvent

# Not public: the step and the run that the calling code belongs to, and how a step waits.
from workflows.runtime.types.results import (
    InternalContextVar,
    StepWorkerContext,
    StepWorkerStateContextVar,
    WaitingForEvent,
)

from hitl_cli.approval.choice import ToolChoice
from hitl_cli.approval.ledger import CalledTool, CallLedger
from hitl_cli.call_form import draft_of
from hitl_cli.decisions import Answer, Decision, Refuse, Reject, Run
from hitl_cli.gate import Gate
from hitl_cli.requests import CodeRequest, ToolRequest

_NUMBER = "_hitl_calls"
_LINE_ENDS = "The model's code had Windows line endings (CR LF); they are plain line endings (LF) now."
_CUT_OFF = "interrupted, its outcome is unknown"
_MADE_BEFORE = "hitl made the same call in this run before it ended. Approve it only if it may be made again."


class ToolCallInputEvent(InputRequiredEvent):
    """The question about a call; the request itself is kept by `ToolCalls`."""

    request_id: str


class ToolCallResponseEvent(HumanResponseEvent):
    """The decision on a call: the `text` of the approved call, or None and what the model is told."""

    request_id: str
    text: str | None = None
    told: str = ""


class CallRejectedError(Exception):
    """A call was not made; the message is for the model."""


class ToolResult(Protocol):
    """What a tool returns."""

    @property
    def content(self) -> str:
        """The text for the model."""

    is_error: bool


@dataclass(frozen=True)
class ToolCall:
    """A call that an agent wants to make; `make` makes it with the arguments that it is given."""

    tool: str
    agent: str
    description: str
    schema: type[BaseModel] | None
    arguments: Mapping[str, Any]
    make: Callable[[dict[str, Any]], Awaitable[ToolResult]]
    is_code: bool = False


@dataclass(frozen=True)
class CallMade:
    """A call that was made: its `result`, or only the record of one from before the program ended.

    `changed` are the arguments if the person changed them.
    """

    called: CalledTool
    result: ToolResult | None
    changed: Mapping[str, Any] | None


class ToolCalls:
    """The calls of one run that a person approves.

    `choice` says of which tools. `on_question` is called with a request from a nested run, and `on_end` with each call
    that ended.
    """

    def __init__(
        self,
        choice: ToolChoice,
        gate: Gate,
        ledger: CallLedger,
        on_question: Callable[[ToolRequest | CodeRequest], None],
        on_end: Callable[[CalledTool], None],
    ) -> None:
        self.choice = choice
        self.run_id = ""
        """The engine's id of the run that hitl drives."""
        self.tools: set[str] = set()
        """The names of the tools that ask, as far as agents have got them."""
        self.ended: list[CalledTool] = []
        """The calls that ended, in order."""
        self.cut_off: list[CalledTool] = []
        """Those of them that ended with the run, so that their outcome is unknown."""
        self._gate = gate
        self._ledger = ledger
        self._on_question = on_question
        self._on_end = on_end
        self._requests: dict[str, ToolRequest | CodeRequest] = {}
        self._nested: dict[str, asyncio.Future[ToolCallResponseEvent]] = {}
        self._made: dict[str, CallMade] = {}
        self._begun: set[str] = set()
        self._earlier: set[str] = set()
        self._drafts: dict[str, str] = {}

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._requests

    @property
    def has_nested(self) -> bool:
        """Whether a call in a nested run waits for an answer; the state of the run cannot be saved then."""
        return bool(self._nested)

    def restore(self, request_id: str, called: CalledTool | None, *, has_begun: bool) -> None:
        """Restore an approved call of a run that is resumed: how it ended, or that its tool was called and waits."""
        if called is not None:
            self._made[request_id] = CallMade(called, None, None)
        if has_begun:
            self._begun.add(request_id)

    def remember(self, text: str, draft: str | None, *, was_made: bool) -> None:
        """Note a call of a run that starts again, or whose question the workflow asks again itself."""
        if was_made:
            self._earlier.add(text)
        if draft:
            self._drafts[text] = draft

    def request(self, request_id: str) -> ToolRequest | CodeRequest:
        """Return the request about a call."""
        return self._requests[request_id]

    def completed(self, request: ToolRequest) -> ToolRequest:
        """Return a request that was stored, with the schema of its tool; its call must wait again already."""
        known = self._requests.get(request.request_id)
        return replace(request, schema=known.schema) if isinstance(known, ToolRequest) else request

    def stored(self, request_id: str) -> dict[str, Any]:
        """Return a request as JSON, for `request_of`."""
        request = self._requests[request_id]
        if isinstance(request, CodeRequest):
            return {"agent": request.agent, "code": request.command}
        return {
            "tool": request.tool,
            "agent": request.agent,
            "description": request.description,
            "arguments": request.arguments,
        }

    def response(self, decision: Decision) -> ToolCallResponseEvent | None:
        """Return the event that answers a call with `decision`; None if its nested run has got the answer now."""
        response = ToolCallResponseEvent(request_id=decision.request_id, **_answer(decision))
        waiting = self._nested.pop(decision.request_id, None)
        if waiting is None:
            return response
        if not waiting.done():
            waiting.set_result(response)
        return None

    async def ask_and_make(self, call: ToolCall) -> CallMade:
        """Ask a person about `call`, and make it as they approved it.

        Raises:
            CallRejectedError: It was not approved, and not made.
            NotApprovedError: The gate does not know the approval; it was not made.
            JournalError: It could not be recorded; it was not made.
            Exception: Whatever the tool itself raises.
        """
        request_id, is_nested = self._identity()
        request = self._requests.setdefault(request_id, self._request_for(request_id, call))
        answer = await (self._nested_answer(request) if is_nested else _engine_answer(request_id))
        if answer.request_id != request_id or answer.text is None:
            raise CallRejectedError(answer.told)
        if (made := self._made.get(request_id)) is not None:
            return made
        if request_id not in self._begun:
            self._gate.use(request_id, answer.text)
        self._ledger.call_starting(request_id)
        self._begun.add(request_id)
        arguments = _approved_arguments(request, answer.text, call.arguments)
        return await self._make(request, call, answer.text, arguments)

    async def _make(
        self, request: ToolRequest | CodeRequest, call: ToolCall, text: str, arguments: dict[str, Any]
    ) -> CallMade:
        began = time.monotonic()

        def called(content: str, ending: str, *, failed: bool) -> CalledTool:
            duration, is_code = time.monotonic() - began, isinstance(request, CodeRequest)
            record = CalledTool(text, request.text, content, failed, ending, duration, is_code)
            self.ended.append(record)
            return record

        try:
            result = await call.make(arguments)
        except WaitingForEvent:
            self._ledger.call_paused(request.request_id)
            raise
        except asyncio.CancelledError:
            self.cut_off.append(called("", _CUT_OFF, failed=True))
            self._ledger.call_lost(request.request_id)
            raise
        except Exception as problem:
            why = str(problem) or type(problem).__name__
            self._end(request, called(str(problem), f"failed: {why}", failed=True))
            raise
        ending = f"failed: {result.content}" if result.is_error else "returned"
        record = called(result.content, ending, failed=result.is_error)
        self._end(request, record)
        changed = arguments if text != request.text and not call.is_code else None
        made = self._made[request.request_id] = CallMade(record, result, changed)
        return made

    def _end(self, request: ToolRequest | CodeRequest, record: CalledTool) -> None:
        self._ledger.call_ended(request.request_id, record)
        self._on_end(record)

    def _identity(self) -> tuple[str, bool]:
        """Return the id of the call that the running code makes, and whether it is in a nested run.

        The engine keeps the id of a work item when it runs a step again, and across a pause.
        """
        try:
            step, context = StepWorkerStateContextVar.get(), InternalContextVar.get()()
        except LookupError:
            return f"tool/{uuid4().hex}", True
        item = f"{step.state.step_name}/{step.state.work_item_id}/{_next_number(step)}"
        run_id = context._require_internal(fn="approval")._internal_adapter.run_id if context else ""
        return (f"tool/{item}", False) if run_id == self.run_id else (f"tool/{run_id}/{item}", True)

    def _request_for(self, request_id: str, call: ToolCall) -> ToolRequest | CodeRequest:
        request: ToolRequest | CodeRequest
        if call.is_code and isinstance(code := call.arguments.get("code"), str) and len(call.arguments) == 1:
            plain = code.replace("\r\n", "\n")
            note = _LINE_ENDS if plain != code else ""
            request = CodeRequest(request_id, plain, note=note, agent=call.agent)
        else:
            arguments = to_jsonable_python(dict(call.arguments), fallback=str)
            request = ToolRequest(request_id, call.tool, call.agent, call.description, arguments, call.schema)
        note = _MADE_BEFORE if request.text in self._earlier else request.note
        return replace(request, draft=self._drafts.pop(request.text, None), note=note)

    async def _nested_answer(self, request: ToolRequest | CodeRequest) -> ToolCallResponseEvent:
        waiting: asyncio.Future[ToolCallResponseEvent] = asyncio.get_running_loop().create_future()
        self._nested[request.request_id] = waiting
        self._on_question(request)
        return await waiting


def request_of(
    kind: str, request_id: str, stored: Mapping[str, Any], draft: str | None
) -> ToolRequest | CodeRequest:
    """Return the request that `ToolCalls.stored` serialized, without the schema of its tool.

    Raises:
        ValueError: It is of an unknown version.
    """
    if stored.get("version") != ToolRequest.version:
        raise ValueError(f"call of unknown version {stored.get('version')!r}")
    if kind == CodeRequest.kind:
        return CodeRequest(request_id, str(stored["code"]), draft=draft, agent=str(stored["agent"]))
    tool, agent, description = (str(stored[name]) for name in ("tool", "agent", "description"))
    return ToolRequest(request_id, tool, agent, description, dict(stored["arguments"]), draft=draft)


def asked_again(request: ToolRequest | CodeRequest, text: str, note: str) -> ToolRequest | CodeRequest:
    """Return `request` with the call `text` as its draft, and a `note` that says why it is asked again."""
    if isinstance(request, CodeRequest):
        return replace(request, draft=text, note=note)
    return replace(request, draft=draft_of(request.arguments_in(text)), note=note)


async def _engine_answer(request_id: str) -> ToolCallResponseEvent:
    """Wait as `Context.wait_for_event` does, which a tool without a context cannot call."""
    context: Any = InternalContextVar.get()()
    answer: ToolCallResponseEvent = await context.wait_for_event(
        ToolCallResponseEvent,
        waiter_event=ToolCallInputEvent(request_id=request_id),
        waiter_id=request_id,
        requirements={"request_id": request_id},
        timeout=None,
    )
    return answer


def _next_number(step: StepWorkerContext) -> int:
    """Return 1, 2, … for the calls that a step makes; the engine makes another `step` when it runs it again."""
    kept = vars(step)
    kept[_NUMBER] = number = int(kept.get(_NUMBER, 0)) + 1
    return number


def _approved_arguments(
    request: ToolRequest | CodeRequest, text: str, proposed: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of the approved call; those that were not changed are the objects of the caller."""
    if isinstance(request, CodeRequest):
        return {"code": text}
    approved = request.arguments_in(text)
    return {
        name: proposed[name] if name in proposed and request.arguments.get(name) == value else value
        for name, value in approved.items()
    }


def _answer(decision: Decision) -> dict[str, Any]:
    match decision:
        case Run(command=text):
            return {"text": text}
        case Reject(reason=reason):
            said = f" They said: {reason}" if reason else ""
            return {"told": f"The person rejected this call; it was not made.{said}"}
        case Answer(text=text):
            return {"told": f"The call was not made; the person answers in its place: {text}"}
        case Refuse(reason=reason):
            return {"told": f"Error: {reason}"}
    raise ValueError(f"{type(decision).__name__} is no decision on a call")
