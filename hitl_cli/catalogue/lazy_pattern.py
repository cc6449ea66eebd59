"""Regular expressions that are compiled at their first use."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property


class LazyPattern:
    """A regular expression that is compiled for the first text that it may match.

    Every text that it matches must contain one of `parts`, in lower case; a string stands for its characters. Most
    requests therefore need few expressions compiled. Without `parts`, any text may match.
    """

    def __init__(self, expression: str, parts: Iterable[str] = (), flags: re.RegexFlag = re.NOFLAG) -> None:
        self.expression = expression
        self.flags = flags
        self._parts = tuple(parts)

    def __repr__(self) -> str:
        return f"LazyPattern({self.expression!r})"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.expression, self.flags)

    def may_match(self, text: str) -> bool:
        """Return whether `text` contains one of the parts."""
        if not self._parts:
            return True
        folded = text.casefold()
        return any(part in folded for part in self._parts)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the first match from `start` on."""
        return self._compiled.search(text, start) if self.may_match(text) else None

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the match at `start`."""
        return self._compiled.match(text, start) if self.may_match(text) else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return the match of the whole `text`."""
        return self._compiled.fullmatch(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches in order."""
        return self._compiled.finditer(text) if self.may_match(text) else iter(())

    def count(self, text: str) -> int:
        """Return the number of matches."""
        return sum(1 for _ in self.finditer(text))

    def split(self, text: str) -> list[str]:
        """Return the texts before, between and after the matches."""
        return self._compiled.split(text) if self.may_match(text) else [text]

    def blanked(self, text: str) -> str:
        """Return `text` with each match replaced by the same number of blanks."""
        if not self.may_match(text):
            return text
        return self._compiled.sub(lambda match: " " * len(match[0]), text)

    def without(self, text: str) -> str:
        """Return `text` without the matches."""
        return self._compiled.sub("", text) if self.may_match(text) else text
