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

    def stems(self, wanted: Iterable[str]) -> dict[str, list[str]]:
        """Return the stems of each of `wanted`; a word with a hyphen has several."""
        known = list(dict.fromkeys(wanted))
        self._connection.execute("DELETE FROM word")
        self._connection.executemany("INSERT INTO word (rowid, spelt) VALUES (?, ?)", enumerate(known, 1))
        found: dict[str, list[tuple[int, str]]] = {word: [] for word in known}
        for term, row, offset in self._connection.execute("SELECT term, doc, offset FROM stem"):
            found[known[row - 1]].append((offset, term))
        return {word: [term for _, term in sorted(parts)] for word, parts in found.items()}
