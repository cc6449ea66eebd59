"""Builds the search index of the catalogue."""

import itertools
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hitl_cli.catalogue.entry import Entry, InvalidEntry
from hitl_cli.catalogue.entry_files import read_entries
from hitl_cli.catalogue.words import Stemmer, Vocabulary, plain, rarity, share, words

_TABLES = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE phrase (entry INTEGER, place INTEGER, stems TEXT NOT NULL, mass REAL NOT NULL, PRIMARY KEY (entry, place))
WITHOUT ROWID;
CREATE TABLE term (term TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE occurrence (term TEXT, entry INTEGER, gain REAL NOT NULL, PRIMARY KEY (term, entry)) WITHOUT ROWID;
CREATE TABLE synonym (term TEXT, other TEXT, PRIMARY KEY (term, other)) WITHOUT ROWID;
CREATE TABLE language (data TEXT NOT NULL);
CREATE TABLE broken (file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL);
"""

# The weight of a word in the task of an entry, in its other phrases, and in its command and id.
_TASK, _ALSO, _COMMAND = 3.0, 1.0, 1.2
# The parameters k1 and b of BM25: the saturation of repeated words, and the penalty for long entries.
_SATURATION = 1.2
_LENGTH = 0.6


def read(sources: Sequence[Path], own_file: Path | None = None) -> tuple[list[Entry], list[InvalidEntry]]:
    """Return the entries of all files, those of the person's `own_file` first, and the invalid entries."""
    entries: dict[str, Entry] = {}
    broken = []
    for source in sources:
        for each in read_entries(source, own=source == own_file):
            if isinstance(each, InvalidEntry):
                broken.append(each)
            else:  # the person's own entry replaces a bundled one with the same id
                entries.setdefault(each.id, each)
    return list(entries.values()), broken


def build(entries: Sequence[Entry], broken: Iterable[InvalidEntry] = ()) -> sqlite3.Connection:
    """Return an index of `entries` in memory, which also lists the invalid ones, `broken`."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(_TABLES)
    connection.executemany(
        "INSERT INTO broken VALUES (?, ?, ?)", [(str(each.file), each.line, each.reason) for each in broken]
    )
    _fill(connection, entries)
    connection.commit()
    return connection


def _fill(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    vocabulary = Vocabulary.read()
    called = [
        [words(vocabulary.expanded(plain(text))) for text in (entry.task, *entry.also)] for entry in entries
    ]
    commands = [words(f"{entry.command} {entry.id}".lower()) for entry in entries]
    stems = Stemmer().stems(
        word
        for spoken in ((phrase for phrases in called for phrase in phrases), commands, vocabulary.synonyms)
        for phrase in spoken
        for word in phrase
    )

    def stemmed(phrase: Iterable[str]) -> list[str]:
        return [stem for word in phrase for stem in stems[word]]

    phrases = [[stemmed(phrase) for phrase in each] for each in called]
    counts = [
        _counted(task, also, stemmed(command))
        for (task, *also), command in zip(phrases, commands, strict=True)
    ]
    rows = enumerate(entries, 1)
    connection.executemany("INSERT INTO entry VALUES (?, ?)", ((at, entry.to_json()) for at, entry in rows))
    connection.executemany("INSERT INTO occurrence VALUES (?, ?, ?)", _occurrences(counts))
    containing: Counter[str] = Counter()
    for each, count in zip(phrases, counts, strict=True):
        containing.update(dict.fromkeys(count, 0))
        containing.update({stem for phrase in each for stem in phrase})
    connection.executemany("INSERT INTO term VALUES (?, ?)", containing.items())
    weights = {term: rarity(count, len(entries)) * share(term) for term, count in containing.items()}
    connection.executemany(
        "INSERT INTO phrase VALUES (?, ?, ?, ?)",
        (
            (number, place, " ".join(phrase), math.fsum(weights[stem] for stem in set(phrase)))
            for number, each in enumerate(phrases, 1)
            for place, phrase in enumerate(each)
        ),
    )
    pairs = {
        (one, other)
        for group in map(stemmed, vocabulary.synonyms)
        for one in group
        for other in group
        if one != other and other in containing
    }
    connection.executemany("INSERT INTO synonym VALUES (?, ?)", pairs)
    connection.execute("INSERT INTO language VALUES (?)", (vocabulary.to_json(),))


def _counted(task: Iterable[str], also: Iterable[Iterable[str]], command: Iterable[str]) -> dict[str, float]:
    """Return how often an entry has each of its stems, weighted by where they occur."""
    counted: dict[str, float] = {}
    for stems, weight in ((task, _TASK), (itertools.chain.from_iterable(also), _ALSO), (command, _COMMAND)):
        for stem in stems:
            counted[stem] = counted.get(stem, 0.0) + weight
    return counted


def _occurrences(counts: Sequence[Mapping[str, float]]) -> Iterator[tuple[str, int, float]]:
    """Yield how much each entry is about each of its stems, from 0 to 1 (BM25)."""
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / (len(lengths) or 1)
    for number, (counted, length) in enumerate(zip(counts, lengths, strict=True), 1):
        most = _SATURATION * (1 - _LENGTH + _LENGTH * length / mean)
        for stem, count in counted.items():
            yield stem, number, count / (count + most)
