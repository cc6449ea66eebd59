"""How well a value of a request suits a slot of a command, by the kind and the name of the slot."""

import re

from hitl_cli.catalogue.entry import Slot
from hitl_cli.catalogue.pattern import Pattern
from hitl_cli.catalogue.value import Role, Value

LEAST = 0.45
"""How well a value must suit a slot that has a default."""
LEFT_OUT = frozenset(("exclude", "skip", "keep"))
"""The names of slots for what is to be left out."""
TARGETS = frozenset(("to", "target", "new", "name", "output", "link", "into"))
"""The names of slots for what comes out of a command."""
TO = frozenset(("to", "into", "as", "called", "named", "with", "onto", "by"))
"""Words before what is to come out."""

_FROM = frozenset(("from", "replace", "rename", "swap", "of", "move", "copy", "between", "as", "like"))
_SOURCES = frozenset(("from", "old", "source", "list"))
_COMMITS = frozenset(("from", "to", "commit", "old", "new"))
_SIDES: dict[str, Role] = {"old": "old", "from": "old", "new": "new", "to": "new"}
_OWN_SLOT = frozenset(("command", "message", "schedule"))  # roles that are the names of slots
_CODES = frozenset(("status", "code", "error", "version", "release", "key", "year", "http"))
_IDS = frozenset(("pid", "port", "uid", "gid"))
_SUMS = Pattern(r"sums?\b|\.(?:sha\d+|md5|asc|sig)$", (), re.IGNORECASE)
_HASH = Pattern(r"[0-9a-fA-F]{16,}")
_EXTENSION = Pattern(r"\.?[A-Za-z0-9]{1,5}")

_MEANT = 0.3
"""A word beside the value is the name of the slot, or says which end of a command it is."""
_ROLE = 0.5
"""The value is the side of a replacement that the slot wants; against it, as much: the other side."""
_OWN_ROLE = 0.4
"""The value is said to be what the slot is called: a message, a schedule."""
_NO_ROLE = 0.3
"""Against: the value has a role, and the slot wants none."""
_LIST = 0.4
"""A file is called like a list of checksums."""
_NO_LIST = 0.2
"""Against: it is not."""
_NO_TARGET = 0.1
"""Against: what is to come out follows a word for what goes in."""
_NO_SOURCE = 0.2
"""Against: what goes in follows a word for what is to come out."""
_NOT_COUNTED = 0.8
"""Against: the number is a port or an id."""
_CODE = 0.4
"""Against: the number is a code or a version."""
_PATTERN = 0.9
"""How well a value suits a pattern that is not taken for a file."""
_SHORT_EXTENSION = 0.5
"""How well a side of a replacement suits an extension, where it is short enough."""
_BRANCH = 0.6
"""How well a branch stands for a commit."""


def suits_slot(name: str, slot: Slot, value: Value) -> float:
    """Return how well `value` suits the slot called `name`; nothing, or less, where it does not."""
    if _is_impossible(name, value):
        return 0.0
    strength = _by_kind(name, slot, value)
    if strength and value.role:
        strength = _with_role(name, value.role, strength)
    elif not strength:
        return 0.0
    strength += _by_direction(name, value)
    sure = strength >= LEAST or "number" in value.kinds
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
    """Return how well a value suits a slot by what it is."""
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
    """Return how well a value suits a slot that is said to have a role."""
    if role in _OWN_SLOT:
        return strength + _OWN_ROLE if name == role else 0.0
    if name in _SIDES:
        return strength + (_ROLE if _SIDES[name] == role else -_ROLE)
    return strength - _NO_ROLE


def _by_direction(name: str, value: Value) -> float:
    """Return what the words before a value say of whether it goes into a command or comes out of it."""
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
    """Return what the words beside a number say of what it counts."""
    if value.after.startswith(name.rstrip("s")):
        return _MEANT
    if name == "pid":
        return _MEANT if value.before in ("pid", "process", "processes") else 0.0
    if value.before in _IDS:
        return -_NOT_COUNTED
    return -_CODE if value.before in _CODES else 0.0
