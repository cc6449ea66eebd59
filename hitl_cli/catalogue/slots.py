"""Fills the slots of a command with the values of a request: how well each value fits, and the best combination."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hitl_cli.catalogue.archive_formats import program_fits
from hitl_cli.catalogue.entry import Entry, Slot, fits
from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.value import Role, Value
from hitl_cli.catalogue.workspace import Workspace

MIN_FIT = 0.45
"""The least fit of a value for a slot with a default."""
LEFT_OUT = frozenset(("exclude", "skip", "keep"))
"""The names of slots for exclusions."""
TARGETS = frozenset(("to", "target", "new", "name", "output", "link", "into"))
"""The names of slots for the result or target of a command."""
TO = frozenset(("to", "into", "as", "called", "named", "with", "onto", "by"))
"""Words before a target."""

_FROM = frozenset(("from", "replace", "rename", "swap", "of", "move", "copy", "between", "as", "like"))
_SOURCES = frozenset(("from", "old", "source", "list"))
_COMMITS = frozenset(("from", "to", "commit", "old", "new"))
_SIDES: dict[str, Role] = {"old": "old", "from": "old", "new": "new", "to": "new"}
_OWN_SLOT = frozenset(("command", "message", "schedule"))  # roles that are the names of slots
_CODES = frozenset(("status", "code", "error", "version", "release", "key", "year", "http"))
_IDS = frozenset(("pid", "port", "uid", "gid"))
_SUMS = LazyPattern(r"sums?\b|\.(?:sha\d+|md5|asc|sig)$", (), re.IGNORECASE)
_HASH = LazyPattern(r"[0-9a-fA-F]{16,}")
_EXTENSION = LazyPattern(r"\.?[A-Za-z0-9]{1,5}")

_MEANT = 0.3
"""Bonus: a neighbouring word is the name of the slot, or says that the value is the source or the target."""
_ROLE = 0.5
"""Bonus: the value is the side of a replacement that the slot wants; the same as a penalty for the other side."""
_OWN_ROLE = 0.4
"""Bonus: the request calls the value what the slot is called: a message, a schedule."""
_NO_ROLE = 0.3
"""Penalty: the value has a role, and the slot does not."""
_LIST = 0.4
"""Bonus: the file is named like a list of checksums."""
_NO_LIST = 0.2
"""Penalty: it is not."""
_NO_TARGET = 0.1
"""Penalty: a target follows a word for a source."""
_NO_SOURCE = 0.2
"""Penalty: a source follows a word for a target."""
_NOT_COUNTED = 0.8
"""Penalty: the number is a port or an id."""
_CODE = 0.4
"""Penalty: the number is a code or a version."""
_PATTERN = 0.9
"""From this fit for a pattern on, the value is not considered as a file."""
_SHORT_EXTENSION = 0.5
"""The fit of a short side of a replacement for an extension."""
_BRANCH = 0.6
"""The fit of a branch for a commit."""


def fit_of(name: str, slot: Slot, value: Value) -> float:
    """Return how well `value` fits the slot called `name`; 0 or less if it does not."""
    if _is_impossible(name, value):
        return 0.0
    strength = _by_kind(name, slot, value)
    if strength and value.role:
        strength = _with_role(name, value.role, strength)
    elif not strength:
        return 0.0
    strength += _by_direction(name, value)
    sure = strength >= MIN_FIT or "number" in value.kinds
    if sure and name in (value.before.rstrip("s"), value.after.rstrip("s")):
        strength += _MEANT
    if slot.kind == "number":
        strength += _as_number(name, value)
    return strength


def _is_impossible(name: str, value: Value) -> bool:
    return (
        (name == "image" and bool(value.kinds.get("file")))
        or (name == "hash" and _HASH.fullmatch(value.text) is None)
        or (value.text == "." and name in TARGETS and value.before not in TO)
    )


def _by_kind(name: str, slot: Slot, value: Value) -> float:
    """Return how well a value fits a slot by its kinds."""
    strength = value.kinds.get(slot.kind, 0.0)
    if slot.kind == "name" and name in TARGETS and value.lead in TO:
        # The new place of something, existing or not.
        strength = max(strength, value.kinds.get("folder", 0.0) - 0.1)
    if name == "list" and slot.kind == "file":
        strength += _LIST if _SUMS.search(value.text) else -_NO_LIST
    if slot.kind == "pattern" and strength < _PATTERN:
        strength = max(strength, value.kinds.get("file", 0.0) - 0.2)
    if slot.kind == "extension" and value.role and value.kinds.get("text"):
        strength = _SHORT_EXTENSION if _EXTENSION.fullmatch(value.text) else 0.0
    if name in LEFT_OUT and "extension" in value.kinds:
        strength = value.kinds["extension"]
    if slot.kind == "text" and name in _COMMITS and "branch" in value.kinds:
        strength = max(strength, _BRANCH)
    return strength


def _with_role(name: str, role: Role, strength: float) -> float:
    """Return how well a value with a role fits a slot."""
    if role in _OWN_SLOT:
        return strength + _OWN_ROLE if name == role else 0.0
    if name in _SIDES:
        return strength + (_ROLE if _SIDES[name] == role else -_ROLE)
    return strength - _NO_ROLE


def _by_direction(name: str, value: Value) -> float:
    """Return the bonus or penalty from the words before a value, which mark it as a source or a target."""
    if name in TARGETS:
        if value.lead in TO or value.before in TO:
            return _MEANT
        return -_NO_TARGET if value.before in _FROM else 0.0
    if name in _SOURCES:
        if value.before in _FROM:
            return _MEANT
        return -_NO_SOURCE if value.before in TO else 0.0
    return 0.0


def _as_number(name: str, value: Value) -> float:
    """Return the bonus or penalty from the words beside a number, which say what it counts."""
    if value.after.startswith(name.rstrip("s")):
        return _MEANT
    if name == "pid":
        return _MEANT if value.before in ("pid", "process", "processes") else 0.0
    if value.before in _IDS:
        return -_NOT_COUNTED
    return -_CODE if value.before in _CODES else 0.0


_MIN_FIT_REQUIRED = 0.22
"""The least fit of a value for a slot without a default."""
_NEEDED = 0.5
"""The bonus for filling a slot without a default."""
_IN_ORDER = 0.02
"""The bonus for two values in the usual order of their slots."""
_CHOICES = 4
_INTO = frozenset(("to", "into", "onto"))
_PATHS = frozenset(("folder", "file", "name", "archive"))
_THINGS = frozenset(("folder", "directory", "dir"))


class Filling(NamedTuple):
    """The values of an entry's slots: `found` are from the request, `unfilled` names slots without a value."""

    values: dict[str, str]
    found: dict[str, Value]
    unfilled: tuple[str, ...]


def fill_slots(entry: Entry, values: Sequence[Value], workspace: Workspace) -> Filling:
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
        if name not in filled and (default := _default(name, slot, entry, workspace)) is not None:
            filled[name] = default
    return Filling(filled, found, tuple(name for name in entry.slots if name not in filled))


def _may_take(name: str, value: Value, excluding: bool) -> bool:
    """Return whether a value may go into a slot: exclusions go into slots for exclusions, and nothing else does."""
    if name in LEFT_OUT or not value.excluded:
        return (name in LEFT_OUT) == bool(value.excluded)
    return excluding if value.excluded == "surely" else True


def _is_misplaced(name: str, slot: Slot, value: Value, values: Sequence[Value]) -> bool:
    """Return whether the words before a value mark it as the other end of a copy."""
    if slot.kind not in _PATHS:
        return False
    if name in TARGETS:
        return (
            value.before in _THINGS
            and value.lead not in TO
            and any(other.lead in _INTO and not other.overlaps(value) for other in values if other.certain)
        )
    return value.lead in _INTO and (value.certain or value.before in _THINGS)


def _choices(name: str, slot: Slot, values: Sequence[Value]) -> list[tuple[float, Value]]:
    """Return the values that fit a slot best, with their fits; a slot without a default accepts less."""
    least = MIN_FIT if slot.default is not None else _MIN_FIT_REQUIRED
    suiting = [
        (strength, value)
        for value in values
        if (strength := fit_of(name, slot, value)) >= least and fits(_form(name, slot, value), slot.kind)
    ]
    suiting.sort(key=lambda choice: (-choice[0], -choice[1].start if name in TARGETS else choice[1].start))
    return suiting[:_CHOICES]


def _best(
    choices: Sequence[tuple[str, list[tuple[float, Value]]]], entry: Entry
) -> tuple[float, dict[str, Value]]:
    """Return the filling with the highest total fit that uses no part of the request twice."""
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
    """Return the bonus for values in the usual order of their slots."""
    return sum(
        _IN_ORDER
        for other, later in found.items()
        if (value.start < later.start) == (name not in TARGETS or other in TARGETS)
    )


def _form(name: str, slot: Slot, value: Value) -> str:
    if name in LEFT_OUT and slot.kind != "extension" and value.kinds.get("extension", 0.0) >= MIN_FIT:
        return f"*.{value.said}"
    if slot.kind == "extension":
        return value.said or value.text.lstrip(".")
    if slot.kind == "number" and value.said and "days" in value.kinds:
        return value.said
    if slot.kind == "folder" and len(value.text) > 1:
        return value.text.rstrip("/") or value.text
    return value.text


def _default(name: str, slot: Slot, entry: Entry, workspace: Workspace) -> str | None:
    if slot.kind == "archive":
        fitting = [
            archive for archive in workspace.archives if program_fits(entry.command, archive) is not False
        ]
        if len(fitting) == 1:
            return fitting[0]
    if (
        slot.kind == "branch"
        and slot.default == "main"
        and workspace.branches
        and "main" not in workspace.branches
    ):
        return "master" if "master" in workspace.branches else slot.default
    return slot.default
