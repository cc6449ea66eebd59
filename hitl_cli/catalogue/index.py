"""The index of the catalogue: an SQLite full-text table of everything that the entries are called.

It is built once for each content of the catalogue and kept in the cache folder; without that folder, in memory.
"""

import contextlib
import hashlib
import json
import math
import os
import sqlite3
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from hitl_cli.catalogue.entry import Broken, Entry, Slot, read_entries
from hitl_cli.catalogue.words import plain, share, words

BUNDLED = Path(__file__).parent / "entries"
SYNONYMS = Path(__file__).parent / "synonyms.toml"
_FORMAT = 7  # of the tables below
_KEPT = 2  # how many indexes stay in the cache folder

_TABLES = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, data TEXT NOT NULL, length REAL NOT NULL);
CREATE TABLE phrase (entry INTEGER NOT NULL, stems TEXT NOT NULL, mass REAL NOT NULL);
CREATE INDEX phrase_entry ON phrase (entry);
CREATE TABLE term (term TEXT PRIMARY KEY, entries INTEGER NOT NULL);
CREATE TABLE synonym (term TEXT NOT NULL, other TEXT NOT NULL);
CREATE INDEX synonym_term ON synonym (term);
CREATE TABLE broken (file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE VIRTUAL TABLE text USING fts5 (task, also, command, content = '', tokenize = 'unicode61');
CREATE VIRTUAL TABLE occurrence USING fts5vocab (text, 'instance');
"""

# How much a word counts in what an entry says that it does, in what people say for it, and in its command and name.
_COLUMNS = {"task": 3.0, "also": 1.0, "command": 1.2}
# As in BM25: how soon more of a word counts for no more, and how much a long entry is held against it.
_SATURATION = 1.2
_LENGTH = 0.6


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


class Index:
    """The catalogue, ready to be searched."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.frequency: dict[str, int] = dict(connection.execute("SELECT term, entries FROM term"))
        self._lengths: dict[int, float] = dict(connection.execute("SELECT id, length FROM entry"))
        self._mean_length = sum(self._lengths.values()) / (len(self._lengths) or 1)
        columns = " ".join(f"WHEN '{column}' THEN {weight}" for column, weight in _COLUMNS.items())
        self._occurrences = (
            f"SELECT doc, sum(CASE col {columns} END) FROM occurrence WHERE term = ? GROUP BY doc"
        )

    @property
    def broken(self) -> list[Broken]:
        """The entries that cannot be used."""
        rows = self._connection.execute("SELECT file, line, reason FROM broken ORDER BY file, line")
        return [Broken(Path(file), line, reason) for file, line, reason in rows]

    def entries(self) -> list[Entry]:
        """Return all entries, the person's own first."""
        return [_entry(data) for (data,) in self._connection.execute("SELECT data FROM entry ORDER BY id")]

    def weight(self, term: str) -> float:
        """Return how much `term` tells an entry from the others, from 0 to 1."""
        return _rarity(self.frequency.get(term, 0), len(self._lengths))

    def synonyms(self, term: str) -> list[str]:
        """Return the terms that mean nearly the same."""
        rows = self._connection.execute("SELECT other FROM synonym WHERE term = ?", (term,))
        return [other for (other,) in rows if other in self.frequency]

    def entries_with(self, term: str) -> dict[int, float]:
        """Return the entries that have `term`, by number, and how much each is about it, from 0 to 1."""
        return {
            number: count
            / (count + _SATURATION * (1 - _LENGTH + _LENGTH * self._lengths[number] / self._mean_length))
            for number, count in self._connection.execute(self._occurrences, (term,))
        }

    def entry(self, number: int) -> Entry:
        """Return an entry by its number."""
        (data,) = self._connection.execute("SELECT data FROM entry WHERE id = ?", (number,)).fetchone()
        return _entry(data)

    def phrases(self, number: int) -> list[tuple[list[str], float]]:
        """Return what an entry is called: the stems of each phrase, and what their weights come to."""
        rows = self._connection.execute("SELECT stems, mass FROM phrase WHERE entry = ?", (number,))
        return [(stems.split(), mass) for stems, mass in rows]


def open_index(cache_folder: Path, own_file: Path) -> Index:
    """Return the index of the bundled entries and of those in `own_file`, if it exists."""
    sources = ([own_file] if own_file.is_file() else []) + sorted(BUNDLED.glob("*.toml"))
    digest = hashlib.blake2b(f"{_FORMAT} {sqlite3.sqlite_version}".encode(), digest_size=12)
    for source in [SYNONYMS, *sources]:
        digest.update(f"\0{source}\0".encode())
        with contextlib.suppress(OSError):
            digest.update(source.read_bytes())
    kept = cache_folder / f"catalogue-{digest.hexdigest()}.sqlite3"
    with contextlib.suppress(sqlite3.Error, OSError):
        if kept.is_file():
            return Index(
                sqlite3.connect(f"{kept.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            )
    made = sqlite3.connect(":memory:", check_same_thread=False)
    made.executescript(_TABLES)
    _fill(made, _read(made, sources, own_file))
    with contextlib.suppress(sqlite3.Error, OSError):
        _keep(made, kept)
    return Index(made)


def _keep(made: sqlite3.Connection, kept: Path) -> None:
    """Write the index to its place in one step, and clear out what older catalogues left there."""
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=kept.parent, prefix="catalogue-", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(made.serialize())
        os.replace(name, kept)
    except OSError:
        os.unlink(name)
        raise
    older = sorted(
        kept.parent.glob("catalogue-*.sqlite3"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    for old in older[_KEPT:]:
        old.unlink(missing_ok=True)


def _read(connection: sqlite3.Connection, sources: Sequence[Path], own_file: Path) -> list[Entry]:
    """Return the entries of all files, and note in `connection` those that are broken."""
    entries: dict[str, Entry] = {}
    for source in sources:
        for each in read_entries(source, own=source == own_file):
            if isinstance(each, Broken):
                connection.execute(
                    "INSERT INTO broken VALUES (?, ?, ?)", (str(each.file), each.line, each.reason)
                )
            else:  # the person's own entry stands for the bundled one of the same id
                entries.setdefault(each.id, each)
    return list(entries.values())


def index_of(entries: Sequence[Entry]) -> Index:
    """Return the index of `entries`, in memory."""
    made = sqlite3.connect(":memory:", check_same_thread=False)
    made.executescript(_TABLES)
    _fill(made, entries)
    return Index(made)


def _fill(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    called = [[words(expanded(plain(text))) for text in (entry.task, *entry.also)] for entry in entries]
    commands = [words(f"{entry.command} {entry.id}".lower()) for entry in entries]
    groups = _synonym_groups()
    stems = Stemmer().stems(
        word
        for spoken in ((phrase for phrases in called for phrase in phrases), commands, groups)
        for phrase in spoken
        for word in phrase
    )

    def stemmed(phrase: Iterable[str]) -> str:
        return " ".join(stem for word in phrase for stem in stems[word])

    lines = [[stemmed(phrase) for phrase in phrases] for phrases in called]
    containing: Counter[str] = Counter()
    for number, (entry, (task, *also), command) in enumerate(zip(entries, lines, commands, strict=True), 1):
        columns = (task, " ".join(also), stemmed(command))
        connection.execute(
            "INSERT INTO text (rowid, task, also, command) VALUES (?, ?, ?, ?)", (number, *columns)
        )
        length = sum(
            weight * len(column.split()) for weight, column in zip(_COLUMNS.values(), columns, strict=True)
        )
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, json.dumps(_fields(entry)), length))
        in_phrases = set(f"{columns[0]} {columns[1]}".split())
        containing.update(in_phrases)
        containing.update(dict.fromkeys(set(columns[2].split()) - in_phrases, 0))
    connection.executemany("INSERT INTO term VALUES (?, ?)", containing.items())
    weights = {term: _rarity(count, len(entries)) * share(term) for term, count in containing.items()}
    connection.executemany(
        "INSERT INTO phrase VALUES (?, ?, ?)",
        (
            (number, line, sum(map(weights.__getitem__, set(line.split()))))
            for number, phrases in enumerate(lines, 1)
            for line in phrases
        ),
    )
    pairs = {
        (one, other)
        for group in groups
        for one in stemmed(group).split()
        for other in stemmed(group).split()
        if one != other
    }
    connection.executemany("INSERT INTO synonym VALUES (?, ?)", sorted(pairs))
    connection.commit()


@lru_cache(4096)
def _rarity(count: int, size: int) -> float:
    """Return how much a word tells that `count` of `size` entries have, from 0 to 1."""
    return math.sqrt(max(0.0, math.log((size + 1) / (count + 0.5)) / (math.log(size + 1) + 0.7)))


def _fields(entry: Entry) -> dict[str, Any]:
    return {**vars(entry), "slots": {name: vars(slot) for name, slot in entry.slots.items()}}


def _entry(data: str) -> Entry:
    fields: dict[str, Any] = json.loads(data)
    slots = {name: Slot(**slot) for name, slot in fields.pop("slots").items()}
    also, asks, needs = (tuple(fields.pop(name)) for name in ("also", "asks", "needs"))
    return Entry(**fields, also=also, asks=asks, needs=needs, slots=slots)


@cache
def _language() -> dict[str, Any]:
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))


def _synonym_groups() -> list[list[str]]:
    return [group.split() for group in _language()["groups"]]


@cache
def said() -> dict[str, str]:
    """Return the expressions of everyday speech, and plainer words for each."""
    table: dict[str, str] = _language()["said"]
    return table


@cache
def _said_by_first_word() -> dict[str, list[tuple[str, str]]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for expression, plainer in said().items():
        table.setdefault(expression.split()[0], []).append((f" {expression} ", plainer))
    return table


def expanded(text: str) -> str:
    """Return `text` with the plainer words after it for each expression that it holds."""
    spoken = words(text)
    padded = f" {' '.join(spoken)} "
    table = _said_by_first_word()
    plainer = [
        plainer
        for word in dict.fromkeys(spoken)
        if word in table
        for expression, plainer in table[word]
        if expression in padded
    ]
    return " ".join([text, *plainer])
