"""The file of the journal: one SQLite database for each user, that nobody else can read."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hitl_cli import private
from hitl_cli.errors import JournalError
from hitl_cli.journal.migrations import VERSION, migrate
from hitl_cli.text.visible import visible

FILE = "journal.db"
_SIDE_FILES = (f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal")
CONTENT = (FILE, *_SIDE_FILES, "hitl.log", "requests", "commands", "locks", "reports", "output", "temporary")
"""What the program keeps in the folder of the journal."""
_PATIENCE = 10_000  # milliseconds to wait for other programs that write
_DAMAGE = (
    "malformed",
    "not a database",
    "file is encrypted",
    "unsupported file format",
    "no such table",
    "no such column",
)


class Store:
    """An open journal. Every read and every write raises JournalError, in words, where the database does not do it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open the journal in `folder`, and make what is missing.

        Raises:
            JournalError: It cannot be opened or made, is damaged, was written by a newer program, or is not private.
        """
        path = folder / FILE
        try:
            private.make_folder(folder)
            # SQLite gives its side files the rights of the database.
            os.close(private.open_file(path, os.O_RDWR | os.O_CREAT))
            private.restrict_content(folder, CONTENT)
        except private.NotPrivateError as problem:
            raise JournalError(f"The journal {path} cannot be used: {problem} Nothing ran.") from problem
        except OSError as problem:
            raise JournalError(
                f"The journal {path} cannot be written: {problem.strerror}. Nothing ran. "
                "Make the folder writable, or set XDG_STATE_HOME to one that is."
            ) from problem
        return cls._connected(path)

    @classmethod
    def open_existing(cls, folder: Path) -> "Store | None":
        """Open the journal in `folder` if there is one.

        Raises:
            JournalError: It cannot be opened, is damaged, was written by a newer program, or is not the person's own.
        """
        path = folder / FILE
        try:
            if problems := private.obstacles(folder, CONTENT):
                raise JournalError(f"The journal {path} cannot be used: {problems[0]}")
            is_there = path.exists() and path.stat().st_size > 0
        except OSError as problem:
            raise JournalError(f"The journal {path} cannot be read: {problem.strerror}.") from problem
        return cls._connected(path) if is_there else None

    @classmethod
    def _connected(cls, path: Path) -> "Store":
        with _in_words(path):
            connection = sqlite3.connect(
                path, timeout=_PATIENCE / 1000, isolation_level=None, check_same_thread=False
            )
        self = cls(connection, path)
        try:
            with _in_words(path):
                self._prepare()
        except BaseException:
            connection.close()
            raise
        return self

    def _prepare(self) -> None:
        # A text that is not UTF-8 was not written here, and is still to be told as what it is.
        self._connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        execute = self._connection.execute
        execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        (version,) = execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise JournalError(
                f"The journal {self.path} was written by a newer hitl (format {version}; this one knows {VERSION}). "
                "Nothing was read or changed. Update hitl."
            )
        execute("PRAGMA trusted_schema = OFF")  # nothing that a damaged schema names is called
        execute("PRAGMA cell_size_check = ON")
        execute("PRAGMA secure_delete = ON")  # what a session no longer needs word for word is gone for good
        if execute("PRAGMA journal_mode").fetchone() != ("wal",):
            execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            with self.writing():
                migrate(self._connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Make one durable change out of what the block does, or none.

        Raises:
            JournalError: It could not be written; nothing of the block was.
        """
        with _in_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Let everything that the block reads be of one moment.

        Raises:
            JournalError: It could not be read.
        """
        with _in_words(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that `query` finds.

        Raises:
            JournalError: It could not be read.
        """
        with _in_words(self.path):
            return self._connection.execute(query, values).fetchall()

    def iterate(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that `query` finds, one after the other.

        Raises:
            JournalError: It could not be read.
        """
        with _in_words(self.path):
            yield from self._connection.execute(query, values)

    def check(self) -> None:
        """Look whether the database is as SQLite writes one.

        Raises:
            JournalError: It is damaged, or cannot be read.
        """
        with _in_words(self.path):
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(f"malformed: {found}")

    def shrink(self) -> None:
        """Give back to the disk what is no longer used, and leave no trace of it in the file.

        Raises:
            JournalError: It could not be done; nothing is lost.
        """
        with _in_words(self.path):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the database; what was written stays written, and what was taken away is nowhere any more."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")  # whoever else is at it does it at their end
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


@contextlib.contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        sqlite3.Error,
        UnicodeDecodeError,
    ) as problem:  # the second, where a message quotes what is damaged
        said = visible(str(problem), single_line=True)
        if isinstance(problem, UnicodeDecodeError) or any(sign in said for sign in _DAMAGE):
            raise JournalError(
                f"The journal {path} is damaged ({said}). Nothing ran and nothing was changed. "
                "Restore a copy of it, or move it away to begin a new one."
            ) from problem
        raise JournalError(
            f"The journal {path} cannot be used: {said}. What depends on it was not done. "
            "Look whether the disk is full, whether the file is writable, and whether another program holds it."
        ) from problem
