"""Makes the index of the catalogue: SQLite tables of everything that the entries are called."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from hitl_cli.catalogue.entry import Broken, Entry, read_entries
from hitl_cli.catalogue.stemmer import Stemmer
from hitl_cli.catalogue.synonyms import expanded, synonym_groups
from hitl_cli.catalogue.words import plain, rarity, share, words

FORMAT = 8
"""The number of the tables below, and of what is done to the words in them."""

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
COLUMNS = {"task": 3.0, "also": 1.0, "command": 1.2}


def read(sources: Sequence[Path], own_file: Path | None = None) -> tuple[list[Entry], list[Broken]]:
    """Return the entries of all files, those of the person's `own_file` first, and what cannot be used."""
    entries: dict[str, Entry] = {}
    broken = []
    for source in sources:
        for each in read_entries(source, own=source == own_file):
            if isinstance(each, Broken):
                broken.append(each)
            else:  # the person's own entry stands for the bundled one of the same id
                entries.setdefault(each.id, each)
    return list(entries.values()), broken


def made(entries: Sequence[Entry], broken: Iterable[Broken] = ()) -> sqlite3.Connection:
    """Return the tables for `entries`, in memory; `broken` is noted in them."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(_TABLES)
    connection.executemany(
        "INSERT INTO broken VALUES (?, ?, ?)", [(str(each.file), each.line, each.reason) for each in broken]
    )
    _fill(connection, entries)
    connection.commit()
    return connection


def _fill(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    called = [[words(expanded(plain(text))) for text in (entry.task, *entry.also)] for entry in entries]
    commands = [words(f"{entry.command} {entry.id}".lower()) for entry in entries]
    groups = synonym_groups()
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
            weight * len(column.split()) for weight, column in zip(COLUMNS.values(), columns, strict=True)
        )
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, entry.to_json(), length))
        in_phrases = set(f"{columns[0]} {columns[1]}".split())
        containing.update(in_phrases)
        containing.update(dict.fromkeys(set(columns[2].split()) - in_phrases, 0))
    connection.executemany("INSERT INTO term VALUES (?, ?)", containing.items())
    weights = {term: rarity(count, len(entries)) * share(term) for term, count in containing.items()}
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
