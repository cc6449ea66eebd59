"""Parses and formats dates, ages and sizes as people write them: `2026-03-01`, `today`, `3 days`, `90d`, `200M`."""

import math
import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from hitl_cli.text.suggestions import similar

_SECONDS = {
    "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800, "month": 2_592_000, "y": 31_536_000, "year": 31_536_000,
}  # fmt: skip
_WORDS = [f"{unit}s" for unit in _SECONDS if len(unit) > 2]
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?(?:\s+ago)?", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS = ("KB", "MB", "GB")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def age(text: str) -> float:
    """Parse an age such as `90d`, `3 days` or `12 hours`, and return it in seconds.

    Raises:
        ValueError: It is invalid; the text says what was expected.
    """
    match = _AGE.fullmatch(text.strip())
    unit = _SECONDS.get(match[2].lower() or "s") if match else None
    if match is None or unit is None:
        raise ValueError(f"expected an age such as 90d, 3 days or 12h{_meant(text.strip())}")
    return float(match[1]) * unit


def _meant(text: str, days: Iterable[str] = ()) -> str:
    """Return what a misspelt age, or one of `days`, may mean, as the end of a sentence, or the empty text."""
    match = _AGE.fullmatch(text)
    near = similar(f"{match[2]}s", _WORDS, most=1) if match else similar(text, days, most=1)
    number = f"{match[1]} " if match else ""
    return f"; did you mean {number}{near[0]}?" if near else ""


def moment(text: str, now: datetime, *, end: bool = False) -> float:
    """Parse a date, a time, `today`, `yesterday` or an age, and return it in seconds since the epoch.

    `now` is the local time. A whole day means its start, or with `end` the start of the next day.

    Raises:
        ValueError: It is invalid; the text says what was expected.
    """
    text = text.strip()
    days = {"today": now.date(), "yesterday": now.date() - timedelta(days=1)}
    try:
        if text.lower() in days or _DAY.fullmatch(text):
            day = days.get(text.lower()) or datetime.fromisoformat(text).date()
            return datetime.combine(day + timedelta(days=1 if end else 0), time.min).timestamp()
        if "-" in text:
            return datetime.fromisoformat(text).timestamp()
        return (now - timedelta(seconds=age(text))).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(
            "expected a date such as 2026-03-01 or 2026-03-01T12:30, a day such as today, or an age such as 3d"
            + _meant(text, days)
        ) from None


def size(text: str) -> int:
    """Parse a size such as `200M`, `1.5 GB` or `500000`, and return it in bytes; units are powers of 1,024.

    Raises:
        ValueError: It is invalid; the text says what was expected.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("expected a size such as 200M or 1G")
    return int(float(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " "))


def format_size(count: float) -> str:
    """Format `count` bytes: `1 byte`, `340 bytes`, `1.2 MB`."""
    if count < 1024:
        return counted(round(count), "byte")
    steps = min(int(math.log(count, 1024)), len(_UNITS))
    return f"{count / 1024**steps:.1f} {_UNITS[steps - 1]}"


def format_duration(seconds: float) -> str:
    """Format a duration: `0.42s`, `12s`, `3m05s`, `1h02m`."""
    if seconds < 10:
        return f"{seconds:.2f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def format_age(seconds: float) -> str:
    """Format an age in its largest unit: `3 days`, `1 hour`, `12 seconds`."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), name)
    return counted(max(0, int(seconds)), "second")


def counted(number: int, what: str) -> str:
    """Return a number with `what`, a noun with a regular plural: `1 line`, `6,891 bytes`."""
    return f"{number:,} {what}{'s' * (number != 1)}"
