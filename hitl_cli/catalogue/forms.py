"""Values that can be told by their form, though they may hold blanks: quoted texts, addresses, dates, sizes."""

import re
from collections.abc import Iterator

from hitl_cli.catalogue.pattern import Pattern
from hitl_cli.catalogue.sought import commands, messages, replaced, sought
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.times import days, moments, schedules, seconds, zones
from hitl_cli.catalogue.value import Kind, Value

_QUOTED = Pattern(
    r"(?<!\w)(?P<quote>[\"'`])(?P<text>.+?)(?P=quote)(?!\w)|[\u201c](?P<curly>.+?)[\u201d]", "\"'`\u201c"
)
_URL = Pattern(r"(?:https?|ftp|ssh|git|file)://\S+|git@[\w.-]+:\S+", ("://", "git@"))
_SIZE = Pattern(
    r"\b([0-9]+(?:\.[0-9]+)?)\s*(k|m|g|t|kb|mb|gb|tb|kib|mib|gib|megs?|gigs?|megabytes?|gigabytes?)\b",
    "0123456789",
    re.IGNORECASE,
)
FILE = Pattern(r"[\w@%+,=~-][\w.@%+,=~-]*\.[A-Za-z][\w]{0,9}|\.[\w.-]+", ".")
"""What looks like the name of a file."""

_PLACES = {
    ".": Pattern(
        r"\b(?:(?:this|the current|current) (?:folder|directory|dir)|here)\b",
        ("this ", "current ", "here"),
        re.IGNORECASE,
    ),
    "~": Pattern(
        r"\bmy home(?: (?:folder|directory|dir))?\b|\bhome (?:folder|directory|dir)\b",
        ("home",),
        re.IGNORECASE,
    ),
    "..": Pattern(
        r"\b(?:parent (?:folder|directory|dir)|(?:folder|directory|dir) above|one level up)\b",
        ("parent", "above", "level up"),
        re.IGNORECASE,
    ),
}
_NAMED: tuple[Kind, ...] = (
    "user",
    "group",
    "package",
    "service",
    "container",
    "branch",
    "process",
    "variable",
)


def special(request: str, around: Surroundings) -> Iterator[Value]:
    """Yield what can be told by its form, or by the words around it, though it may hold blanks."""
    yield from _quoted(request, around)
    yield from _addresses(request)
    yield from moments(request)
    yield from _sizes(request)
    yield from days(request)
    yield from seconds(request)
    yield from zones(request)
    yield from _places(request)
    yield from sought(request, around)
    yield from commands(request)
    yield from schedules(request)
    yield from messages(request)
    yield from replaced(request)


def _quoted(request: str, around: Surroundings) -> Iterator[Value]:
    for match in _QUOTED.finditer(request):
        text = match["text"] or match["curly"]
        value = Value(
            text, match.start(), match.end(), {"text": 1.2, "name": 0.8, "pattern": 0.9}, solid=True
        )
        if around.is_folder(text):
            value.kinds |= {"folder": 1.2, "text": 0.3}
        elif around.is_file(text):
            value.kinds |= {"file": 1.2, "archive": 1.2, "text": 0.3}
        elif FILE.fullmatch(text) or "/" in text:
            value.kinds |= {"file": 0.9, "folder": 0.8}
        for kind in _NAMED:
            value.kinds.setdefault(kind, 0.5 if " " not in text else 0.0)
        yield value


def _addresses(request: str) -> Iterator[Value]:
    for match in _URL.finditer(request):
        text = match[0].rstrip(".,?")
        yield Value(text, match.start(), match.end(), {"url": 1.2, "text": 0.2, "host": 0.2}, solid=True)


def _sizes(request: str) -> Iterator[Value]:
    for match in _SIZE.finditer(request):
        text = match[1] + match[2][0].upper()
        yield Value(text, match.start(), match.end(), {"size": 1.2, "number": 0.5}, said=match[1], solid=True)


def _places(request: str) -> Iterator[Value]:
    """Yield the folders that have no name in the request: this one, the one above, the person's own."""
    for place, pattern in _PLACES.items():
        for match in pattern.finditer(request):
            yield Value(place, match.start(), match.end(), {"folder": 0.8 if place != "." else 0.5})
