"""Decides which characters of a text need a label on a terminal, and why."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from hitl_cli.text import charset
from hitl_cli.text.typography import TypographicCharacter, typographic
from hitl_cli.text.unicode_tables import LOOKALIKES, is_blank, script

_MAX_MARKS = 3  # Hebrew points and Tibetan vowels need that many on one letter

_BIDI_CONTROLS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
_BIDI_MARKS = frozenset("\u061c\u200e\u200f")
_BRACKETS = frozenset("⟦⟧")
# Scripts whose capitals and vowels look alike: a word that mixes them is deceptive.
_ALIKE = {"Latin", "Greek", "Cyrillic", "Armenian"}
# Ordinary letters of Armenian, Thai and Lao although NFKC decomposes them, and the two marks of the decomposed forms.
_ORDINARY = frozenset("\u0587\u0e33\u0eb3")
_ORDINARY_MARKS = frozenset("\u0e33\u0eb3")  # drawn over the previous letter, like a mark
_PARTS = frozenset("\u0e4d\u0ecd")
_OPERATORS = frozenset("<>|&;(){}[]=/$`\\")
_CORNERS = frozenset("╭╮╰╯")
_QUOTES = frozenset("\"'")
# The punctuation of these is ordinary in every text.
_ANYWHERE = frozenset({"", "Latin", "Common", "Box", "Mark"})

# The reasons for a label; most start a warning of `suspicions`.
HARMLESS = "harmless"
CONTROL = "control character"
BIDI = "text direction"
INVISIBLE = "invisible character"
BLANK = "look-alike of a space"
BREAK = "line break that is not a newline"
UNKNOWN = "character without a known shape"
BYTE = "broken text (a byte that is not UTF-8, or half a character)"
TWIN = "look-alike of an ASCII character"
VARIANT = "variant form of another character"
RARE = "character outside the scripts in everyday use"
MARK = "combining mark in an unusual place"
FRAME = "corner of a frame like the one that this program draws"
ALONE = "punctuation away from the letters of its script"
MIXED = "mixed"
ORDER = "order"
SLASH = "a space after the last backslash of a line, which then does not continue it,"


class Character(NamedTuple):
    """The properties of a single character, without context."""

    reason: str  # why it is labelled in any context, or ""
    role: str  # "letter", "mark", "digit" (of no script) or ""
    script: str
    twin: str  # the ASCII text that it looks like, or ""


class Reading(NamedTuple):
    """The analysis of a text."""

    reasons: list[str]  # one for each character; "" means that it is shown unchanged
    words: list[tuple[int, int, str]]  # start, end and scripts of the words that mix scripts
    typography: list[tuple[TypographicCharacter, str]]


def read(text: str) -> Reading:
    """Analyse `text`: for each character, the reason for its label, or "" if it needs none."""
    characters = [character(char) for char in text]
    reading = Reading([character.reason for character in characters], [], [])
    if not text.isascii():
        _read_words(characters, reading)
        _read_marks(text, characters, reading.reasons)
        _read_punctuation(text, characters, reading.reasons)
        _read_typography(text, reading)
        _read_order(text, reading.reasons)
    for match in re.finditer(r"(?<=\\) +(?=\n|\Z)", text):
        reading.reasons[match.start() : match.end()] = [SLASH] * len(match[0])
    return reading


@lru_cache(maxsize=8192)
def character(char: str) -> Character:
    """Return the properties of a single character."""
    category = unicodedata.category(char)
    family = script(char)
    role = {"L": "letter", "M": "mark", "N": "digit"}.get(category[0], "")
    if char > "~" and (category in {"Nd", "Nl"} or family == "Box"):
        role = "letter"
    reason = twin = ""
    if category == "Cc":
        reason = "" if char == "\n" else HARMLESS if char == "\t" else CONTROL
    elif char in _BRACKETS:
        reason = HARMLESS
    elif char in _CORNERS:
        reason = FRAME
    elif category in {"Zl", "Zp"}:
        reason = BREAK
    elif char in _BIDI_MARKS or unicodedata.bidirectional(char) in _BIDI_CONTROLS:
        reason = BIDI
    elif category in {"Cn", "Co"}:
        reason = UNKNOWN
    elif category == "Cs":
        reason = BYTE
    elif char == "\u2800" or (category == "Zs" and char != " "):
        reason = BLANK
    elif category == "Cf" or is_blank(char):
        reason = INVISIBLE
    elif char > "~":
        stable = unicodedata.normalize("NFKC", char)
        twin = LOOKALIKES.get(char, "" if stable == char or not stable.isascii() else stable)
        if twin and (role != "letter" or family == "Latin" or stable != char):
            reason = TWIN
        elif (stable != char and char not in _ORDINARY) or char in _PARTS:
            reason = VARIANT
        elif not family:
            reason = RARE
        elif category in {"Me", "Sk"}:
            reason = MARK
        elif not charset.has(char):
            reason = HARMLESS
    return Character(reason, role, family, twin)


def _read_words(characters: list[Character], reading: Reading) -> None:
    start = 0
    for inside, run in groupby(characters, lambda item: item.role != ""):
        word = list(run)
        if inside:
            _read_word(start, word, reading)
        start += len(word)


def _read_word(start: int, word: list[Character], reading: Reading) -> None:
    scripts = {item.script for item in word if item.role == "letter"}
    if scripts == {"Latin"}:
        return
    alike = scripts & _ALIKE
    if len(alike) > 1:
        reading.words.append((start, start + len(word), " and ".join(sorted(alike))))
        foreign = alike - {"Latin"}
    else:
        foreign = set()
    # One letter without an ASCII look-alike shows which script the others belong to.
    anchored = {item.script for item in word if item.role == "letter" and not item.twin}
    for at, item in enumerate(word, start):
        if item.role == "letter" and item.script in foreign:
            reading.reasons[at] = MIXED
        elif item.role == "letter" and item.twin and item.script not in anchored:
            reading.reasons[at] = TWIN


def _read_marks(text: str, characters: list[Character], reasons: list[str]) -> None:
    """Label each mark, unless it is on an unlabelled letter of its own script that it does not change."""
    base = stacked = 0
    wearable: set[str] = set()
    for at, item in enumerate(characters):
        if text[at] in _ORDINARY_MARKS and item.script not in wearable:
            reasons[at] = reasons[at] or MARK
        if item.role != "mark":
            base, stacked = at, 0
            # On an ASCII letter it makes a second form of another letter, or imitates one.
            bare = reasons[at] or text[at].isascii() or not text[at].isalpha()
            wearable = set() if bare else _mark_scripts(item.script)
            continue
        stacked += unicodedata.category(text[at]) == "Mn"
        fits = (
            item.script in wearable
            and stacked <= _MAX_MARKS
            and text[at] != text[at - 1]
            and unicodedata.is_normalized("NFC", text[base : at + 1])
        )
        if not fits:
            reasons[at] = reasons[at] or MARK
        if reasons[at]:
            wearable = set()


def _read_punctuation(text: str, characters: list[Character], reasons: list[str]) -> None:
    """Label punctuation of a script that is not next to that script, where it looks like another sign."""
    beside = ""  # the script of the previous letter, if only its own punctuation is in between
    for at, item in enumerate(characters):
        if reasons[at] or text[at].isascii():
            beside = ""
        elif item.role:
            beside = item.script if item.script != "Mark" else beside
        elif item.script not in _ANYWHERE and item.script != beside:
            following = characters[at + 1] if at + 1 < len(characters) else None
            if following is None or (following.role, following.script) != ("letter", item.script):
                reasons[at] = ALONE
                beside = ""


def _read_typography(text: str, reading: Reading) -> None:
    """Remove the labels of characters in normal typographic use."""
    reasons = reading.reasons
    for place in typographic(text, [reason not in ("", MIXED, HARMLESS) for reason in reasons]):
        reading.typography.append((place, reasons[place.at]))
        reasons[place.at] = HARMLESS if place.labelled else ""


def _mark_scripts(family: str) -> set[str]:
    return {family, "Mark"} if family in {"Latin", "Greek", "Cyrillic"} else {family}


def _read_order(text: str, reasons: list[str]) -> None:
    """Label what a terminal that reorders right-to-left text would move.

    It would draw digits after right-to-left letters before them, and swap two right-to-left words with the text between
    them: two arguments, or both sides of an operator. Within quotes they are one text, which is read from the right. A
    label has Latin letters, which keep the order.
    """
    turned = False
    quote = ""
    waiting: list[int] = []
    for at, char in enumerate(text):
        kind = unicodedata.bidirectional(char)
        if char == "\n":
            quote = ""
        elif char in _QUOTES and quote in ("", char):
            quote = "" if quote else char
        if reasons[at] or kind in {"L", "B"}:
            turned, waiting = False, []
        elif kind in {"R", "AL", "AN"}:
            for place in waiting:
                reasons[place] = ORDER
            turned, waiting = True, []
        elif turned and kind == "EN":
            reasons[at] = ORDER
            turned, waiting = False, []
        elif turned and kind != "NSM" and (not quote or char in _OPERATORS or char in _QUOTES):
            waiting.append(at)
