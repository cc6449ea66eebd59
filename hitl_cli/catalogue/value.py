"""A part of a request that may fill slots of a command."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Value:
    """Its text, its extent in the request, and how well it suits each kind of slot."""

    text: str
    start: int
    end: int
    kinds: dict[str, float]
    before: str = ""
    after: str = ""
    lead: str = ""
    """The word before the whole expression: `to` in 'to the folder old'."""
    several: bool = False
    """Whether the words around it mean several things: 'all .log', '.log files'."""
    noun: str = ""
    """What it is the name of, where that is said: `group` in 'a group called developers'."""
    said: str = ""
    role: str = ""
    """`old` or `new` for the sides of a replacement."""
    solid: bool = field(default=False)
    """Whether it can be nothing but a value; another word may just be a word."""
    named: bool = field(default=False)
    """Whether the words before it say that it is the name of something: `web` in 'the container web'."""
    excluded: str = ""
    """`surely` or `perhaps` where it is said to be left out."""
    novel: bool = field(default=False)
    """Whether it is a word that neither the catalogue nor everyday English has, so that it is likely a name."""

    def overlaps(self, other: "Value") -> bool:
        """Whether both have a part of the request in common."""
        return self.start < other.end and other.start < self.end
