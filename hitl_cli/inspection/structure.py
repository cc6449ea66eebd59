"""What a loaded workflow is made of: steps, events, questions, start fields, tools, and what is wrong with them."""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hitl_cli.inspection.agents import CODE_TOOL, agents_of, name_of_tool
from hitl_cli.inspection.traps import Asking, Trap, asking, traps
from hitl_cli.loading.files import content
from hitl_cli.loading.importing import Loaded
from hitl_cli.loading.outline import parsed
from hitl_cli.starting.fields import StartField, start_fields, written_type

if TYPE_CHECKING:
    from workflows import Workflow

_SPENT_BY_PERSONS = 3600  # seconds; a person may well take as long to decide


@dataclass(frozen=True)
class Tool:
    """A tool of an agent, and whether it asks a person before it acts, as far as its code shows.

    With `runs_code`, it runs code that the model wrote, and hitl asks before that.
    """

    agent: str
    name: str
    asks: bool
    runs_code: bool = False


@dataclass(frozen=True)
class Step:
    """A step: the first line of its docstring, and the names of the events that it takes and returns."""

    name: str
    summary: str
    takes: tuple[str, ...]
    returns: tuple[str, ...]


@dataclass(frozen=True)
class Structure:
    """A workflow as `hitl inspect` shows it; `limit` is its own time limit in seconds, if it has one.

    `takes_other_fields` says that it may use start fields that cannot be seen.
    `questions`, `answers` and `ends` are the names of events that ask a person, answer, or end the run.
    """

    name: str
    limit: float | None
    start_event: str
    start_fields: tuple[StartField, ...]
    takes_other_fields: bool
    steps: tuple[Step, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    ends: tuple[str, ...]
    asks: tuple[Asking, ...]
    tools: tuple[Tool, ...]
    traps: tuple[Trap, ...]

    def values(self) -> dict[str, Any]:
        """Return the structure as JSON."""
        return asdict(self)


def structure_of(loaded: Loaded) -> Structure:
    """Return what the workflow of `loaded` is made of."""
    from workflows.events import HumanResponseEvent, InputRequiredEvent, StopEvent

    workflow = loaded.workflow
    trees = _trees(loaded)
    waits = _asks_of(trees)
    events = _Events(workflow)
    limit = workflow._timeout
    found = [trap for name, tree in trees for trap in traps(name, tree)]
    if limit is not None and limit < _SPENT_BY_PERSONS and (waits or events.named(InputRequiredEvent)):
        found.insert(
            0,
            Trap(
                type(workflow).__name__,
                f"The time limit of {limit:g} s counts while a person decides. hitl does not apply it; "
                "elsewhere the run ends. Pass timeout=None to the workflow.",
            ),
        )
    start = start_fields(workflow)
    return Structure(
        type(workflow).__name__,
        limit,
        start.event,
        start.shown,
        start.is_open,
        tuple(_steps(workflow, events)),
        events.named(InputRequiredEvent),
        events.named(HumanResponseEvent),
        events.named(StopEvent),
        waits,
        tuple(tools_of(loaded, waits)),
        (*found, *_lost_values(workflow, loaded)),
    )


class _Events:
    """The event classes that the steps of a workflow take and return.

    The engine's own `get_workflow_representation` fails where an event has no JSON schema, which is one of the traps.
    """

    def __init__(self, workflow: "Workflow") -> None:
        self.configs = {name: step._step_config for name, step in workflow._get_steps().items()}
        self._returned = {
            each: None
            for config in self.configs.values()
            for each in config.return_types
            if isinstance(each, type) and each is not type(None)
        }
        accepted = {each: None for config in self.configs.values() for each in config.accepted_events}
        self._all = [*accepted, *self._returned]

    def named(self, base: type) -> tuple[str, ...]:
        """Return the names of the events of the class `base`."""
        return tuple(dict.fromkeys(each.__name__ for each in self._all if issubclass(each, base)))

    def returned_by(self, step: str) -> tuple[str, ...]:
        """Return the names of the events that a step returns."""
        return tuple(each.__name__ for each in self.configs[step].return_types if each in self._returned)

    def taken_by(self, step: str) -> tuple[str, ...]:
        """Return the names of the events that a step takes; of a class that has them, its subclasses, too."""
        from workflows.events import StopEvent

        taken = self.configs[step].accepted_events
        more = [
            each
            for each in self._returned
            if issubclass(each, tuple(taken)) and not issubclass(each, StopEvent)
        ]
        return tuple(dict.fromkeys(each.__name__ for each in (*taken, *more)))


def _steps(workflow: "Workflow", events: _Events) -> Iterator[Step]:
    for name in events.configs:
        summary = (inspect.getdoc(getattr(workflow, name, None)) or "").partition("\n")[0]
        yield Step(name, summary, events.taken_by(name), events.returned_by(name))


def tools_of(loaded: Loaded, waits: tuple[Asking, ...] | None = None) -> list[Tool]:
    """Return the tools of the agents of a workflow; `waits` are the places where its code asks, if they are known."""
    asks = _asks_of(_trees(loaded)) if waits is None else waits
    found = []
    for agent in agents_of(loaded):
        for tool in agent.tools:
            code = getattr(getattr(tool, "real_fn", tool), "__code__", None)
            is_asking = code is not None and any(
                each.function == code.co_name and code.co_filename.endswith(each.file.lstrip("./"))
                for each in asks
            )
            name = name_of_tool(tool)
            found.append(Tool(agent.name, name, is_asking, agent.runs_code and name == CODE_TOOL))
    return found


def _trees(loaded: Loaded) -> list[tuple[str, ast.Module]]:
    return [
        (loaded.own.name_of(str(path)), tree)
        for path in loaded.own.files()
        if path.suffix == ".py" and (tree := parsed(content(path) or b"")) is not None
    ]


def _asks_of(trees: Iterable[tuple[str, ast.Module]]) -> tuple[Asking, ...]:
    return tuple(each for name, tree in trees for each in asking(name, tree))


def _lost_values(workflow: "Workflow", loaded: Loaded) -> Iterator[Trap]:
    """Yield the events that a saved run would lose, or could not be saved with."""
    from workflows.events import Event

    own = {
        value
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and loaded.own.has(file)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event)
    }
    events = own | set(workflow.events)
    for event in sorted(events, key=lambda each: each.__qualname__):
        if "<locals>" in event.__qualname__:
            yield Trap(
                event.__name__, "The class is defined inside a function, so a saved run cannot find it again."
            )
        if event.__module__.startswith(("workflows.", "llama_index.", "hitl_cli.")):
            continue
        for name, field in event.model_fields.items():
            if problem := _lost(field.annotation):
                yield Trap(f"{event.__name__}.{name}", problem)


def _lost(annotation: Any) -> str | None:
    """Return why a value of this type does not survive a pause, if it does not."""
    from pydantic import BaseModel, TypeAdapter
    from pydantic.errors import PydanticUserError

    parts = [annotation, *_arguments(annotation)]
    if BaseModel in parts:
        return "A field of the type BaseModel is saved as {}: its values are lost in a pause. Name the class."
    if bytes in parts or bytearray in parts:
        return "Bytes that are not UTF-8 cannot be saved in a pause. Use a text, for example in Base64."
    try:
        TypeAdapter(annotation, config={"arbitrary_types_allowed": True}).json_schema(mode="serialization")
    except PydanticUserError:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return None  # its configuration may not be given twice
        return f"A value of type {written_type(annotation)} cannot be saved in a pause. Use one that JSON can hold."
    except Exception:  # noqa: BLE001  (an annotation may be anything)
        return None
    return None


def _arguments(annotation: Any) -> Iterator[Any]:
    for each in getattr(annotation, "__args__", ()):
        yield each
        yield from _arguments(each)
