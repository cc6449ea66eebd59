"""Detects mistakes in a workflow that would make a run hang silently, from the engine's own record of its waits."""

from typing import Any

from workflows import Context
from workflows.events import Event, InputRequiredEvent

# Not public: the queue of events that nobody has read yet, and the results of steps.
from workflows.plugins.basic import basic_runtime
from workflows.runtime.types.results import AddWaiter, DeleteWaiter
from workflows.runtime.types.ticks import TickStepResult

_CALLS_UNREAD = 3


class WaitWatch:
    """Watches the waits of one run."""

    def __init__(self, context: Context[Any]) -> None:
        self._context = context
        self._seen = 0
        # By step and waiter id: the event that the step was handling when it began to wait, and what it waits for.
        self._waiting: dict[tuple[str, str], Event] = {}
        self._awaited: dict[tuple[str, str], str] = {}
        self._unread: Event | None = None
        self._calls_unread = 0

    def mistake(self) -> str:
        """Return a sentence about what is wrong with the waits so far; empty if nothing is."""
        ticks = self._context._require_external(fn="mistake")._tick_log
        new, self._seen = ticks[self._seen :], len(ticks)
        found = ""
        for tick in new:
            if isinstance(tick, TickStepResult):
                found = found or self._mistake_in(tick)
        return found

    @property
    def open(self) -> tuple[tuple[str, str], ...]:
        """The steps that waited at the last call of `mistake`, and the names of the events that they wait for."""
        return tuple((step, self._awaited[step, waiter]) for step, waiter in self._waiting)

    def unread_question(self) -> str:
        """Return a sentence if a nested workflow made a request and nothing reads its events; empty otherwise.

        The request must have been unread at the previous calls too, so that a reader had time.
        """
        unread = self._first_unread()
        self._calls_unread = self._calls_unread + 1 if unread is self._unread else 0
        self._unread = unread
        if unread is None or self._calls_unread < _CALLS_UNREAD:
            return ""
        return (
            f"A nested workflow waits for a response to its {type(unread).__name__}, and nothing reads its events: "
            "the run would wait forever. "
            "Ask from the outer workflow, or let the outer step read the nested handler's stream_events(), pass the "
            "request on with ctx.write_event_to_stream(), and send the response with handler.ctx.send_event(). "
            "Nothing more was run."
        )

    def _mistake_in(self, tick: TickStepResult) -> str:
        step = str(tick.step_id)
        received = {each.waiter_id for each in tick.result if isinstance(each, DeleteWaiter)}
        for waiter in received:
            self._waiting.pop((step, waiter), None)
        for each in tick.result:
            if not isinstance(each, AddWaiter):
                continue
            other = self._waiting.get((step, each.waiter_id))
            if other is not None and other is not tick.event:
                return (
                    f"Two calls in the step {step!r} wait under the same waiter_id, {each.waiter_id!r}: the engine "
                    "forgets the first, and the run would wait forever. Give each call its own waiter_id. "
                    "Nothing more was run."
                )
            if other is None and any(
                name == step and event is tick.event for (name, _), event in self._waiting.items()
            ):
                return (
                    f"The step {step!r} asks again under another id: the engine runs a waiting step again from its "
                    "first line when the response arrives, and the id must be the same then. Do not create it inside "
                    "the step. Nothing more was run."
                )
            self._waiting[step, each.waiter_id] = tick.event
            self._awaited[step, each.waiter_id] = each.event_type.__name__
        return ""

    def _first_unread(self) -> InputRequiredEvent | None:
        own = self._context._require_external(fn="unread")._external_adapter.run_id
        for run_id, run in list(basic_runtime._queues.items()):
            unread: list[Event] = list(run.publish_queue._queue)  # type: ignore[attr-defined]
            if run_id == own or not unread or run.complete.done():
                continue
            question = next((each for each in unread if isinstance(each, InputRequiredEvent)), None)
            if question is not None:
                return question
        return None
