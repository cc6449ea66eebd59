"""The fields of a workflow's start event: those that its class declares, and those that its steps read besides."""

import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, create_model

from hitl_cli.forms import field_of
from hitl_cli.requests import FieldKind, FormField
from hitl_cli.starting.reads import Reads, reads_of

if TYPE_CHECKING:
    from workflows import Workflow
    from workflows.events import Event

REQUEST_FIELD = "user_msg"
"""The field in which LlamaIndex's own agents and templates expect the request."""

_OF_AGENTS = "AgentWorkflowStartEvent"


@dataclass(frozen=True)
class StartField:
    """A field of the start event, with its type and default as they are written; `default` is None if required."""

    name: str
    type: str
    default: str | None
    description: str = ""


@dataclass(frozen=True)
class StartFields:
    """The fields of the start event with the name `event`; `about` is the first line of the workflow's docstring.

    `model` validates them. `declared` are the names of those that the class of the event has, `texts` of those that can
    have a request. `is_open` says that steps may read fields that cannot be seen.
    """

    event: str
    about: str
    model: type[BaseModel]
    shown: tuple[StartField, ...]
    form: tuple[FormField, ...]
    declared: frozenset[str]
    texts: tuple[str, ...]
    is_open: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(field.name for field in self.form)

    def named(self, name: str) -> FormField | None:
        """Return the field with this name, None if there is none."""
        return next((field for field in self.form if field.name == name), None)


def start_fields(workflow: "Workflow") -> StartFields:
    """Return the fields of the start event of `workflow`."""
    event = workflow.start_event_class
    about = (type(workflow).__doc__ or "").strip().partition("\n")[0]
    if event.__name__ == _OF_AGENTS:  # the class declares none, and takes what LlamaIndex's code passes
        return _fields(event, about, {REQUEST_FIELD: (str, ...)}, is_open=False)
    known = set(dir(event)) | set(event.model_fields)
    reads = Reads()
    for step, name, others in _steps_from(workflow, event):
        of_others = {field for other in others for field in other.model_fields}
        found = reads_of(step, name, (known | of_others).__contains__)
        for field, default in found.defaults.items():
            reads.add(field, None if others and default is ... else default)
        reads.is_open |= found.is_open
    own = {
        name: (Any if default in (None, ...) else type(default), default)
        for name, default in reads.defaults.items()
        if name.isidentifier() and not name.startswith("_") and name not in known
    }
    return _fields(event, about, own, is_open=_is_open(event, reads))


def _steps_from(workflow: "Workflow", event: type) -> "Iterator[tuple[Any, str, list[type[Event]]]]":
    """Yield the steps that take `event`, with the name of their parameter, and the other events that they take."""
    for step in workflow._get_steps().values():
        config = step._step_config
        accepted = [each for each in config.accepted_events if isinstance(each, type)]
        taking = [each for each in accepted if issubclass(event, each)]
        if taking:
            yield step, config.event_name, [each for each in accepted if each not in taking]


def _is_open(event: type[BaseModel], reads: Reads) -> bool:
    return reads.is_open and not event.model_fields


def _fields(
    event: type[BaseModel], about: str, own: dict[str, tuple[Any, Any]], *, is_open: bool
) -> StartFields:
    model = create_model(event.__name__, __base__=event, **own) if own else event  # type: ignore[call-overload]
    shown, form, texts = [], [], []
    for name, info in model.model_fields.items():
        field = field_of(name, info)
        if field.kind is FieldKind.TEXT and _is_untyped(info.annotation):
            field = replace(field, kind=FieldKind.ANY)
        if _takes_text(info.annotation) or (name in own and info.annotation is Any):
            texts.append(name)
        form.append(field)
        default = (
            None
            if info.is_required()
            else repr(info.get_default(call_default_factory=True, validated_data={}))
        )
        shown.append(StartField(name, written_type(info.annotation), default, info.description or ""))
    return StartFields(
        event.__name__,
        about,
        model,
        tuple(shown),
        tuple(form),
        frozenset(event.model_fields),
        tuple(texts),
        is_open,
    )


def written_type(annotation: Any) -> str:
    """Return a type as an author writes it, with classes by their names alone."""
    if annotation is Any:
        return "any"
    if annotation is types.NoneType or annotation is Ellipsis:
        return "None" if annotation is types.NoneType else "..."
    if isinstance(annotation, list):  # the parameters of a Callable
        return f"[{', '.join(map(written_type, annotation))}]"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if _is_union(annotation):
        return " | ".join(map(written_type, arguments))
    if isinstance(origin, type) and arguments:
        return f"{origin.__name__}[{', '.join(map(written_type, arguments))}]"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _is_untyped(annotation: Any) -> bool:
    """Whether a value of this type may be a text as well as something else, or is read from more than a text."""
    if annotation is Any:
        return True
    kinds = [each for each in get_args(annotation) if each is not type(None)] if _is_union(annotation) else []
    return len(kinds) > 1 and not _takes_text(annotation)


def _takes_text(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _takes_text(get_args(annotation)[0])
    if _is_union(annotation):
        return any(_takes_text(each) for each in get_args(annotation))
    return inspect.isclass(annotation) and issubclass(annotation, str) and not issubclass(annotation, Enum)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)
