"""Arbitrary text with what is hard to show in it, and what it is shown as."""

import re
from functools import cache

from hypothesis import strategies as st

from hitl_cli.text.visible import visible

ANY = st.text(st.characters(exclude_categories=()))
# Short stretches of what interacts: runs, words, marks, directions, labels and their parts.
NASTY = st.lists(
    st.sampled_from(
        [
            *" \t\n\r\\⟦⟧U+0123456789<;-_.aeo",
            *(" " * 39, "\t" * 3, "\n" * 3, "tab", "newline", "4 tabs", "2 more", "⟦U+202E⟧"),
            *"\x00\x1b\x7f\x9b\xa0\xad\u034f\u200b\u200d\u202e\u2066\u2800\u3164\ufe0f\ufeff",
            *"\u0301\u0302\u0323\u0338\u0307\u20e3\u3099\u05b8\u064b\u093c\u0e31\u0e4d\U000e0061",
            *"\u00e9\u0430\u043a\u03bf\u03ba\u0131\u05d0\u0627\u0665\u06f5\u0915\u0e01\u0e33\uac00",
            *"\u1100\u1161\u11a8\uff1b\u2215\u2014\u2502\u251c\u4e00\uf900\u212b\U0001f600\U0001f3fd",
            *"\ud83d\udcff\ue000\uffff\U0010ffff",
        ]
    )
).map("".join)
TEXT = ANY | NASTY

LABEL = re.compile(
    r"⟦(?:U\+([0-9A-F]{4,6})⟧(?:⟦(\d+) more⟧)?|(\d+) (?:(space|tab)s⟧|newlines⟧\n?)|(tab|newline)⟧)"
)


def meant(shown: str) -> str:
    """Return the text that a person reads in `shown`."""
    names = {"space": " ", "tab": "\t", "newline": "\n"}

    def text(label: re.Match[str]) -> str:
        code, more, count, repeated, name = label.groups()
        if code:
            return chr(int(code, 16)) * (1 + int(more or 0))
        return names[repeated or "newline"] * int(count) if count else names[name]

    return LABEL.sub(text, shown)


def without_labels(shown: str) -> str:
    """Return `shown` without its labels."""
    return LABEL.sub("", shown)


@cache
def shown_alone() -> list[str]:
    """Return what every code point is shown as on a line by itself, a newline as nothing."""
    # One by one where a quote would reach the lines below it.
    shown = [visible(chr(point)).strip("\n") for point in range(0x80)]
    for first in range(0x80, 0x110000, 0x4000):
        points = range(first, min(first + 0x4000, 0x110000))
        shown += visible("\n".join(map(chr, points))).split("\n")
    return shown
