"""Which value of a request goes into which slot of a command."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.entry import Entry, Slot
from hitl_cli.catalogue.formats import suits
from hitl_cli.catalogue.pattern import Pattern
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.template import fits
from hitl_cli.catalogue.value import Value

_LEAST = 0.45  # how well a value must suit a slot at least
_LEAST_NEEDED = 0.22  # where the slot has no default
_NEEDED = 0.5  # what it is worth that a slot without a default is filled
_IN_ORDER = 0.02
_CHOICES = 4
_TARGETS = frozenset(("to", "target", "new", "name", "output", "link", "into"))
_SOURCES = frozenset(("from", "old", "source", "list"))
_ROLES = {"old": "old", "from": "old", "new": "new", "to": "new"}
LEFT_OUT = frozenset(("exclude", "skip", "keep"))
"""The names of slots for what is to be left out."""
_INTO = frozenset(("to", "into", "onto"))
_PATHS = frozenset(("folder", "file", "name", "archive"))
_THINGS = frozenset(("folder", "directory", "dir"))
_SUMS = Pattern(r"sums?\b|\.(?:sha\d+|md5|asc|sig)$", (), re.IGNORECASE)
_HASH = Pattern(r"[0-9a-fA-F]{16,}")
_EXTENSION = Pattern(r"\.?[A-Za-z0-9]{1,5}")
_CODES = frozenset(("status", "code", "error", "version", "release", "key", "year", "http"))
_TO = frozenset(("to", "into", "as", "called", "named", "with", "onto", "by"))
_FROM = frozenset(("from", "replace", "rename", "swap", "of", "move", "copy", "between", "as", "like"))


class Filling(NamedTuple):
    """Values for the slots of an entry: `found` came from the request, `unfilled` are those without any."""

    values: dict[str, str]
    found: dict[str, Value]
    unfilled: tuple[str, ...]


def assign(entry: Entry, values: Sequence[Value], around: Surroundings) -> Filling:
    """Return the best filling of the slots of `entry`."""
    has_target = any(name in _TARGETS and slot.kind in _PATHS for name, slot in entry.slots.items())
    choices = [
        (
            name,
            _choices(
                name,
                slot,
                [
                    value
                    for value in values
                    if _may_take(name, value, entry.excludes)
                    and not (has_target and _is_misplaced(name, slot, value, values))
                ],
            ),
        )
        for name, slot in entry.slots.items()
    ]
    _, found = _best(choices, entry)
    filled = {name: _form(name, entry.slots[name], value) for name, value in found.items()}
    for name, slot in entry.slots.items():
        if name not in filled and (default := _default(name, slot, entry, around)) is not None:
            filled[name] = default
    return Filling(filled, found, tuple(name for name in entry.slots if name not in filled))


def _may_take(name: str, value: Value, excluding: bool) -> bool:
    """Return whether what is to be left out, and nothing else, goes into a slot for that."""
    if name in LEFT_OUT or not value.excluded:
        return (name in LEFT_OUT) == bool(value.excluded)
    return excluding if value.excluded == "surely" else True


def _is_misplaced(name: str, slot: Slot, value: Value, values: Sequence[Value]) -> bool:
    """Return whether the words before a value say that it is the other end of a copy, whatever exists."""
    if slot.kind not in _PATHS:
        return False
    if name in _TARGETS:
        return (
            value.before in _THINGS
            and value.lead not in _TO
            and any(other.lead in _INTO and not other.overlaps(value) for other in values if other.solid)
        )
    return value.lead in _INTO and (value.solid or value.before in _THINGS)


def _choices(name: str, slot: Slot, values: Sequence[Value]) -> list[tuple[float, Value]]:
    """Return the values that suit a slot best, and how well; one that has no default takes what it can get."""
    least = _LEAST if slot.default is not None else _LEAST_NEEDED
    suiting = [
        (strength, value)
        for value in values
        if (strength := _suits(name, slot, value)) >= least and fits(_form(name, slot, value), slot.kind)
    ]
    suiting.sort(key=lambda choice: (-choice[0], -choice[1].start if name in _TARGETS else choice[1].start))
    return suiting[:_CHOICES]


def _best(
    choices: Sequence[tuple[str, list[tuple[float, Value]]]], entry: Entry
) -> tuple[float, dict[str, Value]]:
    """Return the filling with the highest sum, in which no part of the request is used twice."""
    if not choices:
        return 0.0, {}
    (name, suiting), rest = choices[0], choices[1:]
    best = _best(rest, entry)
    needed = _NEEDED if entry.slots[name].default is None else 0.0
    for strength, value in suiting:
        left = [
            (other, [choice for choice in those if not choice[1].overlaps(value)]) for other, those in rest
        ]
        total, found = _best(left, entry)
        total += strength + needed + _order(name, value, found)
        if total > best[0] + 1e-9:
            best = (total, {name: value, **found})
    return best


def _order(name: str, value: Value, found: Mapping[str, Value]) -> float:
    """Return a little for values that stand in the order in which the slots are usually spoken of."""
    return sum(
        _IN_ORDER
        for other, later in found.items()
        if (value.start < later.start) == (name not in _TARGETS or other in _TARGETS)
    )


def _suits(name: str, slot: Slot, value: Value) -> float:
    strength = value.kinds.get(slot.kind, 0.0)
    if (
        slot.kind == "name" and name in _TARGETS and value.lead in _TO
    ):  # the new place of something, existing or not
        strength = max(strength, value.kinds.get("folder", 0.0) - 0.1)
    if name == "image" and value.kinds.get("file"):
        return 0.0
    if name == "list" and slot.kind == "file":
        strength += 0.4 if _SUMS.search(value.text) else -0.2
    if name == "hash" and _HASH.fullmatch(value.text) is None:
        return 0.0
    if slot.kind == "pattern" and strength < 0.9:
        strength = max(strength, value.kinds.get("file", 0.0) - 0.2)
    if slot.kind == "extension" and value.role and value.kinds.get("text"):
        strength = 0.5 if _EXTENSION.fullmatch(value.text) else 0.0
    if name in LEFT_OUT and "extension" in value.kinds:
        strength = value.kinds["extension"]
    if slot.kind == "text" and name in ("from", "to", "commit", "old", "new") and "branch" in value.kinds:
        strength = max(strength, 0.6)
    if not strength:
        return 0.0
    if value.role:
        if value.role in ("command", "message", "schedule"):
            strength = strength + 0.4 if name == value.role else 0.0
        elif name in _ROLES:
            strength += 0.5 if _ROLES[name] == value.role else -0.5
        else:
            strength -= 0.3
    if value.text == "." and name in _TARGETS and value.before not in _TO:
        return 0.0
    if name in _TARGETS:
        strength += (
            0.3 if value.lead in _TO or value.before in _TO else -0.1 if value.before in _FROM else 0.0
        )
    elif name in _SOURCES:
        strength += 0.3 if value.before in _FROM else -0.2 if value.before in _TO else 0.0
    sure = strength >= _LEAST or "number" in value.kinds
    if sure and (value.before.rstrip("s") == name or value.after.rstrip("s") == name):
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
    return -0.4 if value.before in _CODES else 0.0


def _form(name: str, slot: Slot, value: Value) -> str:
    if name in LEFT_OUT and slot.kind != "extension" and value.kinds.get("extension", 0.0) >= _LEAST:
        return f"*.{value.said}"
    if slot.kind == "extension":
        return value.said or value.text.lstrip(".")
    if slot.kind == "number" and value.said and "days" in value.kinds:
        return value.said
    if slot.kind == "folder" and len(value.text) > 1:
        return value.text.rstrip("/") or value.text
    return value.text


def _default(name: str, slot: Slot, entry: Entry, around: Surroundings) -> str | None:
    if slot.kind == "archive":
        fitting = [archive for archive in around.archives if suits(entry.command, archive) is not False]
        if len(fitting) == 1:
            return fitting[0]
    if slot.kind == "branch" and slot.default == "main" and around.branches and "main" not in around.branches:
        return "master" if "master" in around.branches else slot.default
    return slot.default
