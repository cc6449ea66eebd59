"""An environment variable that a command changed, as it is shown to a person and stored in the journal."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class ChangedVariable:
    """A variable that a command set, changed or removed.

    `old` and `new` are its values for display: secrets are masked, long values are cut around the difference. They are
    None if the variable was, or is, not set.
    """

    name: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{self.name}: {_told(self.old)} → {_told(self.new)}"


def _told(value: str | None) -> str:
    """Return a value quoted for a shell, so that no value looks like the words around it."""
    return "not set" if value is None else shlex.quote(value)
