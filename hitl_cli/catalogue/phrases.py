"""Recognizes values that may contain spaces, by their form or by the words around them.

These are quoted texts, addresses, sizes and folders; search texts, replacements, commands and messages.
"""

import re
from collections.abc import Iterator

from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.times import dates_and_times, intervals, periods, schedules, time_zones
from hitl_cli.catalogue.value import Kind, Role, Value
from hitl_cli.catalogue.words import FILLERS
from hitl_cli.catalogue.workspace import Workspace

_STOP = (
    r"(?=\s+(?:in|inside|within|under|below|from|across|anywhere|here|and|or|occurs?|is|are|with|by|at|on|"
    r"without|appears?|comes?|but|shows?|again|show|even|whatever)\b|[,;]|\s*[?.!]*$)"
)
_SOUGHT = LazyPattern(
    r"\b(?:contain(?:s|ing|ed)?|mention(?:s|ing|ed)?|matching|match|saying|say|says"
    r"|(?:search|look|grep|looking|searching|hunt|scan|check|dig)\b.*?\bfor|dig out|grep"
    r"|(?:lines?|files?|entries|rows|commits?) (?:with|that have|that has|having)"
    r"|(?:starts?|starting|begins?|beginning|ends?|ending) with"
    r"|(?:use|uses|used|call|calls|define|defined|import|imports|set)(?! (?:the|a|to|in|by|for|it|them|this|that)\b)"
    r"|(?<!each )(?<!every )(?:the )?(?:word|words|text|string|phrase|function|pattern|term))"
    r"\s+(?:(?:the|a|an)\s+)?(?:(?:word|words|text|string|phrase)\s+)?"
    rf"(?P<text>\S.*?){_STOP}",
    (
        "contain", "mention", "match", "say", "for", "dig out", "grep", "with", "that ha", "having",
        "use", "call", "define", "import", "set", "word", "text", "string", "phrase", "function", "pattern", "term",
    ),
    re.IGNORECASE,
)  # fmt: skip
_HAVING = LazyPattern(
    r"\b(?:has|have|had|got)\s+(?P<text>\S+(?:\s\S+)?)\s+(?:in|inside)\b",
    ("has", "have", "had", "got"),
    re.IGNORECASE,
)
_COUNTED = LazyPattern(
    r"\bdoes\s+(?:the (?:word|text|string) )?(?P<text>\S+)\s+(?:appear|occur|come up|show up|turn up|crop up|pop up)\b",
    ("does",),
    re.IGNORECASE,
)
_OCCURS = frozenset(("occur", "occurs", "appear", "appears", "comes", "shows"))
# Search texts do not start with these.
_NO_TEXT = (
    "a ", "an ", "all ", "the ", "extension", "no ", "more ", "less ", "name", "my ", "some ", "any ", "lots ", "only ",
)  # fmt: skip
_COMMAND = LazyPattern(
    r"\b(?:the )?command\s+(?:called\s+)?(?P<text>[a-z][\w.-]*(?:\s+\S+)*?)"
    r"(?=\s+(?:with|every|in|at|after|for|and|as|on)\b|[,;]|$)",
    ("command",),
    re.IGNORECASE,
)
_RUN = LazyPattern(
    r"\b(?:run|execute|repeat|rerun|launch|start|schedule)\s+"
    r"(?!(?:a|an|the|my|this|that|it|some|something|all|every|each)\b)"
    r"(?P<text>[\w./~][\w./-]*(?:\s+-\S+)*)"
    r"(?=\s+(?:in the background|every(?: \w+)?|each|daily|hourly|at \d|at (?:noon|midnight|boot)|after|again|"
    r"in \d|detached|and keep))",
    ("run", "execute", "repeat", "launch", "start", "schedule"),
    re.IGNORECASE,
)
_MESSAGE = LazyPattern(
    r"\bmessages?\s+(?:to|into|is|as|saying|says|with)\s+(?:be |say |read )?(?P<text>\S.*?)[.!?]*$",
    ("message",),
    re.IGNORECASE,
)
_REPLACED = LazyPattern(
    r"\b(?:replaced?|substituted?|swap(?:ped)?|changed?|turn(?:ed)?|renamed?|switch(?:ed)?|exchanged?|convert(?:ed)?)"
    r"\s+(?:(?:out|all|every|each|any|the|of|word|words|text|"
    r"string|occurrences?|instances?|from|single|mention)\s+)*"
    r"(?P<old>\S+)(?:\s+(?:in|inside|within|across|throughout)\s+.+?)?"
    r"\s+(?:with|by|to|into|for)\s+(?:(?:the|a|an|word|text|string)\s+)*(?P<new>\S+)",
    ("replace", "substitute", "swap", "change", "turn", "rename", "switch", "convert"),
    re.IGNORECASE,
)
_SIDES: tuple[Role, ...] = ("old", "new")


def search_texts(request: str, workspace: Workspace) -> Iterator[Value]:
    """Yield texts to search for in files or in their names."""
    for pattern in (_SOUGHT, _HAVING, _COUNTED):
        for match in pattern.finditer(request):
            text = match["text"].strip("\"'`")
            if _may_be_sought(text) and not workspace.is_file(text):
                yield Value(text, match.start("text"), match.end("text"), {"text": 0.85, "pattern": 0.5})


def _may_be_sought(text: str) -> bool:
    lower = text.lower()
    first = lower.split()[0] if lower.split() else ""
    return len(text) > 1 and first not in FILLERS | _OCCURS and not lower.startswith(_NO_TEXT)


def commands(request: str) -> Iterator[Value]:
    """Yield commands that the request wants to run at a certain time or in a certain way."""
    for pattern, strength in ((_COMMAND, 0.6), (_RUN, 0.9)):
        for match in pattern.finditer(request):
            text = match["text"]
            yield Value(text, match.start("text"), match.end("text"), {"text": strength}, role="command")


def messages(request: str) -> Iterator[Value]:
    """Yield the text of a commit message or another message."""
    for match in _MESSAGE.finditer(request):
        yield Value(match["text"], match.start("text"), match.end("text"), {"text": 1.1}, role="message")


def replacements(request: str) -> Iterator[Value]:
    """Yield the old and the new text of a replacement."""
    for match in _REPLACED.finditer(request):
        for role in _SIDES:
            text = match[role].strip("\"'`,.;?!()")
            if text and text.lower() not in FILLERS:
                start = match.start(role) + match[role].find(text)
                yield Value(text, start, start + len(text), {"text": 0.75}, role=role)


_QUOTED = LazyPattern(
    r"(?<!\w)(?P<quote>[\"'`])(?P<text>.+?)(?P=quote)(?!\w)|[\u201c](?P<curly>.+?)[\u201d]", "\"'`\u201c"
)
_URL = LazyPattern(r"(?:https?|ftp|ssh|git|file)://\S+|git@[\w.-]+:\S+", ("://", "git@"))
_SIZE = LazyPattern(
    r"\b([0-9]+(?:\.[0-9]+)?)\s*(k|m|g|t|kb|mb|gb|tb|kib|mib|gib|megs?|gigs?|megabytes?|gigabytes?)\b",
    "0123456789",
    re.IGNORECASE,
)
FILE = LazyPattern(r"[\w@%+,=~-][\w.@%+,=~-]*\.[A-Za-z][\w]{0,9}|\.[\w.-]+", ".")
"""The form of a file name."""

_PLACES = {
    ".": LazyPattern(
        r"\b(?:(?:this|the current|current) (?:folder|directory|dir)|here)\b",
        ("this ", "current ", "here"),
        re.IGNORECASE,
    ),
    "~": LazyPattern(
        r"\bmy home(?: (?:folder|directory|dir))?\b|\bhome (?:folder|directory|dir)\b",
        ("home",),
        re.IGNORECASE,
    ),
    "..": LazyPattern(
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


def phrase_values(request: str, workspace: Workspace) -> Iterator[Value]:
    """Yield the values that are recognized by their form or the words around them; they may contain spaces."""
    yield from _quoted(request, workspace)
    yield from _addresses(request)
    yield from dates_and_times(request)
    yield from _sizes(request)
    yield from periods(request)
    yield from intervals(request)
    yield from time_zones(request)
    yield from _places(request)
    yield from search_texts(request, workspace)
    yield from commands(request)
    yield from schedules(request)
    yield from messages(request)
    yield from replacements(request)


def _quoted(request: str, workspace: Workspace) -> Iterator[Value]:
    for match in _QUOTED.finditer(request):
        text = match["text"] or match["curly"]
        value = Value(
            text, match.start(), match.end(), {"text": 1.2, "name": 0.8, "pattern": 0.9}, certain=True
        )
        if workspace.is_folder(text):
            value.kinds |= {"folder": 1.2, "text": 0.3}
        elif workspace.is_file(text):
            value.kinds |= {"file": 1.2, "archive": 1.2, "text": 0.3}
        elif FILE.fullmatch(text) or "/" in text:
            value.kinds |= {"file": 0.9, "folder": 0.8}
        for kind in _NAMED:
            value.kinds.setdefault(kind, 0.5 if " " not in text else 0.0)
        yield value


def _addresses(request: str) -> Iterator[Value]:
    for match in _URL.finditer(request):
        text = match[0].rstrip(".,?")
        yield Value(text, match.start(), match.end(), {"url": 1.2, "text": 0.2, "host": 0.2}, certain=True)


def _sizes(request: str) -> Iterator[Value]:
    for match in _SIZE.finditer(request):
        text = match[1] + match[2][0].upper()
        yield Value(
            text, match.start(), match.end(), {"size": 1.2, "number": 0.5}, said=match[1], certain=True
        )


def _places(request: str) -> Iterator[Value]:
    """Yield folders that the request describes: the current one, its parent, the home folder."""
    for place, pattern in _PLACES.items():
        for match in pattern.finditer(request):
            yield Value(place, match.start(), match.end(), {"folder": 0.8 if place != "." else 0.5})
