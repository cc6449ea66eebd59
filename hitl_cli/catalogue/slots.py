"""Which value of a request goes into which slot of a command."""

from collections.abc import Sequence
from dataclasses import dataclass

from hitl_cli.catalogue.entry import Entry, Slot
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.template import fits
from hitl_cli.catalogue.values import Value

_LEAST = 0.45  # how well a value must suit a slot at least
_TARGETS = frozenset(("to", "target", "new", "name", "output", "link", "into"))
_SOURCES = frozenset(("from", "old", "source"))
_TO = frozenset(("to", "into", "as", "called", "named", "with", "onto", "by"))
_FROM = frozenset(("from", "replace", "rename", "swap", "of", "move", "copy", "between"))


@dataclass(frozen=True)
class Filling:
    """Values for the slots of an entry: `found` came from the request, `unfilled` are those without any."""

    values: dict[str, str]
    found: dict[str, Value]
    unfilled: tuple[str, ...]


def assign(entry: Entry, values: Sequence[Value], around: Surroundings) -> Filling:
    """Return the best filling of the slots of `entry`."""
    choices = sorted(
        (
            (_suits(name, slot, value), -value.start if name not in _TARGETS else value.start, name, value)
            for name, slot in entry.slots.items()
            for value in values
        ),
        key=lambda choice: (-choice[0], -choice[1]),
    )
    found: dict[str, Value] = {}
    for strength, _, name, value in choices:
        if strength < _LEAST:
            break
        overlaps = any(value.start < other.end and other.start < value.end for other in found.values())
        text = _form(entry.slots[name], value)
        if name not in found and not overlaps and fits(text, entry.slots[name].kind):
            found[name] = value
    filled = {name: _form(entry.slots[name], value) for name, value in found.items()}
    for name, slot in entry.slots.items():
        if name not in filled and (default := _default(name, slot, entry, around)) is not None:
            filled[name] = default
    return Filling(filled, found, tuple(name for name in entry.slots if name not in filled))


def _suits(name: str, slot: Slot, value: Value) -> float:
    strength = value.kinds.get(slot.kind, 0.0)
    if slot.kind == "text" and name in ("from", "to", "commit", "old", "new") and "branch" in value.kinds:
        strength = max(strength, 0.6)
    if not strength:
        return 0.0
    if name in _TARGETS:
        strength += 0.3 if value.before in _TO else -0.1 if value.before in _FROM else 0.0
    elif name in _SOURCES:
        strength += 0.3 if value.before in _FROM else -0.2 if value.before in _TO else 0.0
    if value.before.rstrip("s") == name or value.after.rstrip("s") == name:
        strength += 0.3
    if slot.kind == "number":
        strength += _suits_number(name, value)
    return strength


def _suits_number(name: str, value: Value) -> float:
    if value.after.startswith(name.rstrip("s")):
        return 0.3
    if name == "pid":
        return 0.3 if value.before in ("pid", "process", "processes") else 0.0
    if value.before in ("pid", "port", "uid", "gid"):
        return -0.8
    return 0.0


def _form(slot: Slot, value: Value) -> str:
    if slot.kind == "extension" and value.said:
        return value.said
    if slot.kind == "number" and value.said and "days" in value.kinds:
        return value.said
    if slot.kind == "folder" and len(value.text) > 1:
        return value.text.rstrip("/") or value.text
    return value.text


def _default(name: str, slot: Slot, entry: Entry, around: Surroundings) -> str | None:
    if slot.kind == "archive" and len(around.archives) == 1:
        return around.archives[0]
    if slot.kind == "branch" and slot.default == "main" and around.branches and "main" not in around.branches:
        return "master" if "master" in around.branches else slot.default
    return slot.default
