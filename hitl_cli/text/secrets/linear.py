"""Patterns over bytes whose search takes linear time, whatever the pattern and the text are: those of RE2."""

from collections.abc import Iterable, Iterator
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


class Words:
    """Tells which of several words are in a text, in any case; it reads the text once, however many words there are."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = list(words)
        self._set = re2.Set.SearchSet(_latin1())
        for word in self._words:
            self._set.Add(b"(?i)" + re2.escape(word))
        self._set.Compile()

    def found_in(self, text: bytes) -> set[bytes]:
        """Return the words that are in `text`."""
        return {self._words[number] for number in self._set.Match(text) or ()}


def compiled(pattern: str) -> Pattern:
    """Return `pattern`, which is ASCII in RE2's syntax, compiled for bytes of which each is one character.

    https://github.com/google/re2/wiki/Syntax
    """
    return cast(Pattern, re2.compile(pattern.encode("ascii"), _latin1()))


def _latin1() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options
