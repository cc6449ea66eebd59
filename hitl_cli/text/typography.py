"""Finds harmless typographic characters: a dash between words, an apostrophe in one, a Chinese comma.

Each looks like another character or is hard to see, so by itself it needs a label. In a quoted string, a comment or a
here-document, in its normal typographic use, it does not change what a command does.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

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
# Characters of shell syntax and of paths do not occur in prose.
_NOT_PROSE = frozenset("/\\$`=<>|&;{}[]*~\"'")
_LONGEST_WORD = 60
_MOST_PARTS = 4  # characters that compose to one letter
_MOST_QUOTED = 400  # characters between two quotation marks


class TypographicCharacter(NamedTuple):
    """The position of a typographic character, whether it still gets a label, and whether it is harmless anywhere."""

    at: int
    labelled: bool
    anywhere: bool


def typographic(text: str, suspicious: list[bool]) -> Iterator[TypographicCharacter]:
    """Yield the `suspicious` characters of `text` that are in normal typographic use."""
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
                    yield TypographicCharacter(part, True, True)
            at += parts
            continue
        if suspicious[at]:
            if char in _SKIN or char == _EMOJI_STYLE:
                if at and _is_picture(text[at - 1]) and text[at + 1 : at + 2] not in ("\ufe0e", _EMOJI_STYLE):
                    yield TypographicCharacter(at, True, True)
            elif char == _JOINER:
                before = text[at - 1 : at] if at else ""
                if (
                    at
                    and (_is_picture(before) or before in (*_SKIN, _EMOJI_STYLE))
                    and _is_picture(text[at + 1 : at + 2])
                ):
                    yield TypographicCharacter(at, True, False)
            elif char in _OPENING:
                end = text.find(_OPENING[char], at + 1, at + _MOST_QUOTED)
                if (
                    _may_open(text, at)
                    and end > 0
                    and _may_close(text, end)
                    and _is_prose(text[at + 1 : end])
                ):
                    closing.add(end)
                    yield TypographicCharacter(at, True, False)
            elif at in closing:
                yield TypographicCharacter(at, True, False)
            elif _is_punctuation(text, at):
                yield TypographicCharacter(at, False, False)
            elif char in _FULL_WIDTH:
                if begin not in lines_with_cjk:
                    end = text.find("\n", at)
                    lines_with_cjk[begin] = any(map(_is_cjk, text[begin : len(text) if end < 0 else end]))
                if lines_with_cjk[begin]:
                    yield TypographicCharacter(at, False, False)
        at += 1


def deceives(text: str, found: list[TypographicCharacter]) -> list[int]:
    """Return which of the typographic `found` can deceive nevertheless, because they are not in prose."""
    asking = [each.at for each in found if not each.anywhere]
    if not asking:
        return []
    from hitl_cli.text.programs import CODE, SINGLE, kinds  # loads a grammar, which few texts need

    parts = kinds(text)
    if parts is None:
        return asking
    # In single quotes, an apostrophe is harmless if there are no other quotes that it could seem to belong to.
    has_more_quotes = text.count("'") > 2
    return [
        at
        for at in asking
        if parts[at] == CODE or (parts[at] == SINGLE and has_more_quotes and text[at] in _SINGLE_QUOTES)
    ]


def _is_punctuation(text: str, at: int) -> bool:
    """Whether a dash, an ellipsis or an apostrophe is in a normal place in prose."""
    char, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if char in _DASHES:
        stands_alone = (not before or before.isspace()) and (not after or after.isspace())
        return stands_alone or (_is_letter(before) and _is_letter(after) and _is_prose(_word(text, at)))
    if char == _ELLIPSIS:
        return (_is_letter(before) or before in ",.!?)") and before != "" and _is_prose(_word(text, at))
    return char == _APOSTROPHE and _is_letter(before) and _is_letter(after) and _is_prose(_word(text, at))


def _word(text: str, at: int) -> str:
    """Return the word around `at`, without shell quotes at its ends; a long word is cut."""
    before = text[max(0, at - _LONGEST_WORD) : at]
    after = text[at : at + _LONGEST_WORD]
    return (re.split(r"\s", before)[-1] + re.split(r"\s", after)[0]).strip("\"'")


def _is_prose(words: str) -> bool:
    """Whether `words` can be part of a sentence: no shell syntax and no file name."""
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
    """Return the number of characters from `at` that are the decomposed form of one letter."""
    if not text[at].isalpha():
        return 0
    found = 0
    for size in range(2, _MOST_PARTS + 1):
        part = text[at : at + size]
        if len(part) == size and len(unicodedata.normalize("NFC", part)) == 1:
            found = size
    return found
