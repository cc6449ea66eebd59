"""Values: parts of a request that may fill slots of a command."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "archive",
    "branch",
    "container",
    "date",
    "days",
    "extension",
    "file",
    "folder",
    "group",
    "host",
    "interval",
    "name",
    "number",
    "package",
    "pattern",
    "permission",
    "port",
    "process",
    "service",
    "size",
    "text",
    "url",
    "user",
    "variable",
    "zone",
]
"""The kinds of slots and of values."""

Strengths = dict[Kind, float]
"""How well a value fits each kind of slot: above 1, it can hardly be another kind; below 0.45, it is a last resort."""

Role = Literal["", "old", "new", "command", "message", "schedule"]
"""The role of a value: a side of a replacement, or the slot that the request names."""


@dataclass(eq=False)
class Value:
    """A value: its text, its position in the request, and how well it fits each kind of slot."""

    text: str
    start: int
    end: int
    kinds: Strengths
    before: str = ""
    after: str = ""
    lead: str = ""
    """The word before the whole expression: `to` in 'to the folder old'."""
    several: bool = False
    """Whether the words around it are plural: 'all .log', '.log files'."""
    noun: str = ""
    """What it is the name of, if the request says so: `group` in 'a group called developers'."""
    said: str = ""
    """The number or extension in the request, if `text` is another form of it."""
    role: Role = ""
    certain: bool = False
    """Whether it is certainly a value, and not just a word."""
    described: bool = False
    """Whether an article precedes it and no noun follows: 'the queen', but not 'the web server'."""
    named: bool = False
    """Whether the words before it introduce a name: `web` in 'the container web'."""
    excluded: Literal["", "surely", "perhaps"] = ""
    """Whether the request excludes it."""
    novel: bool = False
    """Whether it is unknown to the catalogue and to everyday English, so that it is probably a name."""

    def overlaps(self, other: "Value") -> bool:
        """Return whether both share a part of the request."""
        return self.start < other.end and other.start < self.end

    def may_be(self, kind: Kind, strength: float) -> None:
        """Set the fit for a kind of slot to at least `strength`."""
        self.kinds[kind] = max(self.kinds.get(kind, 0.0), strength)
