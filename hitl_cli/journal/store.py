"""The journal file: one SQLite database (WAL) for each user, which only that user can read."""

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
CONTENT = (
    FILE,
    *_SIDE_FILES,
    "hitl.log",
    "engine.json",
    "requests",
    "commands",
    "locks",
    "reports",
    "output",
    "temporary",
)
"""What the program stores in the journal's folder."""
_BUSY_TIMEOUT = 10_000  # milliseconds to wait for other writers
_DAMAGE = (
    "malformed",
    "not a database",
    "file is encrypted",
    "unsupported file format",
    "no such table",
    "no such column",
)


class Store:
    """An open journal. Each read and write raises JournalError, with a message for the user, if the database fails."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open the journal in `folder`; create what is missing.

        Raises:
            JournalError: It cannot be opened or created, is damaged, has a newer format, or is not private.
        """
        path = folder / FILE
        try:
            private.make_folder(folder)
            # SQLite gives its side files the rights of the database.
            os.close(private.open_file(path, os.O_RDWR | os.O_CREAT))
            private.restrict_content(folder, CONTENT)
        except private.NotPrivateError as problem:
            raise JournalError(f"Cannot open the journal {path}: {problem} Nothing ran.") from problem
        except OSError as problem:
            raise JournalError(
                f"Cannot write the journal {path}: {problem.strerror}. Nothing ran. "
                "Make its folder writable, or set XDG_STATE_HOME to a writable one."
            ) from problem
        return cls._connected(path)

    @classmethod
    def open_existing(cls, folder: Path) -> "Store | None":
        """Open the journal in `folder`, or return None if there is none.

        Raises:
            JournalError: It cannot be opened, is damaged, has a newer format, or does not belong to the user.
        """
        path = folder / FILE
        try:
            if problems := private.obstacles(folder, CONTENT):
                raise JournalError(f"Cannot open the journal {path}: {problems[0]}")
            exists = path.exists() and path.stat().st_size > 0
        except OSError as problem:
            raise JournalError(f"Cannot read the journal {path}: {problem.strerror}.") from problem
        return cls._connected(path) if exists else None

    @classmethod
    def _connected(cls, path: Path) -> "Store":
        with _translated_errors(path):
            connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT / 1000, isolation_level=None, check_same_thread=False
            )
        self = cls(connection, path)
        try:
            with _translated_errors(path):
                self._prepare()
        except BaseException:
            connection.close()
            raise
        return self

    def _prepare(self) -> None:
        # hitl writes only UTF-8; other bytes must still be displayed when something else changed the file.
        self._connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        execute = self._connection.execute
        execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
        (version,) = execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise JournalError(
                f"The journal {self.path} was written by a newer hitl (format {version}; this one supports up to "
                f"{VERSION}). Nothing was read or changed. Update hitl."
            )
        execute("PRAGMA trusted_schema = OFF")  # a tampered schema cannot call functions
        execute("PRAGMA cell_size_check = ON")
        execute("PRAGMA secure_delete = ON")  # deleted unmasked text is overwritten in the file
        if execute("PRAGMA journal_mode").fetchone() != ("wal",):
            execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            with self.writing():
                migrate(self._connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one durable write transaction.

        Raises:
            JournalError: The transaction failed and was rolled back.
        """
        with _translated_errors(self.path):
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
        """Run the block in one read transaction, which sees a consistent snapshot.

        Raises:
            JournalError: The journal cannot be read.
        """
        with _translated_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that `query` finds.

        Raises:
            JournalError: The journal cannot be read.
        """
        with _translated_errors(self.path):
            return self._connection.execute(query, values).fetchall()

    def iterate(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that `query` finds, one at a time.

        Raises:
            JournalError: The journal cannot be read.
        """
        with _translated_errors(self.path):
            yield from self._connection.execute(query, values)

    def check(self) -> None:
        """Run SQLite's own integrity check.

        Raises:
            JournalError: The database is damaged or cannot be read.
        """
        with _translated_errors(self.path):
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(f"malformed: {found}")

    def shrink(self) -> None:
        """Free unused space in the file, and leave no deleted data in it.

        Raises:
            JournalError: The database could not do that; no data is lost.
        """
        with _translated_errors(self.path):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the database, and empty the WAL so that no deleted data stays in it."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute(
                "PRAGMA busy_timeout = 0"
            )  # another open program checkpoints when it closes
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


@contextlib.contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        sqlite3.Error,
        UnicodeDecodeError,
    ) as problem:  # UnicodeDecodeError when SQLite's message quotes damaged bytes
        reason = visible(str(problem), single_line=True)
        if isinstance(problem, UnicodeDecodeError) or any(sign in reason for sign in _DAMAGE):
            raise JournalError(
                f"The journal {path} is damaged ({reason}). Nothing ran and nothing was changed. "
                "Restore a backup, or move the file away to start with a new journal."
            ) from problem
        raise JournalError(
            f"The journal {path} failed: {reason}. The action that needs it was not done. "
            "Check that the disk is not full, that the file is writable, and that no other program has locked it."
        ) from problem
