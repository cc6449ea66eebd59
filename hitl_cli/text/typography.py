"""Typographic characters that deceive nobody: a dash between words, an apostrophe in one, the comma of Chinese.

Each is a look-alike of something, or hard to see, and so by itself a reason to be wary. In the text of a quoted string,
of a comment or of a here-document, and where it stands as writing has it, it changes nothing of what a command does.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from hitl_cli.text.programs import CODE, SINGLE, kinds

_DASHES = frozenset("\u2013\u2014\u2015")
_ELLIPSIS = "\u2026"
_APOSTROPHE = "\u2019"
_OPENING = {"\u201c": "\u201d", "\u2018": "\u2019", "\u201e": "\u201c", "\u201a": "\u2018"}
_SINGLE_QUOTES = "\u2018\u2019"
_MORE_PICTURES = "\u203c\u2049\u2194\u2934\u2935"
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_SKIN = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_FULL_WIDTH = frozenset(
    "\uff0c\u3002\u3001\uff1a\uff1b\uff01\uff1f\uff08\uff09\u300c\u300d\u300e\u300f\u3010\u3011\u300a\u300b\u3008\u3009\u3014\u3015\uff5e\u30fb"
)
# What the shell acts on, or a path is made of, is no word of a text.
_NOT_PROSE = frozenset("/\\$`=<>|&;{}[]*~\"'")
_LONGEST_WORD = 60
_MOST_PARTS = 4  # characters that compose to one letter
_MOST_QUOTED = 400  # characters between two quotation marks


class Place(NamedTuple):
    """Where a typographic character is, whether it is labelled, and whether it needs to be part of a text."""

    at: int
    labelled: bool
    anywhere: bool


def typographic(text: str, suspicious: list[bool]) -> Iterator[Place]:
    """Yield the `suspicious` characters of `text` that stand as writing has them."""
    lines_with_cjk: dict[int, bool] = {}
    closing: set[int] = set()
    at = begin = 0
    while at < len(text):
        char = text[at]
        begin = at + 1 if char == "\n" else begin
        parts = _composed(text, at) if char > "~" or _follows_mark(text, at) else 0
        if parts > 1:
            for part in range(at, at + parts):
                if suspicious[part]:
                    yield Place(part, True, True)
            at += parts
            continue
        if suspicious[at]:
            if char in _SKIN or char == _EMOJI_STYLE:
                if at and _is_picture(text[at - 1]) and text[at + 1 : at + 2] not in ("\ufe0e", _EMOJI_STYLE):
                    yield Place(at, True, True)
            elif char == _JOINER:
                before = text[at - 1 : at] if at else ""
                if (
                    at
                    and (_is_picture(before) or before in (*_SKIN, _EMOJI_STYLE))
                    and _is_picture(text[at + 1 : at + 2])
                ):
                    yield Place(at, True, False)
            elif char in _OPENING:
                end = text.find(_OPENING[char], at + 1, at + _MOST_QUOTED)
                if (
                    _may_open(text, at)
                    and end > 0
                    and _may_close(text, end)
                    and _is_prose(text[at + 1 : end])
                ):
                    closing.add(end)
                    yield Place(at, True, False)
            elif at in closing:
                yield Place(at, True, False)
            elif _is_punctuation(text, at):
                yield Place(at, False, False)
            elif char in _FULL_WIDTH:
                if begin not in lines_with_cjk:
                    end = text.find("\n", at)
                    lines_with_cjk[begin] = any(map(_is_cjk, text[begin : len(text) if end < 0 else end]))
                if lines_with_cjk[begin]:
                    yield Place(at, False, False)
        at += 1


def deceives(text: str, places: list[Place]) -> list[int]:
    """Return which of the typographic `places` of `text` may deceive all the same, as no part of a text."""
    asking = [place.at for place in places if not place.anywhere]
    parts = kinds(text) if asking else None
    if parts is None:
        return asking
    # In single quotes an apostrophe is harmless where no other one could seem to belong to it.
    has_more_quotes = text.count("'") > 2
    return [
        at
        for at in asking
        if parts[at] == CODE or (parts[at] == SINGLE and has_more_quotes and text[at] in _SINGLE_QUOTES)
    ]


def _is_punctuation(text: str, at: int) -> bool:
    """Whether a dash, an ellipsis or an apostrophe stands where one belongs, in a word of a text."""
    char, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if char in _DASHES:
        stands_alone = (not before or before.isspace()) and (not after or after.isspace())
        return stands_alone or (_is_letter(before) and _is_letter(after) and _is_prose(_word(text, at)))
    if char == _ELLIPSIS:
        return (_is_letter(before) or before in ",.!?)") and before != "" and _is_prose(_word(text, at))
    return char == _APOSTROPHE and _is_letter(before) and _is_letter(after) and _is_prose(_word(text, at))


def _word(text: str, at: int) -> str:
    """Return the word around `at`, without the quotes of the shell that may end it, and no more of a long one."""
    before = text[max(0, at - _LONGEST_WORD) : at]
    after = text[at : at + _LONGEST_WORD]
    return (re.split(r"\s", before)[-1] + re.split(r"\s", after)[0]).strip("\"'")


def _is_prose(words: str) -> bool:
    """Whether `words` could be those of a sentence: nothing in them is for the shell, and none is a file's name."""
    return not _NOT_PROSE.intersection(words) and not any(
        before.isalnum() and dot == "." and after.isalnum()
        for before, dot, after in zip(words, words[1:], words[2:], strict=False)
    )


def _may_open(text: str, at: int) -> bool:
    before = text[at - 1 : at] if at else ""
    return not before or before.isspace() or before in "(\"'" or _is_cjk(before)


def _may_close(text: str, at: int) -> bool:
    after = text[at + 1 : at + 2]
    return not after or after.isspace() or after in ".,;:!?)\"'" or _is_cjk(after)


def _is_letter(char: str) -> bool:
    return char.isalnum()


def _is_cjk(char: str) -> bool:
    return "\u3041" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


def _is_picture(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) == "So" or char in _MORE_PICTURES)


def _follows_mark(text: str, at: int) -> bool:
    return at + 1 < len(text) and text[at + 1] > "~" and unicodedata.combining(text[at + 1]) != 0


def _composed(text: str, at: int) -> int:
    """Return how many characters from `at` on are one letter in its decomposed form."""
    if not text[at].isalpha():
        return 0
    found = 0
    for size in range(2, _MOST_PARTS + 1):
        part = text[at : at + size]
        if len(part) == size and len(unicodedata.normalize("NFC", part)) == 1:
            found = size
    return found
