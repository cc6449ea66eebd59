"""Deletes old sessions from the journal: their content is removed, the hash chain stays verifiable."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hitl_cli.journal.chain import append, content_of
from hitl_cli.journal.history import reporting_invalid_data, running_owners
from hitl_cli.journal.projection import DISCARDED, UNFINISHED, RecordKind, project
from hitl_cli.journal.store import Store

WORKING_TABLES = ("paused", "questions", "messages", "shells", "owners", "code")
"""The tables that are needed only to resume a session."""


@dataclass(frozen=True)
class Pruned:
    """What was deleted, or would be: sessions, commands, and bytes of the journal and the output logs together.

    `kept` counts the sessions that were old enough but stay because they are not finished.
    """

    sessions: tuple[str, ...]
    commands: int
    bytes: int
    kept: int


@dataclass(frozen=True)
class _Session:
    id: str
    changed: float
    commands: int
    bytes: int
    logs: tuple[Path, ...]


def prune(
    store: Store, outputs: Path, *, older_than: float | None, larger_than: int | None, dry_run: bool
) -> Pruned:
    """Delete whole sessions, the oldest first, but none that is waiting, running or of unknown outcome.

    Deletes the sessions that did not change in the last `older_than` seconds, then more until the journal and the
    logs in `outputs` together take at most `larger_than` bytes. With `dry_run` nothing is changed.

    Raises:
        JournalError: The journal cannot be read or written; nothing was deleted.
    """
    with store.reading() if dry_run else store.writing() as connection, reporting_invalid_data(store):
        unfinished = _unfinished(store)
        chosen, kept = [], 0
        oldest = 0.0 if older_than is None else time.time() - older_than
        total = _size(store, outputs)
        for session in _sessions(store, outputs):
            if session.changed >= oldest and (larger_than is None or total <= larger_than):
                continue
            if session.id in unfinished:
                kept += 1
                continue
            chosen.append(session)
            total -= session.bytes
        if chosen and not dry_run:
            _delete(connection, [session.id for session in chosen])
    if not dry_run:
        for log in (log for session in chosen for log in session.logs):
            with contextlib.suppress(OSError):
                log.unlink()
    return Pruned(
        tuple(session.id for session in chosen),
        sum(session.commands for session in chosen),
        sum(session.bytes for session in chosen),
        kept,
    )


def _unfinished(store: Store) -> set[str]:
    marks = ", ".join("?" * len(UNFINISHED))
    rows = store.rows(
        f"SELECT session FROM commands JOIN sessions ON id = session WHERE commands.state IN ({marks}) "
        "AND sessions.state <> ? UNION SELECT session FROM paused",
        (*UNFINISHED, DISCARDED),
    )
    return {session for (session,) in rows} | running_owners(store).keys()


def _sessions(store: Store, outputs: Path) -> Iterator[_Session]:
    """Yield all sessions that are not pruned, the oldest first, with an estimate of their size."""
    rows = store.rows(
        "SELECT id, changed, (SELECT count(*) FROM commands WHERE session = id), "
        "(SELECT total(length(body)) FROM records WHERE session = id) + "
        "(SELECT total(length(proposed) + ifnull(length(approved), 0)) FROM commands WHERE session = id) + "
        "(SELECT total(length(message)) FROM messages WHERE session = id) FROM sessions ORDER BY changed"
    )
    for id_, changed, commands, size in rows:
        logs = tuple(_logs(store, id_, outputs))
        yield _Session(id_, float(changed), commands, int(size) + sum(_bytes(log) for log in logs), logs)


def _logs(store: Store, session: str, outputs: Path) -> Iterator[Path]:
    """Yield the log files that the records of `session` name, only those directly in `outputs`."""
    named = store.rows(
        "SELECT DISTINCT json_extract(body, '$.log') FROM records WHERE session = ? AND kind IN (?, ?)",
        (session, RecordKind.STARTED, RecordKind.FINISHED),
    )
    for (name,) in named:
        if isinstance(name, str):
            path = outputs / Path(name).name
            if Path(name).parent == outputs and path.is_file() and not path.is_symlink():
                yield path


def _delete(connection: sqlite3.Connection, sessions: list[str]) -> None:
    for session in sessions:
        for number, body in connection.execute(
            "SELECT number, body FROM records WHERE session = ? AND body IS NOT NULL", (session,)
        ).fetchall():
            connection.execute(
                "UPDATE records SET body = NULL, pruned = ? WHERE number = ?", (content_of(body), number)
            )
        for table in WORKING_TABLES:
            connection.execute(f"DELETE FROM {table} WHERE session = ?", (session,))
    project(connection, append(connection, time.time(), "", RecordKind.PRUNED, {"sessions": sessions}))


def _size(store: Store, outputs: Path) -> int:
    (pages,), (used,) = store.rows("PRAGMA page_count")[0], store.rows("PRAGMA page_size")[0]
    logs = outputs.iterdir() if outputs.is_dir() else ()
    return int(pages * used) + sum(_bytes(log) for log in logs)


def _bytes(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError:
        return 0
