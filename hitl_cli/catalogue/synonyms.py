"""The language of requests: words that mean nearly the same, and plainer words for expressions of everyday speech."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hitl_cli.catalogue.words import words

SYNONYMS = Path(__file__).parent / "synonyms.toml"


class Vocabulary:
    """Groups of `synonyms`, which mean nearly the same, and what is `said` in everyday speech, in plainer words."""

    def __init__(self, synonyms: Sequence[Sequence[str]], said: Mapping[str, str]) -> None:
        self.synonyms = synonyms
        self.said = said

    @classmethod
    def read(cls) -> "Vocabulary":
        """Return what stands in the file of this package."""
        import tomllib

        tables = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
        return cls([group.split() for group in tables["groups"]], tables["said"])

    def to_json(self) -> str:
        """Return it as JSON; `from_json` reads it."""
        return json.dumps([self.synonyms, self.said])

    @classmethod
    def from_json(cls, data: str) -> "Vocabulary":
        """Return what `to_json` wrote."""
        return cls(*json.loads(data))

    def expanded(self, text: str) -> str:
        """Return `text` with the plainer words after it for each expression that it holds."""
        spoken = words(text)
        padded = f" {' '.join(spoken)} "
        plainer = [
            plainer
            for word in dict.fromkeys(spoken)
            for expression, plainer in self._by_first_word.get(word, ())
            if expression in padded
        ]
        return " ".join([text, *plainer])

    @cached_property
    def _by_first_word(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        table: dict[str, list[tuple[str, str]]] = {}
        for expression, plainer in self.said.items():
            table.setdefault(expression.split()[0], []).append((f" {expression} ", plainer))
        return table
