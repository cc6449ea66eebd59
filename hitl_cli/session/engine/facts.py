"""What the program relies on in LlamaIndex's engine and no interface of it promises, checked on the installed version.

The program reads these parts of the engine that are not public:

- the log of ticks of a run (`_require_external()._tick_log`) with `TickStepResult`, `TickAddEvent`, `AddWaiter` and
  `DeleteWaiter`, which tells which step waits for what (`foreign.py`, `waits.py`);
- the requirements of a wait, which are one dictionary in the log and in the engine (`foreign.py`);
- the id of a work item, which a tool call keeps when it runs again (`agent.py`), and the context and the run of the
  step that makes a call (`approval/calls.py`);
- the time limit `_timeout` of a workflow (`engine.py`), its `_runtime`, which registers its steps with the engine and
  can be decorated (`patience.py`), its steps (`_get_steps`, `_step_configs`), and the queues of
  events that nobody has read (`waits.py`);
- `rebuild_state_from_ticks`, the layout of the state as JSON, and the hook `resolve_class` of its serializer, through
  which each class in a saved state passes (`state.py`).

Each fact is a small run through the adapter itself. Those of `BASIC` are needed to deliver an answer; without those of
`RESUME`, a run works and cannot be saved.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

if TYPE_CHECKING:
    from hitl_cli.approval.calls import ToolCalls
    from hitl_cli.session.engine.run import EngineRun
    from hitl_cli.session.engine.state import StateSerializer

_PATIENCE = (
    10.0  # seconds for one fact; it takes some milliseconds, and a loaded machine is no reason to fail
)
_REST = 0.2  # seconds without an event after which the engine rests, where a version does not say so
_ALL = ["aa", "bb", "cc"]  # each question is answered with its own name
_UNLOADED = "this"  # a module that nobody imports


class Fact(NamedTuple):
    """A sentence about the engine, and the check, which raises an error if the sentence is not true."""

    sentence: str
    check: Callable[[], Awaitable[None]]


class FactQuestion(InputRequiredEvent):
    """A question; the answer repeats its name."""

    name: str


class FactAnswer(HumanResponseEvent):
    """The answer to a question."""

    said: str


class FactItem(Event):
    """Something to ask about."""

    name: str


class FactResult(Event):
    """What was answered about an item."""

    line: str


class Parallel(Workflow):
    """Three steps wait at the same time, for the same class and without requirements."""

    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> FactItem | None:
        """Begin."""
        for name in "abc":
            ctx.send_event(FactItem(name=name))
        return None

    @step(num_workers=3)
    async def ask(self, ctx: Context, ev: FactItem) -> FactResult:
        """Ask."""
        answer = await _answer(ctx, ev.name)
        return FactResult(line=f"{ev.name}{answer.said}")

    @step
    async def end(self, ctx: Context, ev: FactResult) -> StopEvent | None:
        """Collect."""
        results = ctx.collect_events(ev, [FactResult] * 3)
        return StopEvent(result=sorted(each.line for each in results)) if results else None


class Sequence(Workflow):
    """One step waits three times."""

    def __init__(self) -> None:
        super().__init__(timeout=0.001)  # which must not apply
        self.work_items: set[str | None] = set()

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Ask."""
        # Not public: what a step is running for.
        from workflows.runtime.types.results import StepWorkerStateContextVar

        self.work_items.add(StepWorkerStateContextVar.get().state.work_item_id)
        return StopEvent(result=[f"{name}{(await _answer(ctx, name)).said}" for name in "abc"])


class Busy(Workflow):
    """A step works until it may end."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.works, self.may_end = asyncio.Event(), asyncio.Event()

    @step
    async def work(self, ev: StartEvent) -> StopEvent:
        """Work."""
        self.works.set()
        await self.may_end.wait()
        return StopEvent()


class Calling(Workflow):
    """A step makes a call that a person approves; it passes no context."""

    def __init__(self, calls: "ToolCalls") -> None:
        super().__init__(timeout=None)
        self._calls = calls

    @step
    async def call(self, ev: StartEvent) -> StopEvent:
        """Make the call."""
        from hitl_cli.approval.calls import ToolCall

        made = await self._calls.ask_and_make(ToolCall("fact", "", "", None, {"name": "a"}, _made))
        return StopEvent(result=made.called.content)


@dataclass
class _FactResult:
    content: str
    is_error: bool = False


async def _made(arguments: dict[str, Any]) -> _FactResult:
    return _FactResult(arguments["name"])


async def _answer(ctx: Context, name: str) -> FactAnswer:
    return await ctx.wait_for_event(
        FactAnswer, waiter_id=name, waiter_event=FactQuestion(name=name), timeout=None
    )


async def _each_wait_gets_its_response() -> None:
    _expect(await _ended(_started(Parallel(timeout=None), None)), _ALL)


async def _work_keeps_its_id() -> None:
    workflow = Sequence()
    _expect(await _ended(_started(workflow, None)), _ALL)
    (only,) = workflow.work_items
    if not only:
        raise ValueError("a step has no work item")


async def _a_call_waits_without_a_context() -> None:
    from hitl_cli.approval.calls import ToolCalls
    from hitl_cli.approval.choice import ToolChoice
    from hitl_cli.approval.ledger import NoLedger
    from hitl_cli.call_form import shown_call
    from hitl_cli.decisions import Decider, Run
    from hitl_cli.gate import Gate
    from hitl_cli.session.engine.run import EngineRun
    from hitl_cli.session.progress import Asked

    gate, in_other_runs = Gate(), list[object]()
    calls = ToolCalls(ToolChoice(), gate, NoLedger(), in_other_runs.append, lambda called: None)
    run = EngineRun.started(Calling(calls), {}, None, None, calls)
    async for event in run.events():
        if isinstance(event, Asked):
            text = event.request.text
            gate.open(event.request)
            decision = Run(event.request.request_id, text, shown_call(text))
            gate.decide(decision, Decider.PERSON)
            run.answer(decision)
    _expect((await run.result(), in_other_runs), ("a", []))


async def _classes_are_not_imported() -> None:
    serializer = _serializer()
    stored = json.dumps({"__is_pydantic": True, "value": {}, "qualified_name": f"{_UNLOADED}.Zen"})
    try:
        serializer.deserialize(stored)
    except ValueError:
        refused = True
    else:
        refused = False
    if not refused or _UNLOADED in sys.modules:
        raise ValueError("a saved state can import a module")


async def _waits_survive() -> None:
    for workflow in (Parallel, Sequence):
        for answered in (0, 2):
            _expect(await _resumed_after(workflow, answered), _ALL)


async def _no_state_while_a_step_works() -> None:
    workflow = Busy()
    run = _started(workflow, _serializer())
    await workflow.works.wait()
    _expect(run.state(), None)
    workflow.may_end.set()
    await run.result()


BASIC = (
    Fact("each of several waits can be given the response to its own question", _each_wait_gets_its_response),
    Fact("a step that runs again after a wait keeps the id of its work", _work_keeps_its_id),
    Fact("a call can wait for a person without a context", _a_call_waits_without_a_context),
)
"""What is needed to deliver an answer to its question."""

RESUME = (
    Fact("a saved state can contain no class that is not loaded", _classes_are_not_imported),
    Fact("waits survive a pause, and each response reaches its wait", _waits_survive),
    Fact("nothing is saved while a step works", _no_state_while_a_step_works),
)
"""What is needed to save a run and to resume it."""


def broken(facts: "tuple[Fact, ...]") -> list[str]:
    """Return the sentences of the `facts` that do not hold. To be called where no event loop runs."""
    return asyncio.run(_broken(facts))


async def _broken(facts: "tuple[Fact, ...]") -> list[str]:
    found = []
    for fact in facts:
        try:
            async with asyncio.timeout(_PATIENCE):
                await fact.check()
        except Exception:  # noqa: BLE001  (another version of the engine may raise anything)
            found.append(fact.sentence)
    return found


def _serializer() -> "StateSerializer":
    from hitl_cli.session.engine.state import StateSerializer

    return StateSerializer(None, lambda file: False)


def _started(workflow: Workflow, serializer: "StateSerializer | None") -> "EngineRun":
    from hitl_cli.session.engine.run import EngineRun

    return EngineRun.started(workflow, {}, None, serializer)


async def _resumed_after(workflow: Callable[[], Workflow], answered: int) -> Any:
    """Save a run in which `answered` questions are answered, and return the result of the run that resumes it."""
    from hitl_cli.session.engine.run import EngineRun

    run = _started(workflow(), _serializer())
    reader = _FactReader(run)
    for number in range(answered):
        while len(reader.asked) <= number:
            await reader.rest()
        reader.respond(list(reader.asked)[number])
    expected = 3 if workflow is Parallel else answered + 1
    while len(reader.asked) < expected or (state := run.state()) is None:
        await reader.rest()
    requests = {each: run.request(each) for each in reader.asked}
    unanswered = list(reader.asked)[answered:]
    await run.cancel()
    await reader.end()
    state = json.loads(json.dumps(state))
    return await _ended(
        await EngineRun.resumed(workflow(), state, requests, unanswered, _serializer()),
        {each: reader.asked[each] for each in unanswered},
    )


async def _ended(run: "EngineRun", waiting: "dict[str, str] | None" = None) -> Any:
    """Answer each question of a run, the last one first, and return its result; some may be `waiting` already."""
    reader = _FactReader(run)
    for request_id, name in reversed((waiting or {}).items()):
        reader.asked[request_id] = name
        reader.respond(request_id)
    answered = set(reader.asked)
    while not reader.has_ended:
        await reader.rest()
        for request_id in [each for each in reversed(reader.asked) if each not in answered]:
            answered.add(request_id)
            reader.respond(request_id)
    return await run.result()


class _FactReader:
    """Reads the events of a run; `asked` are its questions, by the ids of their requests."""

    def __init__(self, run: "EngineRun") -> None:
        self.asked: dict[str, str] = {}
        self.has_ended = False
        self._run = run
        self._events: asyncio.Queue[object] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for event in self._run.events():
                self._events.put_nowait(event)
        finally:
            self._events.put_nowait(None)

    async def rest(self) -> None:
        """Wait until the engine rests, or the run has ended."""
        from hitl_cli.session.progress import Asked, Broken, Idle

        while True:
            try:
                async with asyncio.timeout(_REST):
                    event = await self._events.get()
            except TimeoutError:
                for late in self._run.late_requests():
                    self._events.put_nowait(late)
                if self._events.empty():
                    return
                continue
            match event:
                case None:
                    self.has_ended = True
                    await self._reading  # raises what ended it
                    return
                case Asked(request):
                    self.asked[request.request_id] = request.text
                case Broken(error):
                    raise error
                case Idle():
                    return

    async def end(self) -> None:
        """Read a run that was cancelled to its end."""
        with contextlib.suppress(Exception):
            await self._reading

    def respond(self, request_id: str) -> None:
        """Answer a question with its own name."""
        from hitl_cli.decisions import Respond

        self._run.answer(Respond(request_id, {"said": self.asked[request_id]}))


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{found!r} in place of {expected!r}")
