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

# Values of these kinds may stand inside quotes, because they are limited to characters without a meaning there.
PLAIN_KINDS = frozenset(
    ["extension", "number", "size", "port", "days", "interval", "user", "group", "permission"]
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_PLAIN = re.compile(r"[A-Za-z0-9_.,+=:-]*")


class SlotPlace(NamedTuple):
    """A slot in a command: its position, its name, and the quote around it, empty if it is not quoted."""

    start: int
    end: int
    name: str
    quote: str


def places(command: str) -> list[SlotPlace]:
    """Return the slots of `command` in order.

    Raises:
        ValueError: The command has an unclosed quote.
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
        raise ValueError("its command has an unclosed quote")
    return found


def fits(value: str, kind: str) -> bool:
    """Return whether `value` is allowed in a slot of `kind`."""
    if kind == "number":
        return _NUMBER.fullmatch(value) is not None
    return kind not in PLAIN_KINDS or _PLAIN.fullmatch(value) is not None


def fill(command: str, values: Mapping[str, str]) -> str:
    """Return `command` with `values` inserted into their slots, quoted for the shell if necessary.

    A slot without a value is left as it is.
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
    if value.startswith("~/"):  # inside quotes, the shell would not expand the home folder
        return "~/" + shlex.quote(value[2:]) if value[2:] else "~/"
    return value if value == "~" else shlex.quote(value)


class Slot(NamedTuple):
    """A slot in a command; without a `default`, its value must come from the request or from the person."""

    kind: Kind
    default: str | None = None


class Entry(NamedTuple):
    """A task and its command. If it changes anything, it is offered only for requests with a verb from `asks`."""

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
    """Whether its task excludes something: all but one, those that are not."""

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
    """An invalid entry: where it is, and why it is invalid."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"
