"""A variable of the environment that a command changed, as it is told to a person and kept in the journal."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class ChangedVariable:
    """A variable that a command set, changed or removed.

    `old` and `new` are what may be shown of its values: secrets masked, long ones cut around what differs. They are
    None where there was, or is, no such variable.
    """

    name: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{self.name}: {_told(self.old)} → {_told(self.new)}"


def _told(value: str | None) -> str:
    """Return a value as a shell would take it, so that no value looks like the words around it."""
    return "not set" if value is None else shlex.quote(value)
