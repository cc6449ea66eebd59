"""Moments in the regexes of requests, such as `@{day:-1}` for yesterday in any usual notation; see `judge`."""

import datetime as dt
import os
import re


def _days(days: int, now: dt.datetime) -> dt.date:
    return (now + dt.timedelta(days=days)).date()


def _date_forms(day: dt.date) -> str:
    """Any usual way of writing a date, as an alternation."""
    d, m, y = day.day, day.month, day.year
    short, full = day.strftime("%b"), day.strftime("%B")
    month = f"(?:{short}|{full})"
    forms = [
        f"{y}[-/.]?{m:02d}[-/.]?{d:02d}",
        f"\\b0?{d}[-/.]0?{m}[-/.](?:{y}|{y % 100:02d})",
        f"\\b0?{m}[-/.]0?{d}[-/.](?:{y}|{y % 100:02d})",
        f"{month}\\s+0?{d}\\b",
        f"\\b0?{d}\\.?[\\s-]+{month}",
    ]
    return "(?:" + "|".join(forms) + ")"


def expand(pattern: str, now: dt.datetime) -> str:
    """Replace the @{...} moments of a regex by what they mean at `now`."""

    def moment(match: re.Match[str]) -> str:
        name, _, argument = match.group(1).partition(":")
        today = now.date()
        if name == "day":
            return _date_forms(_days(int(argument), now))
        if name == "iso":
            return re.escape(_days(int(argument), now).isoformat())
        if name == "ymd":
            return today.strftime("%Y%m%d")
        if name == "epoch":
            first = int(now.timestamp())
            return "(?:" + "|".join(str(first + step) for step in range(-15, 16)) + ")"
        if name == "utchour":
            return now.astimezone(dt.UTC).strftime("%H")
        if name == "host":
            return re.escape(os.uname().nodename)
        if name == "week":
            weeks = {str(int(now.strftime(code))) for code in ("%V", "%U", "%W")}
            return "0?(?:" + "|".join(sorted(weeks)) + ")"
        if name == "doy":
            return "0*" + str(today.timetuple().tm_yday)
        if name == "nextmon":
            return _date_forms(today + dt.timedelta(days=7 - today.weekday()))
        if name == "daysto":
            left = (dt.date.fromisoformat(argument) - today).days
            return f"(?:{left - 1}|{left})"
        raise ValueError(f"unknown moment {match.group(0)}")

    return re.sub(r"@\{([^}]*)\}", moment, pattern)
