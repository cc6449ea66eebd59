"""Texts that the words around them tell: what is looked for, replaced, run, or written into a message."""

import re
from collections.abc import Iterator

from hitl_cli.catalogue.pattern import Pattern
from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.value import Role, Value
from hitl_cli.catalogue.words import FILLERS

_STOP = (
    r"(?=\s+(?:in|inside|within|under|below|from|across|anywhere|here|and|or|occurs?|is|are|with|by|at|on|"
    r"without|appears?|comes?|but|shows?|again|show|even|whatever)\b|[,;]|\s*[?.!]*$)"
)
_SOUGHT = Pattern(
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
_HAVING = Pattern(
    r"\b(?:has|have|had|got)\s+(?P<text>\S+(?:\s\S+)?)\s+(?:in|inside)\b",
    ("has", "have", "had", "got"),
    re.IGNORECASE,
)
_COUNTED = Pattern(
    r"\bdoes\s+(?:the (?:word|text|string) )?(?P<text>\S+)\s+(?:appear|occur|come up|show up|turn up|crop up|pop up)\b",
    ("does",),
    re.IGNORECASE,
)
_OCCURS = frozenset(("occur", "occurs", "appear", "appears", "comes", "shows"))
# How no text begins that is looked for.
_NO_TEXT = (
    "a ", "an ", "all ", "the ", "extension", "no ", "more ", "less ", "name", "my ", "some ", "any ", "lots ", "only ",
)  # fmt: skip
_COMMAND = Pattern(
    r"\b(?:the )?command\s+(?:called\s+)?(?P<text>[a-z][\w.-]*(?:\s+\S+)*?)"
    r"(?=\s+(?:with|every|in|at|after|for|and|as|on)\b|[,;]|$)",
    ("command",),
    re.IGNORECASE,
)
_RUN = Pattern(
    r"\b(?:run|execute|repeat|rerun|launch|start|schedule)\s+"
    r"(?!(?:a|an|the|my|this|that|it|some|something|all|every|each)\b)"
    r"(?P<text>[\w./~][\w./-]*(?:\s+-\S+)*)"
    r"(?=\s+(?:in the background|every(?: \w+)?|each|daily|hourly|at \d|at (?:noon|midnight|boot)|after|again|"
    r"in \d|detached|and keep))",
    ("run", "execute", "repeat", "launch", "start", "schedule"),
    re.IGNORECASE,
)
_MESSAGE = Pattern(
    r"\bmessages?\s+(?:to|into|is|as|saying|says|with)\s+(?:be |say |read )?(?P<text>\S.*?)[.!?]*$",
    ("message",),
    re.IGNORECASE,
)
_REPLACED = Pattern(
    r"\b(?:replaced?|substituted?|swap(?:ped)?|changed?|turn(?:ed)?|renamed?|switch(?:ed)?|exchanged?|convert(?:ed)?)"
    r"\s+(?:(?:out|all|every|each|any|the|of|word|words|text|"
    r"string|occurrences?|instances?|from|single|mention)\s+)*"
    r"(?P<old>\S+)(?:\s+(?:in|inside|within|across|throughout)\s+.+?)?"
    r"\s+(?:with|by|to|into|for)\s+(?:(?:the|a|an|word|text|string)\s+)*(?P<new>\S+)",
    ("replace", "substitute", "swap", "change", "turn", "rename", "switch", "convert"),
    re.IGNORECASE,
)
_SIDES: tuple[Role, ...] = ("old", "new")


def sought(request: str, around: Surroundings) -> Iterator[Value]:
    """Yield what is looked for in files or in their names."""
    for pattern in (_SOUGHT, _HAVING, _COUNTED):
        for match in pattern.finditer(request):
            text = match["text"].strip("\"'`")
            if _may_be_sought(text) and not around.is_file(text):
                yield Value(text, match.start("text"), match.end("text"), {"text": 0.85, "pattern": 0.5})


def _may_be_sought(text: str) -> bool:
    lower = text.lower()
    first = lower.split()[0] if lower.split() else ""
    return len(text) > 1 and first not in FILLERS | _OCCURS and not lower.startswith(_NO_TEXT)


def commands(request: str) -> Iterator[Value]:
    """Yield commands that are to be run, at a time or in a way that the request says."""
    for pattern, strength in ((_COMMAND, 0.6), (_RUN, 0.9)):
        for match in pattern.finditer(request):
            text = match["text"]
            yield Value(text, match.start("text"), match.end("text"), {"text": strength}, role="command")


def messages(request: str) -> Iterator[Value]:
    """Yield what a commit or another message is to say."""
    for match in _MESSAGE.finditer(request):
        yield Value(match["text"], match.start("text"), match.end("text"), {"text": 1.1}, role="message")


def replaced(request: str) -> Iterator[Value]:
    """Yield both sides of a replacement."""
    for match in _REPLACED.finditer(request):
        for role in _SIDES:
            text = match[role].strip("\"'`,.;?!()")
            if text and text.lower() not in FILLERS:
                start = match.start(role) + match[role].find(text)
                yield Value(text, start, start + len(text), {"text": 0.75}, role=role)
