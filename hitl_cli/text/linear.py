"""Patterns over bytes whose search takes linear time, whatever the pattern and the text are: those of RE2."""

from collections.abc import Iterator
from typing import Protocol, cast

import re2


class Match(Protocol):
    """What was found; as `re.Match`, but groups have numbers only, and `lastgroup` is bytes."""

    lastgroup: bytes | None
    lastindex: int | None

    def __getitem__(self, group: int) -> bytes:
        """Return the text of a group that has a part in the match."""

    def start(self, group: int = 0) -> int:
        """Return where a group begins, -1 if it has no part in the match."""

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""


class Pattern(Protocol):
    """A compiled pattern; as `re.Pattern`."""

    def search(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Match | None:
        """Return the first match from `pos` on; what is before `pos` still decides where words and lines begin."""

    def fullmatch(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Match | None:
        """Return a match of the whole text."""

    def finditer(self, text: bytes, pos: int = 0, endpos: int | None = None) -> Iterator[Match]:
        """Yield the matches from `pos` on."""


def compiled(pattern: str) -> Pattern:
    """Return `pattern`, which is ASCII in RE2's syntax, compiled for bytes of which each is one character.

    https://github.com/google/re2/wiki/Syntax
    """
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return cast(Pattern, re2.compile(pattern.encode("ascii"), options))
