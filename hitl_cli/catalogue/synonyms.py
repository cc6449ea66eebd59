"""Synonyms, and plain words for colloquial expressions."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hitl_cli.catalogue.words import words

SYNONYMS = Path(__file__).parent / "synonyms.toml"


class Vocabulary:
    """Groups of `synonyms`, and colloquial expressions: `said` maps them to plain words."""

    def __init__(self, synonyms: Sequence[Sequence[str]], said: Mapping[str, str]) -> None:
        self.synonyms = synonyms
        self.said = said

    @classmethod
    def read(cls) -> "Vocabulary":
        """Read the file of this package."""
        import tomllib

        tables = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
        return cls([group.split() for group in tables["groups"]], tables["said"])

    def to_json(self) -> str:
        """Return this as JSON, for `from_json`."""
        return json.dumps([self.synonyms, self.said])

    @classmethod
    def from_json(cls, data: str) -> "Vocabulary":
        """Return the vocabulary that `to_json` serialized."""
        return cls(*json.loads(data))

    def expanded(self, text: str) -> str:
        """Return `text` followed by the plain words for each expression in it."""
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
