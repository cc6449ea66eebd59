"""Typed wrapper of RE2: regular expressions over bytes that always match in linear time."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import re2

SHORT = 200
"""A text of at most this many bytes is searched without RE2, which takes time and memory to load."""


class Match(Protocol):
    """A match, like `re.Match`, but groups have only numbers, and `lastgroup` is bytes."""

    lastgroup: bytes | None
    lastindex: int | None

    def __getitem__(self, group: int) -> bytes:
        """Return the text of a group that is part of the match."""

    def start(self, group: int = 0) -> int:
        """Return where a group begins, or -1 if it is not part of the match."""

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""


class LinearPattern:
    """A pattern, like `re.Pattern`; it is compiled when it is first used, because most texts need few of them."""

    def __init__(self, pattern: str) -> None:
        """Take the pattern, which is ASCII in RE2's syntax; each byte of a text is one character.

        https://github.com/google/re2/wiki/Syntax
        """
        self._pattern = pattern

    def search(self, text: bytes, pos: int = 0) -> Match | None:
        """Return the first match from `pos`; the text before `pos` still counts for word and line boundaries."""
        return cast(Match | None, self._compiled.search(text, pos))

    def fullmatch(self, text: bytes) -> Match | None:
        """Return a match of the whole text."""
        return cast(Match | None, self._compiled.fullmatch(text))

    def finditer(self, text: bytes, pos: int = 0) -> Iterator[Match]:
        """Yield the matches from `pos`."""
        return cast(Iterator[Match], self._compiled.finditer(text, pos))

    @cached_property
    def _compiled(self) -> Any:
        import re2

        return re2.compile(self._pattern.encode("ascii"), _latin1())


class WordFinder:
    """Finds which of several words occur in a text, ignoring the case of ASCII letters; a long text in one pass."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = list(words)

    def found_in(self, text: bytes) -> set[bytes]:
        """Return the words that occur in `text`."""
        if len(text) <= SHORT:
            lower = text.lower()
            return {word for word in self._words if word.lower() in lower}
        return {self._words[number] for number in self._set.Match(text) or ()}

    @cached_property
    def _set(self) -> Any:
        import re2

        patterns = re2.Set.SearchSet(_latin1())
        for word in self._words:
            patterns.Add(b"(?i)" + re2.escape(word))
        patterns.Compile()
        return patterns


def _latin1() -> "re2.Options":
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options
