"""What an event says: its values, and its text for a person."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from workflows.events import Event

DECLARED = ("response_type", "response_event_type")
"""The attributes in which a question can name the class of its response."""

_NOT_TOLD = {"request_id", "event_type", *DECLARED}


def name_of(event_class: type) -> str:
    """Return the name by which `class_named` finds a class."""
    return f"{event_class.__module__}.{event_class.__qualname__}"


def types_of(event: Event) -> tuple[str, ...]:
    """Return the names by which a panel for `event` can be registered: its `event_type`, and its class."""
    event_type = getattr(event, "event_type", None)
    names = (event_type,) if isinstance(event_type, str) else ()
    return (*names, type(event).__name__)


def told(event: Event) -> Iterator[tuple[str, Any]]:
    """Yield what `event` says: its fields and the values that it has besides, those of its data one by one."""
    values = {name: getattr(event, name) for name in type(event).model_fields} | dict(event.items())
    for name, value in values.items():
        if name in _NOT_TOLD or isinstance(value, type):
            continue
        if name == "data" and isinstance(value, BaseModel):
            yield from ((each, getattr(value, each)) for each in type(value).model_fields)
        elif name == "data" and isinstance(value, Mapping):
            yield from ((str(key), each) for key, each in value.items())
        else:
            yield name, value


def contents_of(event: Event) -> str:
    """Return a text that is the same for events of one class with the same values."""
    return f"{name_of(type(event))} {plain(dict(told(event)))}"


def plain(value: Any) -> Any:
    """Return `value` as JSON values, and what JSON cannot represent as text."""
    try:
        return to_jsonable_python(value, fallback=str, bytes_mode="base64", inf_nan_mode="strings")
    except Exception:  # noqa: BLE001  (the classes of a workflow may raise anything)
        return repr(value)


def text_of(event: Event, given: Mapping[str, Any], command: str | None) -> str:
    """Return what `event` says to the person: its prefix, then the other values with their names.

    The values that are `given`, and the one named by `command`, are omitted.
    """
    values = {
        name: value
        for name, value in told(event)
        if value is not None and not (isinstance(value, str) and not value)
        if name not in given and name != command
    }
    prefix = values.pop("prefix", None)
    lines = [str(prefix)] if prefix is not None else []
    if not lines and len(values) == 1 and command is None:
        return outline(next(iter(values.values())))
    return "\n".join([*lines, *(_named(name, value) for name, value in values.items())])


def _named(name: str, value: Any) -> str:
    """Return a value with its name: on one line, or below it."""
    value = plain(value)
    said = outline(value)
    has_parts = isinstance(value, dict | list) and bool(value)
    return f"{name}:\n{said}" if has_parts or "\n" in said else f"{name}: {said}"


def outline(value: Any) -> str:
    """Return a value as text: what is in a mapping or a list on lines of its own, so that long texts can be read."""
    value = plain(value)
    if isinstance(value, dict) and value:
        return "\n".join(_indented(_named(name, each)) for name, each in value.items())
    if isinstance(value, list) and value:
        return "\n".join(f"- {_indented(outline(each))}" for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
