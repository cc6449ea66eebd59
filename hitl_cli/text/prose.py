"""A model's prose, safe to print: unlike a command it may hold typographic quotes, dashes and emoji."""

import unicodedata

from hitl_cli.text.labelling import BIDI, BREAK, BYTE, CONTROL, INVISIBLE, UNKNOWN, character

_UNSAFE = {CONTROL, BIDI, BREAK, BYTE, INVISIBLE, UNKNOWN}
_EMOJI_JOINERS = "\ufe0f\u200d"
_MAX_MARKS = 4  # more combining marks on one letter reach into the lines above and below


def printable(text: str) -> str:
    """Return `text` with a label for every character that a terminal would obey or hide, and no other change."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    shown = []
    before = ""
    marks = 0
    for char in text:
        joins_emoji = char in _EMOJI_JOINERS and before and unicodedata.category(before) in ("So", "Sk")
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        stacked = marks > (_MAX_MARKS if before.isalpha() or marks > 1 else 0)
        unsafe = (character(char).reason in _UNSAFE or stacked) and not joins_emoji
        shown.append(f"⟦U+{ord(char):04X}⟧" if unsafe else char)
        before = before if joins_emoji else char
    return "".join(shown)
