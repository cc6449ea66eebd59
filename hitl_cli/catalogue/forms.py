"""Values that can be told by their form, though they may hold blanks: quoted texts, addresses, dates, sizes."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from hitl_cli.catalogue.surroundings import Surroundings
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.words import FILLERS

_QUOTED = re.compile(r"(?<!\w)(?P<quote>[\"'`])(?P<text>.+?)(?P=quote)(?!\w)|[\u201c](?P<curly>.+?)[\u201d]")
_URL = re.compile(r"(?:https?|ftp|ssh|git|file)://\S+|git@[\w.-]+:\S+")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s+UTC)?"
_DATE = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK})?"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}\b(?:,? \d{{4}})?",
    re.IGNORECASE,
)
_TIME = re.compile(r"(?<![\w:.])(?:\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}\s?[ap]m)(?![\w:.]*\w)", re.IGNORECASE)
_SPOKEN_DATE = re.compile(
    r"\b(?:today|yesterday|tomorrow|(?:next|last|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|\d+ (?:day|week|month|year|hour|minute)s? (?:ago|from now))\b",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\b(\d+(?:\.\d+)?)\s*(k|m|g|t|kb|mb|gb|tb|kib|mib|gib|megs?|gigs?|megabytes?|gigabytes?)\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(\d+|an?|one|two|three|four|five|six|seven|ten)\s+(day|week|month|year)s?\b", re.IGNORECASE
)
_SECONDS = re.compile(r"\b(\d+)\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)
FILE = re.compile(r"[\w@%+,=~-][\w.@%+,=~-]*\.[A-Za-z][\w]{0,9}|\.[\w.-]+")
_STOP = (
    r"(?=\s+(?:in|inside|within|under|below|from|across|anywhere|here|and|or|occurs?|is|are|with|by|at|on|"
    r"without|appears?|comes?|but|shows?|again|show|even|whatever)\b|[,;]|\s*[?.!]*$)"
)
_SOUGHT = re.compile(
    r"\b(?:contain(?:s|ing|ed)?|mention(?:s|ing|ed)?|matching|match|saying|say|says"
    r"|(?:search|look|grep|looking|searching|hunt|scan|check|dig)\b.*?\bfor|dig out|grep"
    r"|(?:lines?|files?|entries|rows|commits?) (?:with|that have|that has|having)|(?:starts?|starting|begins?|beginning|ends?|ending) with"
    r"|(?:use|uses|used|call|calls|define|defined|import|imports|set)(?! (?:the|a|to|in|by|for|it|them|this|that)\b)"
    r"|(?<!each )(?<!every )(?:the )?(?:word|words|text|string|phrase|function|pattern|term))\s+(?:(?:the|a|an)\s+)?(?:(?:word|words|text|string|phrase)\s+)?"
    rf"(?P<text>\S.*?){_STOP}",
    re.IGNORECASE,
)
_OCCURS = frozenset(("occur", "occurs", "appear", "appears", "comes", "shows"))
_NO_TEXT = (
    "a ",
    "an ",
    "all ",
    "the ",
    "extension",
    "no ",
    "more ",
    "less ",
    "name",
    "my ",
    "some ",
    "any ",
    "lots ",
    "only ",
)
_HAVING = re.compile(r"\b(?:has|have|had|got)\s+(?P<text>\S+(?:\s\S+)?)\s+(?:in|inside)\b", re.IGNORECASE)
_REPLACED = re.compile(
    r"\b(?:replaced?|substituted?|swap(?:ped)?|changed?|turn(?:ed)?|renamed?|switch(?:ed)?|exchanged?|convert(?:ed)?)\s+(?:(?:out|all|every|each|any|the|of|word|words|text|"
    r"string|occurrences?|instances?|from|single|mention)\s+)*(?P<old>\S+)(?:\s+(?:in|inside|within|across|throughout)\s+.+?)?"
    r"\s+(?:with|by|to|into|for)\s+(?:(?:the|a|an|word|text|string)\s+)*(?P<new>\S+)",
    re.IGNORECASE,
)
_PLACES = {
    re.compile(r"\b(?:(?:this|the current|current) (?:folder|directory|dir)|here)\b", re.IGNORECASE): ".",
    re.compile(
        r"\bmy home(?: (?:folder|directory|dir))?\b|\bhome (?:folder|directory|dir)\b", re.IGNORECASE
    ): "~",
    re.compile(
        r"\b(?:parent (?:folder|directory|dir)|(?:folder|directory|dir) above|one level up)\b", re.IGNORECASE
    ): "..",
}
_COMMAND = re.compile(
    r"\b(?:the )?command\s+(?:called\s+)?(?P<text>[a-z][\w.-]*(?:\s+\S+)*?)(?=\s+(?:with|every|in|at|after|for|and|as|on)\b|[,;]|$)",
    re.IGNORECASE,
)
_RUN = re.compile(
    r"\b(?:run|execute|repeat|rerun|launch|start|schedule)\s+(?!(?:a|an|the|my|this|that|it|some|something|all|every|each)\b)"
    r"(?P<text>[\w./~][\w./-]*(?:\s+-\S+)*)"
    r"(?=\s+(?:in the background|every(?: \w+)?|each|daily|hourly|at \d|at (?:noon|midnight|boot)|after|again|in \d|detached|and keep))",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bdoes\s+(?:the (?:word|text|string) )?(?P<text>\S+)\s+(?:appear|occur|come up|show up|turn up|crop up|pop up)\b",
    re.IGNORECASE,
)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_HOURS = {"night": 3, "morning": 7, "evening": 19, "noon": 12}
_SCHEDULE = re.compile(
    r"\b(?:every|each) (?P<unit>minute|hour|day|night|morning|evening|noon|week|month|(?:sun|mon|tues|wednes|thurs|fri|satur)day)"
    r"(?: at (?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s?(?P<half>[ap]m)?)?\b",
    re.IGNORECASE,
)
_MESSAGE = re.compile(
    r"\bmessages?\s+(?:to|into|is|as|saying|says|with)\s+(?:be |say |read )?(?P<text>\S.*?)[.!?]*$",
    re.IGNORECASE,
)
_PLACE_WORD = re.compile(r"[A-Za-z_]+(?:/[A-Za-z_]+)*")
_ZONES = Path("/usr/share/zoneinfo")
_REGIONS = ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian")
_ABBREVIATIONS = frozenset(("UTC", "GMT", "CET", "EST", "MST", "EET"))
ORDINAL = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
NUMBERS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "twenty": "20", "fifty": "50", "hundred": "100",
}  # fmt: skip
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def special(request: str, around: Surroundings) -> Iterator[Value]:
    """Yield what can be told by its form, though it may hold blanks."""
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
        for kind in ("user", "group", "package", "service", "container", "branch", "process", "variable"):
            value.kinds.setdefault(kind, 0.5 if " " not in text else 0.0)
        yield value
    for match in _URL.finditer(request):
        yield Value(
            match[0].rstrip(".,?"),
            match.start(),
            match.end(),
            {"url": 1.2, "text": 0.2, "host": 0.2},
            solid=True,
        )
    for match in _DATE.finditer(request):
        text = re.sub(r"(?i)^the |(?<=\d)(?:st|nd|rd|th)| of\b", "", match[0])
        yield Value(text, match.start(), match.end(), {"date": 1.2, "text": 0.3}, solid=True)
    dates = [match.span() for match in _DATE.finditer(request)]
    for match in _TIME.finditer(request):
        if not any(start <= match.start() < end for start, end in dates):
            yield Value(match[0], match.start(), match.end(), {"date": 1.1, "text": 0.4}, solid=True)
    for match in _SPOKEN_DATE.finditer(request):
        yield Value(match[0].lower(), match.start(), match.end(), {"date": 0.9})
    for match in _SIZE.finditer(request):
        unit = match[2][0].upper()
        yield Value(
            match[1] + unit,
            match.start(),
            match.end(),
            {"size": 1.2, "number": 0.5},
            said=match[1],
            solid=True,
        )
    for match in _PERIOD.finditer(request):
        count = int(
            NUMBERS.get(match[1].lower(), match[1]) if match[1].lower() not in ("a", "an", "one") else 1
        )
        text = str(count * _DAYS[match[2].lower()])
        solid = match[1].isdigit()
        yield Value(
            text, match.start(), match.end(), {"days": 1.2, "number": 0.4}, said=str(count), solid=solid
        )
    for match in _SECONDS.finditer(request):
        yield Value(match[1], match.start(), match.end(), {"interval": 1.2, "number": 0.9}, solid=True)
    yield from _zones(request)
    for pattern, place in _PLACES.items():
        for match in pattern.finditer(request):
            yield Value(place, match.start(), match.end(), {"folder": 0.8 if place != "." else 0.5})
    yield from _texts(request, around)


def _schedule(match: re.Match[str]) -> str:
    """Return the five fields of cron for a spoken time, empty where it has none."""
    unit = match["unit"].lower().removesuffix("s")
    hour, minute = int(match["hour"] or _HOURS.get(unit, 0)), int(match["minute"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    if hour > 23 or minute > 59:
        return ""
    if unit in ("minute", "hour"):
        return "* * * * *" if unit == "minute" else f"{minute} * * * *"
    day = "1" if unit == "month" else "*"
    weekday = "1" if unit == "week" else str(_WEEKDAYS.index(unit[:3])) if unit[:3] in _WEEKDAYS else "*"
    return f"{minute} {hour} {day} * {'*' if unit == 'month' else weekday}"


def _zones(request: str) -> Iterator[Value]:
    """Yield the time zones that the zones of this machine have for cities and abbreviations."""
    spoken = list(_PLACE_WORD.finditer(request))
    for first, last in [*itertools.pairwise(spoken), *((word, word) for word in spoken)]:
        said = request[first.start() : last.end()]
        city = said.title().replace(" ", "_")
        found = [f"{region}/{city}" for region in _REGIONS if (_ZONES / region / city).is_file()]
        if said.upper() in _ABBREVIATIONS or "/" in said:
            found += [name for name in (said, said.upper()) if (_ZONES / name).is_file()]
        if found:
            yield Value(found[0], first.start(), last.end(), {"zone": 1.2})


def _texts(request: str, around: Surroundings) -> Iterator[Value]:
    """Yield what is looked for, or replaced, where the words around it say so."""
    for pattern in (_SOUGHT, _HAVING, _COUNTED):
        for match in pattern.finditer(request):
            text = match["text"].strip("\"'`")
            plain = text.lower()
            first = plain.split()[0] if plain.split() else ""
            if (
                len(text) > 1
                and first not in FILLERS | _OCCURS
                and not plain.startswith(_NO_TEXT)
                and not around.is_file(text)
            ):
                yield Value(text, match.start("text"), match.end("text"), {"text": 0.85, "pattern": 0.5})
    for pattern, strength in ((_COMMAND, 0.6), (_RUN, 0.9)):
        for match in pattern.finditer(request):
            yield Value(
                match["text"], match.start("text"), match.end("text"), {"text": strength}, role="command"
            )
    for match in _SCHEDULE.finditer(request):
        if schedule := _schedule(match):
            yield Value(schedule, match.start(), match.end(), {"text": 1.2}, role="schedule", solid=True)
    for match in _MESSAGE.finditer(request):
        yield Value(match["text"], match.start("text"), match.end("text"), {"text": 1.1}, role="message")
    for match in _REPLACED.finditer(request):
        for role in ("old", "new"):
            text = match[role].strip("\"'`,.;?!()")
            if text and text.lower() not in FILLERS:
                start = match.start(role) + match[role].find(text)
                yield Value(text, start, start + len(text), {"text": 0.75}, role=role)
