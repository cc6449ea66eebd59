"""Recognizes dates, times, periods, time zones and schedules in a request."""

import itertools
import os
import re
from collections.abc import Iterator

from hitl_cli.catalogue.lazy_pattern import LazyPattern
from hitl_cli.catalogue.value import Value

ORDINAL = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
NUMBERS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "twenty": "20", "fifty": "50", "hundred": "100",
}  # fmt: skip
DIGITS = "0123456789"

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\s+UTC)?"
_DATE = LazyPattern(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ]{_CLOCK})?"
    rf"|(?:the )?[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? [0-9]{{4}})?"
    rf"|{_MONTH} [0-9]{{1,2}}\b(?:,? [0-9]{{4}})?",
    DIGITS,
    re.IGNORECASE,
)
_DATE_CHATTER = LazyPattern(r"^the |(?<=[0-9])(?:st|nd|rd|th)| of\b", (), re.IGNORECASE)
_TIME = LazyPattern(
    r"(?<![\w:.])(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9]{1,2}\s?[ap]m)(?![\w:.]*\w)", DIGITS, re.IGNORECASE
)
_SPOKEN_DATE = LazyPattern(
    r"\b(?:today|yesterday|tomorrow|(?:next|last|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|[0-9]+ (?:day|week|month|year|hour|minute)s? (?:ago|from now))\b",
    ("day", "tomorrow", " ago", "from now"),
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_PERIOD = LazyPattern(
    r"\b([0-9]+|an?|one|two|three|four|five|six|seven|ten)\s+(day|week|month|year)s?\b", _DAYS, re.IGNORECASE
)
_SECONDS = LazyPattern(r"\b([0-9]+)\s*(?:s|secs?|seconds?)\b", DIGITS, re.IGNORECASE)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_HOURS = {"night": 3, "morning": 7, "evening": 19, "noon": 12}
_SCHEDULE = LazyPattern(
    r"\b(?:every|each) "
    r"(?P<unit>minute|hour|day|night|morning|evening|noon|week|month|(?:sun|mon|tues|wednes|thurs|fri|satur)day)"
    r"(?: at (?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))?\s?(?P<half>[ap]m)?)?\b",
    ("every ", "each "),
    re.IGNORECASE,
)
_PLACE_WORD = LazyPattern(r"[A-Za-z_]+(?:/[A-Za-z_]+)*")
_ZONES = "/usr/share/zoneinfo"
_REGIONS = ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian")
_ABBREVIATIONS = frozenset(("UTC", "GMT", "CET", "EST", "MST", "EET"))


def dates_and_times(request: str) -> Iterator[Value]:
    """Yield dates and times of day."""
    dates = list(_DATE.finditer(request))
    for match in dates:
        text = _DATE_CHATTER.without(match[0])
        yield Value(text, match.start(), match.end(), {"date": 1.2, "text": 0.3}, certain=True)
    for match in _TIME.finditer(request):
        if not any(date.start() <= match.start() < date.end() for date in dates):
            yield Value(match[0], match.start(), match.end(), {"date": 1.1, "text": 0.4}, certain=True)
    for match in _SPOKEN_DATE.finditer(request):
        yield Value(match[0].lower(), match.start(), match.end(), {"date": 0.9})


def periods(request: str) -> Iterator[Value]:
    """Yield periods in days: '2 weeks' is 14."""
    for match in _PERIOD.finditer(request):
        spoken = match[1].lower()
        count = 1 if spoken in ("a", "an", "one") else int(NUMBERS.get(spoken, spoken))
        yield Value(
            str(count * _DAYS[match[2].lower()]),
            match.start(),
            match.end(),
            {"days": 1.2, "number": 0.4},
            said=str(count),
            certain=spoken.isdigit(),
        )


def intervals(request: str) -> Iterator[Value]:
    """Yield periods in seconds."""
    for match in _SECONDS.finditer(request):
        yield Value(match[1], match.start(), match.end(), {"interval": 1.2, "number": 0.9}, certain=True)


def time_zones(request: str) -> Iterator[Value]:
    """Yield time zones of cities and abbreviations that this machine knows."""
    spoken = list(_PLACE_WORD.finditer(request))
    for first, last in [*itertools.pairwise(spoken), *((word, word) for word in spoken)]:
        said = request[first.start() : last.end()]
        city = said.title().replace(" ", "_")
        found = [f"{region}/{city}" for region in _REGIONS if os.path.isfile(f"{_ZONES}/{region}/{city}")]
        if said.upper() in _ABBREVIATIONS or "/" in said:
            found += [name for name in (said, said.upper()) if os.path.isfile(f"{_ZONES}/{name}")]
        if found:
            yield Value(found[0], first.start(), last.end(), {"zone": 1.2})


def schedules(request: str) -> Iterator[Value]:
    """Yield schedules as the five fields of cron(8)."""
    for match in _SCHEDULE.finditer(request):
        if fields := _cron_fields(match):
            yield Value(fields, match.start(), match.end(), {"text": 1.2}, role="schedule", certain=True)


def _cron_fields(match: re.Match[str]) -> str:
    """Return the five fields of cron(8) for a time in words; empty if the time is invalid."""
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
