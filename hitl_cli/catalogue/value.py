"""A part of a request that may fill slots of a command."""

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
"""What a slot holds, and what a part of a request may be."""

Strengths = dict[Kind, float]
"""How well something suits each kind of slot: above 1 it can hardly be another kind, below 0.45 it only fills a gap."""

Role = Literal["", "old", "new", "command", "message", "schedule"]
"""What a value is said to be: a side of a replacement, or what the slot of that name wants."""


@dataclass(eq=False)
class Value:
    """Its text, its extent in the request, and how well it suits each kind of slot."""

    text: str
    start: int
    end: int
    kinds: Strengths
    before: str = ""
    after: str = ""
    lead: str = ""
    """The word before the whole expression: `to` in 'to the folder old'."""
    several: bool = False
    """Whether the words around it mean several things: 'all .log', '.log files'."""
    noun: str = ""
    """What it is the name of, where that is said: `group` in 'a group called developers'."""
    said: str = ""
    """The number or the extension that was said, where `text` is another form of it."""
    role: Role = ""
    certain: bool = False
    """Whether it can be nothing but a value; another word may just be a word."""
    described: bool = False
    """Whether an article or the like stands before it, and no noun after it: 'the queen', but not 'the web server'."""
    named: bool = False
    """Whether the words before it say that it is the name of something: `web` in 'the container web'."""
    excluded: Literal["", "surely", "perhaps"] = ""
    """Whether it is said to be left out."""
    novel: bool = False
    """Whether it is a word that neither the catalogue nor everyday English has, so that it is likely a name."""

    def overlaps(self, other: "Value") -> bool:
        """Whether both have a part of the request in common."""
        return self.start < other.end and other.start < self.end

    def may_be(self, kind: Kind, strength: float) -> None:
        """Note that it suits a kind of slot at least so well."""
        self.kinds[kind] = max(self.kinds.get(kind, 0.0), strength)
