"""Words and their stems."""

import sqlite3
from collections.abc import Iterable


class Stemmer:
    """Takes words to their stems, as the `porter` tokenizer of SQLite does."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.executescript(
            "CREATE VIRTUAL TABLE word USING fts5 (spelt, tokenize = 'porter unicode61');"
            "CREATE VIRTUAL TABLE stem USING fts5vocab (word, 'instance');"
        )
        self._known: dict[str, list[str]] = {}

    def stems(self, wanted: Iterable[str]) -> dict[str, list[str]]:
        """Return the stems of each of `wanted`; a word with a hyphen has several."""
        asked = dict.fromkeys(wanted)
        if unknown := [word for word in asked if word not in self._known]:
            self._learn(unknown)
        return {word: self._known[word] for word in asked}

    def _learn(self, unknown: list[str]) -> None:
        self._connection.execute("DELETE FROM word")
        self._connection.executemany("INSERT INTO word (rowid, spelt) VALUES (?, ?)", enumerate(unknown, 1))
        found: dict[str, list[tuple[int, str]]] = {word: [] for word in unknown}
        for term, row, offset in self._connection.execute("SELECT term, doc, offset FROM stem"):
            found[unknown[row - 1]].append((offset, term))
        for word, parts in found.items():
            self._known[word] = [term for _, term in sorted(parts)]
