"""What the records say of sessions and commands, in tables that can be asked: one record in, some rows changed."""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hitl_cli.journal.chain import Record


class Kind(StrEnum):
    """What a record is about."""

    SESSION = "session"
    RUN = "run"
    PROPOSED = "proposed"
    DECIDED = "decided"
    STARTED = "started"
    BACKGROUND = "background"
    FINISHED = "finished"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    RUN_ENDED = "run ended"
    PRUNED = "pruned"


class State(StrEnum):
    """Where a command is. Those from `REJECTED` on are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    RUNNING = "running"
    BACKGROUND = "background"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    ANSWERED = "answered"
    REFUSED = "refused"
    FINISHED = "finished"
    DROPPED = "dropped"


UNFINISHED = (State.WAITING, State.APPROVED, State.RUNNING, State.BACKGROUND, State.UNKNOWN)
"""Where a command is that somebody still has to go on with."""

DECISIONS = {
    "run": State.APPROVED,
    "reject": State.REJECTED,
    "answer": State.ANSWERED,
    "refuse": State.REFUSED,
}
"""The state that each kind of decision leads to."""


def project(connection: sqlite3.Connection, record: Record) -> None:
    """Bring the tables up to date with `record`, which has its body; to be called once for each, in order."""
    assert record.body is not None
    body = {name: _storable(value) for name, value in record.body.items()}
    match record.kind:
        case Kind.SESSION:
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, '', 0, 'open')",
                (record.session, record.time, record.time, body["folder"], body["workflow"]),
            )
            return
        case Kind.RUN:
            connection.execute(
                "UPDATE sessions SET runs = ?, state = 'open', request = iif(request = '', ?, request) WHERE id = ?",
                (body["run"], body["prompt"], record.session),
            )
        case Kind.PROPOSED:
            connection.execute(
                "INSERT INTO commands (number, session, run, request, state, proposed, folder, proposed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    body["command"],
                    record.session,
                    body["run"],
                    body["request"],
                    State.WAITING,
                    body["proposed"],
                    body["folder"],
                    record.time,
                ),
            )
            _name_programs(connection, body)
        case Kind.DECIDED:
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
            if body.get("offered"):  # earlier versions did not say
                _set(connection, body["command"], proposed=body["approved"])
            _name_programs(connection, body)
        case Kind.STARTED:
            _set(
                connection,
                body["command"],
                state=State.RUNNING,
                started_at=record.time,
                started_record=record.number,
            )
        case Kind.BACKGROUND:
            _set(connection, body["command"], state=State.BACKGROUND)
        case Kind.FINISHED:
            _set(
                connection,
                body["command"],
                state=State.FINISHED,
                exit_status=body["exit_status"],
                finished_at=record.time,
                finished_record=record.number,
            )
        case Kind.UNKNOWN:
            _set(connection, body["command"], state=State.UNKNOWN)
        case Kind.SETTLED:
            _set(
                connection,
                body["command"],
                state=State.FINISHED if body["said"] == "ran" else State.DROPPED,
                finished_at=record.time,
                finished_record=record.number,
            )
        case Kind.RUN_ENDED:
            connection.execute(
                "UPDATE commands SET state = ? WHERE session = ? AND run = ? AND state IN (?, ?)",
                (State.DROPPED, record.session, body["run"], State.WAITING, State.APPROVED),
            )
            connection.execute("UPDATE sessions SET state = ? WHERE id = ?", (body["how"], record.session))
        case Kind.PRUNED:
            for session in body["sessions"]:
                forget(connection, session)
            return
    connection.execute("UPDATE sessions SET changed = ? WHERE id = ?", (record.time, record.session))


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Take away what the tables say of `session`."""
    connection.execute(
        "DELETE FROM programs WHERE command IN (SELECT number FROM commands WHERE session = ?)", (session,)
    )
    connection.execute("DELETE FROM commands WHERE session = ?", (session,))
    connection.execute("DELETE FROM sessions WHERE id = ?", (session,))


def storable(text: str) -> str:
    """Return `text` as a column takes it: what is no Unicode, as in the name of an old folder, as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_storable(each) for each in value]
    return storable(value) if isinstance(value, str) else value


def _set(connection: sqlite3.Connection, command: int, **columns: Any) -> None:
    assignments = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE commands SET {assignments} WHERE number = ?", (*columns.values(), command))


def _name_programs(connection: sqlite3.Connection, body: Mapping[str, Any]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO programs VALUES (?, ?)",
        [(program, body["command"]) for program in body["programs"]],
    )
