"""Entries of the catalogue: a task in plain words, its command, and the slots in the command.

A slot is written `{{name}}`; its value is inserted with the quoting that the shell grammar needs at that place.
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hitl_cli.catalogue.value import Kind
from hitl_cli.requests import GAP

# A value of these kinds can stand inside quotes, because it is held to characters that mean nothing there.
PLAIN_KINDS = frozenset(
    ["extension", "number", "size", "port", "days", "interval", "user", "group", "permission"]
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PLAIN = re.compile(r"[A-Za-z0-9_.,+=:-]*")


class SlotPlace(NamedTuple):
    """A slot in a command: its extent, its name, and the quote that it stands in, empty where it stands bare."""

    start: int
    end: int
    name: str
    quote: str


def places(command: str) -> list[SlotPlace]:
    """Return the slots of `command` in order.

    Raises:
        ValueError: The quotes of the command do not match.
    """
    found = []
    nesting = [""]
    at = 0
    while at < len(command):
        quote = nesting[-1]
        if slot := GAP.match(command, at):
            found.append(SlotPlace(at, slot.end(), slot[1], quote if quote in ("'", '"') else ""))
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


class Slot(NamedTuple):
    """A gap in a command; without a `default`, its value must come from the request or from the person."""

    kind: Kind
    default: str | None = None


class Entry(NamedTuple):
    """A task and its command. One that changes anything names in `asks` the verbs that must be there to offer it."""

    id: str
    task: str
    also: tuple[str, ...]
    command: str
    changes: bool
    asks: tuple[str, ...] = ()
    context: str = ""
    needs: tuple[str, ...] = ()
    macos: str | None = None
    slots: Mapping[str, Slot] = MappingProxyType({})
    own: bool = False
    excludes: bool = False
    """Whether its task leaves something out: all but one, those that are not."""

    def command_on(self, platform: str) -> str:
        """Return the command for `platform`, one of the values of `sys.platform`."""
        return self.command if platform == "linux" or self.macos is None else self.macos

    def to_json(self) -> str:
        """Return the entry as JSON; `from_json` reads it."""
        return json.dumps([*self[:9], dict(self.slots), self.own, self.excludes])

    @classmethod
    def from_json(cls, data: str) -> "Entry":
        """Return the entry that `to_json` wrote."""
        name, task, also, command, changes, asks, context, needs, macos, slots, own, excludes = json.loads(
            data
        )
        return cls(
            name,
            task,
            tuple(also),
            command,
            changes,
            tuple(asks),
            context,
            tuple(needs),
            macos,
            {each: Slot(*slot) for each, slot in slots.items()},
            own,
            excludes,
        )


class InvalidEntry(NamedTuple):
    """An entry that cannot be used: where it is, and why."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"
