"""Projects the records onto the tables of sessions and commands, one record at a time, so that they can be queried."""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hitl_cli.journal.chain import Record


class RecordKind(StrEnum):
    """The kind of a record, as it is stored."""

    SESSION = "session"
    RUN = "run"
    PROPOSED = "proposed"
    RULE = "rule"
    PREVIEW = "preview"
    DECIDED = "decided"
    STARTED = "started"
    PAUSED = "paused"
    BACKGROUND = "background"
    FINISHED = "finished"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    RUN_ENDED = "run ended"
    PRUNED = "pruned"


class CommandState(StrEnum):
    """The state of a command, as it is stored. `REJECTED` and those after it are final.

    A command that was delegated is approved, and the workflow runs it; the journal does not know whether it did.
    """

    WAITING = "waiting"
    APPROVED = "approved"
    RUNNING = "running"
    BACKGROUND = "background"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    DELEGATED = "delegated"
    ANSWERED = "answered"
    REFUSED = "refused"
    FINISHED = "finished"
    DROPPED = "dropped"
    DISCARDED = "discarded"


UNFINISHED = (
    CommandState.WAITING,
    CommandState.APPROVED,
    CommandState.RUNNING,
    CommandState.BACKGROUND,
    CommandState.UNKNOWN,
)
"""The states that are not final."""

DELEGATE = "delegate"
"""The decision to run a command that the workflow runs by itself."""

DISCARD = "discard"
"""The decision not to resume a session: its open requests are closed, and nothing of them runs."""

DISCARDED = "discarded"
"""How a run ended, and the state of a session, that the person discarded."""

DECISIONS = {
    "run": CommandState.APPROVED,
    DELEGATE: CommandState.DELEGATED,
    "reject": CommandState.REJECTED,
    "answer": CommandState.ANSWERED,
    "respond": CommandState.ANSWERED,
    "refuse": CommandState.REFUSED,
    DISCARD: CommandState.DISCARDED,
}
"""The state that each kind of decision leads to."""


def project(connection: sqlite3.Connection, record: Record) -> None:
    """Apply `record`, which must have a body, to the tables. Call this once for each record, in order."""
    assert record.body is not None
    body = {name: _storable(value) for name, value in record.body.items()}
    match record.kind:
        case RecordKind.SESSION:
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, '', 0, 'open')",
                (record.session, record.time, record.time, body["folder"], body["workflow"]),
            )
            return
        case RecordKind.RUN:
            connection.execute(
                "UPDATE sessions SET runs = ?, state = 'open', request = iif(request = '', ?, request) WHERE id = ?",
                (body["run"], body["prompt"], record.session),
            )
        case RecordKind.PROPOSED:
            connection.execute(
                "INSERT INTO commands (number, session, run, request, state, proposed, folder, proposed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    body["command"],
                    record.session,
                    body["run"],
                    body["request"],
                    CommandState.WAITING,
                    body["proposed"],
                    body["folder"],
                    record.time,
                ),
            )
            _index_programs(connection, body)
        case RecordKind.DECIDED:
            _set(
                connection,
                body["command"],
                state=DECISIONS[body["decision"]],
                approved=body["approved"],
                folder=body["folder"],
                decided_by=body["by"],
                words=body["words"],
                decided_at=record.time,
            )
            if body.get("offered"):  # missing in earlier versions
                _set(connection, body["command"], proposed=body["approved"])
            _index_programs(connection, body)
        case RecordKind.STARTED:
            _set(
                connection,
                body["command"],
                state=CommandState.RUNNING,
                started_at=record.time,
                started_record=record.number,
            )
        case RecordKind.PAUSED:
            _set(connection, body["command"], state=CommandState.APPROVED)
        case RecordKind.BACKGROUND:
            _set(connection, body["command"], state=CommandState.BACKGROUND)
        case RecordKind.FINISHED:
            _set(
                connection,
                body["command"],
                state=CommandState.FINISHED,
                exit_status=body["exit_status"],
                finished_at=record.time,
                finished_record=record.number,
            )
        case RecordKind.UNKNOWN:
            _set(connection, body["command"], state=CommandState.UNKNOWN)
        case RecordKind.SETTLED:
            _set(
                connection,
                body["command"],
                state=CommandState.FINISHED if body["said"] == "ran" else CommandState.DROPPED,
                finished_at=record.time,
                finished_record=record.number,
            )
        case RecordKind.RUN_ENDED:
            connection.execute(
                "UPDATE commands SET state = ? WHERE session = ? AND run = ? AND state IN (?, ?)",
                (
                    CommandState.DROPPED,
                    record.session,
                    body["run"],
                    CommandState.WAITING,
                    CommandState.APPROVED,
                ),
            )
            connection.execute("UPDATE sessions SET state = ? WHERE id = ?", (body["how"], record.session))
        case RecordKind.PRUNED:
            for session in body["sessions"]:
                delete_session(connection, session)
            return
    connection.execute("UPDATE sessions SET changed = ? WHERE id = ?", (record.time, record.session))


def delete_session(connection: sqlite3.Connection, session: str) -> None:
    """Delete the rows of `session`."""
    connection.execute(
        "DELETE FROM programs WHERE command IN (SELECT number FROM commands WHERE session = ?)", (session,)
    )
    connection.execute("DELETE FROM commands WHERE session = ?", (session,))
    connection.execute("DELETE FROM sessions WHERE id = ?", (session,))


def storable(text: str) -> str:
    """Return `text` with what is not valid Unicode, as in an old folder name, escaped so that a column accepts it."""
    return text.encode("utf-8", "backslashreplace").decode()


def _storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return storable(value) if isinstance(value, str) else value


def _set(connection: sqlite3.Connection, command: int, **columns: Any) -> None:
    assignments = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE commands SET {assignments} WHERE number = ?", (*columns.values(), command))


def _index_programs(connection: sqlite3.Connection, body: Mapping[str, Any]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO programs VALUES (?, ?)",
        [(program, body["command"]) for program in body["programs"]],
    )
