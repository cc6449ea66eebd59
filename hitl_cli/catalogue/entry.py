"""Entries of the catalogue: a task in plain words, and its command."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hitl_cli.catalogue.value import Kind


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


class Broken(NamedTuple):
    """An entry that cannot be used: where it is, and why."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"
