"""Makes untrusted text from a model, a file or a child process safe and unambiguous on a terminal.

Every character that a terminal would execute, hide, move, or draw like another one is shown as a label such as
`⟦U+202E⟧`. The brackets of a label are themselves labelled in the text, so no text can imitate a label, and two
different texts never look the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from hitl_cli.text.labelling import BIDI, HARMLESS, MIXED, ORDER, SLASH, TWIN, character, read
from hitl_cli.text.typography import deceives

# Linux accepts at most 131,072 bytes in one argument: this many characters of up to four bytes use half of that.
# Nobody can seriously review more, either.
MAX_COMMAND_CHARACTERS = 16_384

_SPACE_RUN = 40
_LABEL_RUN = 4
_MAX_REASONS = 12
_MAX_QUOTE = 40

_UNUSUAL = re.compile(r"[^ -~\n]| {40}|\n{4}|\\ +(?:\n|\Z)")
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_STRETCHES = (
    (re.compile(r" {40,}"), "spaces"),
    (re.compile(r"\t{4,}"), "tabs"),
    (re.compile(r"(?:(?<=\n)|\A)(?:[ \t]*\n){3,}"), "blank lines"),
)
_HOST = re.compile(r"(?<=://)[^\s/?#'\"|;&]*[^\s!-~]+[^\s/?#'\"|;&]*")
_PUNYCODE = re.compile(r"(?<![A-Za-z0-9])[Xx][Nn]--([A-Za-z0-9-]{1,63})")

_CONTROL_NAMES = {
    "\0": "NUL", "\a": "bell", "\b": "backspace", "\v": "vertical tab", "\f": "form feed",
    "\r": "carriage return", "\x0e": "shift out", "\x0f": "shift in", "\x1b": "escape",
    "\x7f": "delete", "\x85": "next line", "\x9b": "control sequence introducer",
}  # fmt: skip


class Segment(NamedTuple):
    """A piece of text: how it is shown, the raw text, and whether it is shown as a label."""

    shown: str
    raw: str
    marked: bool


def visible(text: str, *, single_line: bool = False) -> str:
    """Return `text` with labels for everything that is unsafe or ambiguous on a terminal.

    A newline is kept unless `single_line` is true; then it gets a label. A tab is `⟦tab⟧`. Runs of at least 40 spaces,
    4 tabs or 4 newlines are shown as a count. The function is injective.
    """
    return "".join(segment.shown for segment in segments(text, single_line=single_line))


def segments(text: str, *, single_line: bool = False) -> list[Segment]:
    """Return the pieces of `visible(text)` in order, each with its raw text.

    Joined, the `shown` are `visible(text)` and the `raw` are `text`. Pieces that are not marked are shown unchanged.
    The pieces of a line do not depend on other lines.
    """
    if not _UNUSUAL.search(text) and not (single_line and "\n" in text):
        return [Segment(text, text, False)] if text else []
    return list(_rendered(text, read(text).reasons, single_line))


def shown_line(line: str) -> str:
    """Return what the screen shows for one line of a text that is edited."""
    return "".join(piece.shown for piece in segments(line, single_line=True))


def shown_form(text: str) -> str:
    """Return what the screen shows for a text that is edited, line by line; no two texts look the same."""
    return "\n".join(map(shown_line, text.split("\n")))


def positions(pieces: Iterable[Segment]) -> tuple[list[int], list[int]]:
    """Return two lists of offsets for segments: raw to shown, and shown to raw.

    The first has an entry for each raw character and for the end, the second for each shown character and for the end.
    Offsets count characters, not screen cells. All raw characters of a label map to its start; every offset in a label
    maps to its first raw character.
    """
    to_shown: list[int] = []
    to_raw: list[int] = []
    for piece in pieces:
        shown, raw = len(to_raw), len(to_shown)
        if piece.marked:
            to_shown += [shown] * len(piece.raw)
            to_raw += [raw] * len(piece.shown)
        else:
            to_shown += range(shown, shown + len(piece.raw))
            to_raw += range(raw, raw + len(piece.shown))
    shown, raw = len(to_raw), len(to_shown)
    return [*to_shown, shown], [*to_raw, raw]


def suspicions(text: str) -> list[str]:
    """Return short warnings about `text`, in order; none for ordinary text.

    Each is one line of safe text. There are at most twelve; the last one then says how many are omitted.
    """
    found: list[tuple[int, str]] = []
    for pattern, name in _STRETCHES:
        for match in pattern.finditer(text):
            count = match[0].count("\n") or len(match[0])
            found.append((match.start(), f"{count} {name} in a row"))
    found += [
        (match.start(), f"encoded host name (punycode): {_decoded(match)}")
        for match in _PUNYCODE.finditer(text)
    ]
    if _UNUSUAL.search(text):
        found += _unusual(text)
    found.sort(key=lambda item: item[0])
    reasons = list(dict.fromkeys(reason for _, reason in found))
    if len(reasons) > _MAX_REASONS:
        reasons[_MAX_REASONS - 1 :] = [f"and {len(reasons) - _MAX_REASONS + 1} more reasons"]
    return reasons


def refusal(text: str, what: str = "command") -> str | None:
    """Return a message for the model if the proposed `text` must not be shown to a person, else None.

    `what` names it in the message.

    That is the case for C0 controls except tab and newline, for DEL and C1 controls, for invalid Unicode, for blank
    text, and for more than `MAX_COMMAND_CHARACTERS`.
    """
    if not text.strip(" \t\n"):
        return f"The {what} is empty and was not offered; propose {'a ' * (what == 'command')}{what}."
    if len(text) > MAX_COMMAND_CHARACTERS:
        return (
            f"The {what} has {len(text):,} characters, but at most {MAX_COMMAND_CHARACTERS:,} can "
            "be reviewed; propose shorter steps, or put the data in a file first."
        )
    match = _REFUSED.search(text)
    if not match:
        return None
    if unicodedata.category(match[0]) == "Cs":
        found, instead = "invalid text", "send it again as valid Unicode"
    else:
        found, instead = "a control character", _instead_of(match[0])
    if what != "command":
        instead = "write it as an escape"
    where = _place(text, match.start())
    return f"The {what} has {found}, {_named(match[0])}, {where} and was not offered; {instead}."


def _instead_of(control: str) -> str:
    if control == "\0":
        return "a command cannot contain it; let a program print it, for example printf '\\0'"
    escape = f"\\{ord(control):03o}" if control < "\x80" else f"\\u{ord(control):04x}"
    written = f"write it as an escape, for example $'{escape}' in bash"
    return f"end lines with a line feed only, or {written}" if control == "\r" else written


def _rendered(text: str, reasons: list[str], single_line: bool) -> Iterator[Segment]:
    plain = start = 0
    for (char, labelled), run in groupby(zip(text, map(bool, reasons), strict=True)):
        end = start + sum(1 for _ in run)
        shown = _labels(char, labelled, end - start, single_line)
        if shown:
            if plain < start:
                yield Segment(text[plain:start], text[plain:start], False)
            each = (end - start) // len(shown)
            for label, at in zip(shown, range(start, end, each), strict=True):
                yield Segment(label, text[at : at + each], True)
            plain = end
        start = end
    if plain < len(text):
        yield Segment(text[plain:], text[plain:], False)


def _labels(char: str, labelled: bool, count: int, single_line: bool) -> list[str]:
    """Return one label for the whole run, or one for each character, or none if it is shown unchanged."""
    if char == " " and count >= _SPACE_RUN:
        return [f"⟦{count} spaces⟧"]
    if char == "\n":
        if count >= _LABEL_RUN:
            return [f"⟦{count} newlines⟧" + ("" if single_line else "\n")]
        return ["⟦newline⟧"] * count if single_line else []
    if not labelled:
        return []
    if char == "\t":
        return ["⟦tab⟧"] * count if count < _LABEL_RUN else [f"⟦{count} tabs⟧"]
    label = f"⟦{_code(char)}⟧"
    return [label] * count if count < _LABEL_RUN else [f"{label}⟦{count - 1} more⟧"]


def _unusual(text: str) -> Iterator[tuple[int, str]]:
    reading = read(text)
    reasons_there = {place.at: reason for place, reason in reading.typography}
    for at in deceives(text, [place for place, _ in reading.typography]):
        reading.reasons[at] = reasons_there[at]
    for start, end, scripts in reading.words:
        quote = _quoted(text, reading.reasons, start, end)
        yield start, f"word mixes {scripts} letters: {quote} {_place(text, start)}"
    for match in _HOST.finditer(text):
        quote = _quoted(text, reading.reasons, match.start(), match.end())
        yield match.start(), f"host name with non-ASCII characters: {quote}"
    if ORDER in reading.reasons:
        where = _place(text, reading.reasons.index(ORDER))
        yield (
            reading.reasons.index(ORDER),
            f"right-to-left words that some terminals show in another order {where}",
        )
    seen: dict[tuple[str, str], list[int]] = {}
    start = 0
    for reason, run in groupby(reading.reasons):
        end = start + sum(1 for _ in run)
        if reason == TWIN:
            seen.setdefault((reason, text[start:end]), []).append(start)
        elif reason not in {"", HARMLESS, MIXED, ORDER}:
            for at in range(start, end):
                seen.setdefault((reason, text[at]), []).append(at)
        start = end
    for (reason, raw), places in seen.items():
        times = f" ({len(places)} times)" if len(places) > 1 else ""
        yield places[0], f"{_described(reason, raw)} {_place(text, places[0])}{times}"


def _described(reason: str, raw: str) -> str:
    if reason == SLASH:
        return reason
    if reason == TWIN:
        twin = "".join(character(char).twin for char in raw)
        what = _named(raw) if len(raw) == 1 else _quoted(raw, [reason] * len(raw), 0, len(raw))
        return f"{reason}: {what} for `{twin[:_MAX_QUOTE]}`"
    named = _named(raw)
    return named if reason == BIDI else f"{reason}: {named}"


def _quoted(text: str, reasons: list[str], start: int, end: int) -> str:
    cut = min(end, start + _MAX_QUOTE)
    pieces = _rendered(text[start:cut], reasons[start:cut], True)
    return f"`{''.join(piece.shown for piece in pieces)}`" + ("..." if cut < end else "")


def _decoded(match: re.Match[str]) -> str:
    shown = f"`{match[0][:_MAX_QUOTE]}`"
    try:
        meant = match[1].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return shown
    return f"{shown} stands for `{visible(meant[:_MAX_QUOTE], single_line=True)}`"


def _named(char: str) -> str:
    name = _CONTROL_NAMES.get(char) or unicodedata.name(char, "").lower()
    return f"{name} ({_code(char)})" if name else _code(char)


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def _place(text: str, at: int) -> str:
    column = at - text.rfind("\n", 0, at)
    line = text.count("\n", 0, at) + 1
    return f"at line {line}, column {column}" if "\n" in text else f"at column {column}"
