"""The engine's state of a run as JSON: when it can be saved, and how it is restored without importing anything."""

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from workflows import Context
from workflows.context.serializers import JsonSerializer
from workflows.events import Event

# Not public: the function with which the engine rebuilds its state from its tick log, and the tick of an event.
from workflows.runtime.control_loop import rebuild_state_from_ticks
from workflows.runtime.types.ticks import TickAddEvent

from hitl_cli.approval.calls import ToolCallResponseEvent
from hitl_cli.forms import holds_secret
from hitl_cli.protocol import HumanResponseEvent

if TYPE_CHECKING:
    from workflows import Workflow
    from workflows.runtime.types.internal_state import BrokerState, InternalStepWorkerState

    from hitl_cli.memory import ListMemory

_MASKED_SECRET = "**********"  # how pydantic serializes each secret
_LOGGER = logging.getLogger("hitl")
_MEMORY = "hitl_memory"
_TOOL_STEP = "call_tool"
_MESSAGE = "llama_index.core.base.llms.types.ChatMessage"
_AGENTS = "llama_index.core.agent."


class _Kind(NamedTuple):
    """A type of the standard library, and how a value of it becomes JSON and comes back."""

    type: type
    to_json: Callable[[Any], Any]
    of_json: Callable[[Any], Any]


_TYPE = "hitl_type"
_STANDARD: dict[str, _Kind] = {
    "datetime": _Kind(datetime, datetime.isoformat, datetime.fromisoformat),
    "date": _Kind(date, date.isoformat, date.fromisoformat),
    "time": _Kind(time, time.isoformat, time.fromisoformat),
    "timedelta": _Kind(
        timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: timedelta(*parts),
    ),
    "decimal": _Kind(Decimal, str, Decimal),
    "uuid": _Kind(UUID, str, UUID),
    "path": _Kind(Path, str, Path),
    "bytes": _Kind(bytes, bytes.hex, bytes.fromhex),
    "tuple": _Kind(tuple, list, tuple),
    "set": _Kind(set, list, set),
    "frozenset": _Kind(frozenset, list, frozenset),
}


class _NoEvent(Event):
    """What a wait that has its response waits for after a resume: nobody sends it."""


class StateSerializer(JsonSerializer):
    """Serializes the values of a state.

    Of the conversation's `memory`, only messages that are not in the journal yet are included. Classes are never
    imported: they must be loaded already, and be events, messages, models of LlamaIndex's agents, or models from a file
    that the workflow `owns`. Values of the standard library that JSON does not have keep their type.
    """

    def __init__(self, memory: "ListMemory | None", owns: Callable[[str], bool]) -> None:
        super().__init__(allowed_types=())
        self._memory = memory
        self._owns = owns

    def serialize_value(self, value: Any) -> Any:
        """Return `value` as JSON."""
        if self._memory is not None and value is self._memory:
            return {_MEMORY: [message.model_dump(mode="json") for message in self._memory.new]}
        for name, kind in _STANDARD.items():
            if type(value) is kind.type or (kind.type is Path and isinstance(value, Path)):
                return {_TYPE: name, "value": self.serialize_value(kind.to_json(value))}
        return super().serialize_value(value)

    def deserialize_value(self, data: Any) -> Any:
        """Return the value of `data`."""
        if isinstance(data, dict) and _MEMORY in data and self._memory is not None:
            message_class = self.resolve_class(_MESSAGE)
            self._memory.new = [message_class.model_validate(each) for each in data[_MEMORY]]
            return self._memory
        if isinstance(data, dict) and data.keys() == {_TYPE, "value"} and data[_TYPE] in _STANDARD:
            return _STANDARD[data[_TYPE]].of_json(self.deserialize_value(data["value"]))
        return super().deserialize_value(data)

    def resolve_class(self, qualified_name: str) -> type[Any]:
        """Return the loaded class of this name.

        Raises:
            ValueError: There is none, or a state may not contain it.
        """
        module, _, name = qualified_name.rpartition(".")
        found = getattr(sys.modules.get(module), name, None)
        if isinstance(found, type) and issubclass(found, BaseModel):
            file = getattr(sys.modules[module], "__file__", None)
            is_own = file is not None and self._owns(file)
            is_known = qualified_name == _MESSAGE or qualified_name.startswith(_AGENTS)
            if is_own or is_known or issubclass(found, Event):
                return found
        return super().resolve_class(qualified_name)


class StateOfRun:
    """The state of one run, each time rebuilt from the last one and the ticks since."""

    def __init__(self, context: Context[Any], serializer: StateSerializer) -> None:
        self._context = context
        self._serializer = serializer
        self._folded = 0
        self._broker: BrokerState | None = None
        self._under_way: list[Event] = []
        self._has_secrets = False
        self._problem: str | None = ""  # None when it was taken

    def take_problem(self) -> str:
        """Return a sentence if a value in the state cannot be saved, once; empty otherwise."""
        problem, self._problem = self._problem, None if self._problem else ""
        return problem or ""

    def expect(self, response: Event) -> None:
        """Note that `response` is about to be sent: from now on, no state without it may be saved."""
        self._under_way.append(response)
        self._has_secrets |= any(
            holds_secret(each.annotation) for each in type(response).model_fields.values()
        )

    def saved(self) -> dict[str, Any] | None:
        """Return the state as JSON, or None while the run could not be resumed from it."""
        external = self._context._require_external(fn="saved")
        ticks = external._tick_log
        broker = self._broker or external._require_snapshottable().init_state
        run_id = external._external_adapter.run_id
        new = ticks[self._folded :]
        self._broker = broker = rebuild_state_from_ticks(broker, new, run_id=run_id)
        self._folded = len(ticks)
        arrived = [tick.event for tick in new if isinstance(tick, TickAddEvent)]
        self._under_way = [each for each in self._under_way if not any(event is each for event in arrived)]
        if self._under_way or not all(map(_can_be_saved, broker.workers.values())):
            return None
        try:
            saved = broker.to_serialized(self._serializer)
            saved.state = external.store.to_dict(self._serializer)
            state = saved.model_dump(mode="python")
        except Exception as problem:  # noqa: BLE001  (the values are the workflow's, and may raise anything)
            if self._problem is not None:
                self._problem = _not_saved(problem)
            return None
        if self._has_secrets and _MASKED_SECRET in json.dumps(state, default=str):
            return None  # a secret that a person typed is in it, and is never stored
        return state if _is_safe(state) else None


def restored(workflow: "Workflow", state: dict[str, Any], serializer: StateSerializer) -> Context[Any]:
    """Return the context in which `workflow` resumes from a saved `state`.

    Raises:
        Exception: The state is invalid, or does not fit this workflow.
    """
    steps = set(workflow._get_steps())
    unknown = set(state["workers"]) - steps
    if unknown:
        raise ValueError(f"the workflow no longer has the step {', '.join(sorted(unknown))}")
    for worker in state["workers"].values():
        for waiter in worker["collected_waiters"]:
            if waiter["resolved_event"]:
                # It has lost its requirements, so that it would take the response to any other request.
                waiter["waiting_for_event"] = f"{_NoEvent.__module__}.{_NoEvent.__name__}"
                waiter["has_requirements"] = False  # or the engine would run the step once more for it
    return Context.from_dict(workflow, state, serializer=serializer)


def _not_saved(problem: Exception) -> str:
    _LOGGER.warning("The state of the run cannot be saved", exc_info=problem)
    found = re.search(r"for key (\S+): .*?<class '([^']+)'>", str(problem))
    what = f"{found[2].rpartition('.')[2]} at {found[1]!r} in its state" if found else type(problem).__name__
    return (
        f"This run cannot be saved ({what}). After a stop or a kill, hitl resume cannot continue from here."
    )


def _is_safe(state: dict[str, Any]) -> bool:
    """Whether a run can be resumed from `state`: nothing is working except tools that wait for a response.

    The engine runs these again under the same id, and they ask again.
    """
    busy = [
        name
        for name, worker in state["workers"].items()
        if name != _TOOL_STEP and (worker["in_progress"] or worker["queue"])
    ]
    return not busy and not state.get("deliveries")


def _can_be_saved(worker: "InternalStepWorkerState") -> bool:
    """Whether each wait of a step that has its response belongs to work that waits for another one now.

    Such a step runs again from its first line when the next response arrives, and gets the earlier ones again. A
    response to a command or a call is not saved so: the approval ends with the program.
    """
    at_work = {each.work_item_id for each in worker.in_progress}
    waiting = {each.work_item_id for each in worker.collected_waiters if each.resolved_event is None}
    return all(
        each.work_item_id is not None
        and each.work_item_id in waiting - at_work
        and not isinstance(each.resolved_event, HumanResponseEvent | ToolCallResponseEvent)
        for each in worker.collected_waiters
        if each.resolved_event is not None
    )
