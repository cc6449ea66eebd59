"""Commands with slots: where each `{{slot}}` stands in the shell's grammar, and how a value is put in its place."""

import re
import shlex
from collections.abc import Mapping
from typing import NamedTuple

SLOT = re.compile(r"\{\{([a-z_]+)\}\}")

# A value of these kinds can stand inside quotes, because it is held to characters that mean nothing there.
PLAIN_KINDS = frozenset(
    ["extension", "number", "size", "port", "days", "interval", "user", "group", "permission"]
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PLAIN = re.compile(r"[A-Za-z0-9_.,+=:-]*")


class Place(NamedTuple):
    """A slot in a command: its extent, its name, and the quote that it stands in, empty where it stands bare."""

    start: int
    end: int
    name: str
    quote: str


def places(command: str) -> list[Place]:
    """Return the slots of `command` in order.

    Raises:
        ValueError: The quotes of the command do not match.
    """
    found = []
    nesting = [""]
    at = 0
    while at < len(command):
        quote = nesting[-1]
        if slot := SLOT.match(command, at):
            found.append(Place(at, slot.end(), slot[1], quote if quote in ("'", '"') else ""))
            at = slot.end()
            continue
        char = command[at]
        if quote == "'":
            if char == "'":
                nesting.pop()
        elif char == "\\":
            at += 1
        elif command.startswith("$(", at):
            nesting.append("(")
            at += 1
        elif quote == '"':
            if char == '"':
                nesting.pop()
        elif char in "'\"":
            nesting.append(char)
        elif quote == "(" and char in "()":
            nesting.append("(") if char == "(" else nesting.pop()
        at += 1
    if nesting != [""]:
        raise ValueError("its quotes do not match")
    return found


def fits(value: str, kind: str) -> bool:
    """Whether `value` may stand for a slot of `kind`."""
    if kind == "number":
        return _NUMBER.fullmatch(value) is not None
    return kind not in PLAIN_KINDS or _PLAIN.fullmatch(value) is not None


def fill(command: str, values: Mapping[str, str]) -> str:
    """Return `command` with `values` in their slots, quoted for the shell where they need it.

    A slot without a value stays.
    """
    pieces, last = [], 0
    for place in places(command):
        if place.name not in values:
            continue
        value = values[place.name]
        pieces += [command[last : place.start], value if place.quote else _bare(value)]
        last = place.end
    return "".join([*pieces, command[last:]])


def _bare(value: str) -> str:
    if value.startswith("~/"):  # the home folder is meant, and a quote would hide that from the shell
        return "~/" + shlex.quote(value[2:]) if value[2:] else "~/"
    return value if value == "~" else shlex.quote(value)
