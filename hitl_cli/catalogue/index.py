"""The search index of the catalogue, in SQLite.

A wheel contains the index of the bundled entries. Any other index is built once for each content of the catalogue and
stored in the cache folder or, if that is not possible, kept in memory.
"""

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from hitl_cli import private
from hitl_cli.catalogue.entry import Entry, InvalidEntry
from hitl_cli.catalogue.words import SYNONYMS, Vocabulary, rarity

FORMAT = 12
"""The version of the tables and of the processing of words."""

_PACKAGE = Path(__file__).parent
BUNDLED = _PACKAGE / "entries"
_CACHED = 128  # KiB of the file; the system caches all of it
_KEPT = 2  # how many indexes stay in the cache folder


class Index:
    """Looks up terms, entries and phrases."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(f"PRAGMA cache_size = -{_CACHED}")
        (size,) = connection.execute("SELECT max(id) FROM entry").fetchone()
        self._size: int = size or 0
        self._frequencies: dict[str, int | None] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The synonyms and colloquial expressions."""
        (data,) = self._connection.execute("SELECT data FROM language").fetchone()
        return Vocabulary.from_json(data)

    @property
    def broken(self) -> list[InvalidEntry]:
        """The invalid entries."""
        rows = self._connection.execute("SELECT file, line, reason FROM broken ORDER BY file, line")
        return [InvalidEntry(Path(file), line, reason) for file, line, reason in rows]

    def entries(self) -> list[Entry]:
        """Return all entries, the person's own first."""
        rows = self._connection.execute("SELECT data FROM entry ORDER BY id")
        return [Entry.from_json(data) for (data,) in rows]

    def has(self, term: str) -> bool:
        """Return whether any entry has `term`, in its phrases or its command."""
        return self._found(term) is not None

    def frequency(self, term: str) -> int:
        """Return how many entries have `term` in a phrase."""
        return self._found(term) or 0

    def _found(self, term: str) -> int | None:
        if term not in self._frequencies:
            row = self._connection.execute("SELECT entries FROM term WHERE term = ?", (term,)).fetchone()
            self._frequencies[term] = row and row[0]
        return self._frequencies[term]

    def weight(self, term: str) -> float:
        """Return how well `term` distinguishes entries, from 0 to 1."""
        return rarity(self.frequency(term), self._size)

    def spelled_like(self, term: str) -> list[str]:
        """Return the terms with the same first letter as `term`, and the same length within one letter."""
        rows = self._connection.execute(
            "SELECT term FROM term WHERE substr(term, 1, 1) = ? AND length(term) BETWEEN ? AND ?",
            (term[0], len(term) - 1, len(term) + 1),
        )
        return [other for (other,) in rows]

    def synonyms(self, term: str) -> list[str]:
        """Return the synonyms of `term`."""
        rows = self._connection.execute("SELECT other FROM synonym WHERE term = ?", (term,))
        return [other for (other,) in rows]

    def entries_with(self, term: str) -> dict[int, float]:
        """Return the numbers of the entries that have `term`, and how much each is about it, from 0 to 1."""
        return dict(self._connection.execute("SELECT entry, gain FROM occurrence WHERE term = ?", (term,)))

    def entry(self, number: int) -> Entry:
        """Return an entry by its number."""
        (data,) = self._connection.execute("SELECT data FROM entry WHERE id = ?", (number,)).fetchone()
        return Entry.from_json(data)

    def phrases(self, number: int) -> list[tuple[list[str], float]]:
        """Return the phrases of an entry: the stems of each, and the sum of their weights."""
        rows = self._connection.execute(
            "SELECT stems, mass FROM phrase WHERE entry = ? ORDER BY place", (number,)
        )
        return [(stems.split(), mass) for stems, mass in rows]


def open_index(cache_folder: Path, own_file: Path) -> Index:
    """Return the index of the bundled entries and of those in `own_file`, if it exists."""
    sources = [*([own_file] if own_file.is_file() else []), *_bundled()]
    name = _name_of(sources)
    for folder in (_PACKAGE, cache_folder):
        with contextlib.suppress(sqlite3.Error, OSError):
            kept = folder / name
            if kept.is_file() and (folder == _PACKAGE or private.obstacle(kept) is None):
                return Index(
                    sqlite3.connect(f"{kept.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
                )
    from hitl_cli.catalogue.index_builder import build, read

    tables = build(*read(sources, own_file))
    with contextlib.suppress(sqlite3.Error, OSError):
        _keep(tables, cache_folder / name)
    return Index(tables)


def write_bundled_index(folder: Path) -> Path:
    """Write the index of the bundled entries into `folder`; `open_index` finds it beside this module.

    Returns the file. Raises OSError if it cannot be written.
    """
    from hitl_cli.catalogue.index_builder import build, read

    sources = _bundled()
    file = folder / _name_of(sources)
    file.write_bytes(build(*read(sources)).serialize())
    return file


def _bundled() -> list[Path]:
    return sorted(BUNDLED.glob("*.toml"))


def _name_of(sources: Sequence[Path]) -> str:
    """Return a file name for the index of `sources`, with a digest of their content."""
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=12)
    for source in [SYNONYMS, *sources]:
        # The folder of a bundled file differs between machines; for another file, messages need its folder.
        digest.update(
            f"\0{source.relative_to(_PACKAGE) if source.is_relative_to(_PACKAGE) else source}\0".encode()
        )
        with contextlib.suppress(OSError):
            digest.update(source.read_bytes())
    return f"catalogue-{digest.hexdigest()}.sqlite3"


def _keep(tables: sqlite3.Connection, kept: Path) -> None:
    """Write the index atomically, and delete the oldest ones."""
    private.make_missing(kept.parent)
    descriptor, name = tempfile.mkstemp(dir=kept.parent, prefix="catalogue-", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(tables.serialize())
        os.replace(name, kept)
    except OSError:
        os.unlink(name)
        raise
    older = sorted(
        kept.parent.glob("catalogue-*.sqlite3"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    for old in older[_KEPT:]:
        old.unlink(missing_ok=True)
