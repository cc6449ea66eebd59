"""Discards sessions that wait for a person and are not wanted: recorded as the person's decision, and final."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hitl_cli.errors import JournalError, SessionBusyError, UsageError
from hitl_cli.journal.chain import append
from hitl_cli.journal.history import is_running, reporting_invalid_data, running_owners
from hitl_cli.journal.owner import SessionLock
from hitl_cli.journal.projection import DISCARD, DISCARDED, UNFINISHED, CommandState, RecordKind, project
from hitl_cli.journal.prune import WORKING_TABLES
from hitl_cli.journal.store import Store


@dataclass(frozen=True)
class Discarded:
    """A session that was discarded: how many of its requests waited, and how many outcomes stay unknown."""

    session: str
    waiting: int
    unknown: int


def discard(store: Store, sessions: Sequence[str], by: str) -> list[Discarded]:
    """Discard unfinished `sessions`, all or none: nothing of them runs, and none can be resumed afterwards.

    `by` names who decided. What is needed only to resume a session is deleted.

    Raises:
        SessionBusyError: Another program has one of them open.
        UsageError: Nothing of one of them is pending, or one of its commands still runs.
        JournalError: The journal cannot be read or written.
    """
    with contextlib.ExitStack() as locks:
        for session in sessions:
            _lock(store, session, locks)
        with store.writing() as connection, reporting_invalid_data(store):
            return [_discard(connection, session, by) for session in sessions]


def _lock(store: Store, session: str, locks: contextlib.ExitStack) -> None:
    lock = SessionLock(store.path.parent, session)
    try:
        is_mine = lock.take()
    except OSError as problem:
        raise JournalError(
            f"Cannot lock session {session}: {problem.strerror}. Nothing was discarded."
        ) from problem
    if not is_mine:
        owner = running_owners(store).get(session)
        where = f", process {owner}" if owner is not None else ""
        raise SessionBusyError(
            f"Session {session} is open in another hitl{where}; nothing was discarded. Close it there first."
        )
    locks.callback(lock.release)


def _discard(connection: sqlite3.Connection, session: str, by: str) -> Discarded:
    (state, runs) = connection.execute("SELECT state, runs FROM sessions WHERE id = ?", (session,)).fetchone()
    if state == DISCARDED:
        raise UsageError(f"Session {session} is already discarded; nothing was discarded.")
    is_paused = connection.execute("SELECT 1 FROM paused WHERE session = ?", (session,)).fetchone()
    marks = ", ".join("?" * len(UNFINISHED))
    unfinished = connection.execute(
        "SELECT commands.number, state, approved, commands.folder, body FROM commands "
        "LEFT JOIN records ON records.number = started_record "
        f"WHERE commands.session = ? AND state IN ({marks}) ORDER BY commands.number",
        (session, *UNFINISHED),
    ).fetchall()
    if not unfinished and not is_paused:
        raise UsageError(
            f"Nothing is pending in session {session}; nothing was discarded. To delete old sessions: hitl prune"
        )
    waiting = 0
    for number, command_state, approved, folder, body in unfinished:
        if command_state in (CommandState.WAITING, CommandState.APPROVED):
            waiting += 1
            _record(connection, session, RecordKind.DECIDED, _decision(number, approved, folder, by))
        elif body and is_running(start := json.loads(body)):
            raise UsageError(
                f"Command {number} of session {session} still runs, as process {start['process']}; nothing was "
                "discarded. "
                "Wait for it or end it first."
            )
    ended = {"run": runs, "how": DISCARDED, "exit_status": None, "by": by}
    _record(connection, session, RecordKind.RUN_ENDED, ended)
    for table in WORKING_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE session = ?", (session,))
    return Discarded(session, waiting, len(unfinished) - waiting)


def _decision(number: int, approved: str | None, folder: str, by: str) -> dict[str, Any]:
    return {
        "command": number,
        "decision": DISCARD,
        "by": by,
        "approved": approved,
        "shown": None,
        "words": "",
        "folder": folder,
        "programs": [],
    }


def _record(connection: sqlite3.Connection, session: str, kind: RecordKind, body: dict[str, Any]) -> None:
    project(connection, append(connection, time.time(), session, kind, body))
