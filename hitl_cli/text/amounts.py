"""Moments, ages and sizes as a person writes them: `2026-03-01`, `today`, `3 days`, `90d`, `200M`."""

import math
import re
from datetime import datetime, time, timedelta

_SECONDS = {
    "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800, "month": 2_592_000, "y": 31_536_000, "year": 31_536_000,
}  # fmt: skip
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?(?:\s+ago)?", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS = ("KB", "MB", "GB")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def age(text: str) -> float:
    """Return the seconds that `text` names, as in `90d`, `3 days` or `12 hours`.

    Raises:
        ValueError: It names none.
    """
    match = _AGE.fullmatch(text.strip())
    unit = _SECONDS.get(match[2].lower() or "s") if match else None
    if match is None or unit is None:
        raise ValueError(f"{text!r} is no age such as 90d, 3 days or 12h")
    return float(match[1]) * unit


def moment(text: str, now: datetime, *, end: bool = False) -> float:
    """Return the time that `text` names, in seconds since the epoch: a date, a time, `today`, `yesterday` or an age.

    `now` is the time in the person's own zone. A whole day means its beginning, or the beginning of the next with
    `end`.

    Raises:
        ValueError: It names none.
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
            f"{text!r} is no date such as 2026-03-01 or 2026-03-01T12:30, no day such as today, and no age such as 3d"
        ) from None


def size(text: str) -> int:
    """Return the bytes that `text` names, as in `200M`, `1.5 GB` or `500000`; each unit is 1,024 of the one before.

    Raises:
        ValueError: It names none.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size such as 200M or 1G")
    return int(float(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " "))


def told_size(count: float) -> str:
    """Return `count` bytes in words: `340 bytes`, `1.2 MB`."""
    if count < 1024:
        return f"{count:.0f} bytes"
    steps = min(int(math.log(count, 1024)), len(_UNITS))
    return f"{count / 1024**steps:.1f} {_UNITS[steps - 1]}"


def told_duration(seconds: float) -> str:
    """Return a duration in a few characters: `0.42s`, `12s`, `3m05s`, `1h02m`."""
    if seconds < 10:
        return f"{seconds:.2f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def told_age(seconds: float) -> str:
    """Return how long something is ago in its largest unit: `3 days`, `1 hour`, `12 seconds`."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), name)
    return counted(max(0, int(seconds)), "second")


def counted(number: int, what: str) -> str:
    """Return how many there are of `what`, a noun that takes an s: `1 line`, `6,891 bytes`."""
    return f"{number:,} {what}{'s' * (number != 1)}"
