"""Which value of a request goes into which slot of a command."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.entry import Entry, Slot
from hitl_cli.catalogue.formats import suits
from hitl_cli.catalogue.suiting import LEAST, LEFT_OUT, TARGETS, TO, suits_slot
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.template import fits
from hitl_cli.catalogue.value import Value

_LEAST_NEEDED = 0.22
"""How well a value must suit a slot that has no default."""
_NEEDED = 0.5
"""What it is worth that a slot without a default is filled."""
_IN_ORDER = 0.02
"""What it is worth that two values stand in the order in which their slots are usually spoken of."""
_CHOICES = 4
_INTO = frozenset(("to", "into", "onto"))
_PATHS = frozenset(("folder", "file", "name", "archive"))
_THINGS = frozenset(("folder", "directory", "dir"))


class Filling(NamedTuple):
    """Values for the slots of an entry: `found` came from the request, `unfilled` are those without any."""

    values: dict[str, str]
    found: dict[str, Value]
    unfilled: tuple[str, ...]


def assign(entry: Entry, values: Sequence[Value], around: Surroundings) -> Filling:
    """Return the best filling of the slots of `entry`."""
    has_target = any(name in TARGETS and slot.kind in _PATHS for name, slot in entry.slots.items())
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
    if name in TARGETS:
        return (
            value.before in _THINGS
            and value.lead not in TO
            and any(other.lead in _INTO and not other.overlaps(value) for other in values if other.solid)
        )
    return value.lead in _INTO and (value.solid or value.before in _THINGS)


def _choices(name: str, slot: Slot, values: Sequence[Value]) -> list[tuple[float, Value]]:
    """Return the values that suit a slot best, and how well; one that has no default takes what it can get."""
    least = LEAST if slot.default is not None else _LEAST_NEEDED
    suiting = [
        (strength, value)
        for value in values
        if (strength := suits_slot(name, slot, value)) >= least and fits(_form(name, slot, value), slot.kind)
    ]
    suiting.sort(key=lambda choice: (-choice[0], -choice[1].start if name in TARGETS else choice[1].start))
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
        if (value.start < later.start) == (name not in TARGETS or other in TARGETS)
    )


def _form(name: str, slot: Slot, value: Value) -> str:
    if name in LEFT_OUT and slot.kind != "extension" and value.kinds.get("extension", 0.0) >= LEAST:
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
