"""Queries over stored sessions and commands, for `hitl sessions`, `hitl log` and `hitl show`."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.entries import OWN
from hitl_cli.journal.projection import DISCARDED, UNFINISHED, CommandState, storable
from hitl_cli.journal.store import Store
from hitl_cli.text.suggestions import did_you_mean

FAILED = "failed"
"""The status filter for commands with a non-zero exit status."""

STATUSES = (*(state.value for state in CommandState), FAILED)
"""All values of the status filter."""

_MOST_COMPARED = 1_000  # sessions whose ids are compared with a misspelt one
_LAST_TIME = 1e11  # seconds since the epoch


@dataclass(frozen=True)
class LoggedCommand:
    """A command in the log; times are in seconds since the epoch, `duration` in seconds.

    `approved` is None if nothing may run; other values are None if the command did not get that far.
    `ended_because` says why hitl ended it, None if it did not.
    """

    number: int
    session: str
    run: int
    state: str
    proposed: str
    approved: str | None
    folder: str
    decided_by: str | None
    words: str | None
    exit_status: int | None
    proposed_at: float
    decided_at: float | None
    started_at: float | None
    finished_at: float | None
    duration: float | None
    ended_because: str | None
    request: str

    @property
    def is_own(self) -> bool:
        """Whether the person typed it themselves, and nobody proposed it."""
        return self.request.startswith(OWN)

    @property
    def state_text(self) -> str:
        """The state as text; if hitl ended the command, also why."""
        return f"ended by hitl when {self.ended_because}" if self.ended_because else self.state


@dataclass(frozen=True)
class CommandEvent:
    """A record about a command."""

    time: float
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class LoggedSession:
    """A session; times are in seconds since the epoch. `counts` has the number of commands in each non-final state.

    `process` is the id of the process that has it open; `is_paused` says whether a run of it has not ended.
    """

    id: str
    began: float
    changed: float
    folder: str
    workflow: str
    request: str
    runs: int
    state: str
    counts: Mapping[str, int]
    process: int | None
    is_paused: bool

    @property
    def state_text(self) -> str:
        """The state as text."""
        parts = []
        if self.process is not None:
            parts.append(f"open in process {self.process}")
        if self.state == DISCARDED:
            parts.append(DISCARDED)
        waiting, approved, unknown = (
            self.counts.get(state, 0)
            for state in (CommandState.WAITING, CommandState.APPROVED, CommandState.UNKNOWN)
        )
        running = self.counts.get(CommandState.RUNNING, 0) + self.counts.get(CommandState.BACKGROUND, 0)
        if waiting:
            parts.append("1 question waits" if waiting == 1 else f"{waiting} questions wait")
        if approved:
            parts.append(f"{approved} approved, not started")
        if running:
            parts.append(f"{running} running")
        if unknown:
            parts.append("1 outcome unknown" if unknown == 1 else f"{unknown} outcomes unknown")
        if self.is_paused and not parts:
            parts.append("interrupted")
        return ", ".join(parts) or ("ended" if self.state == "open" else self.state)


@dataclass(frozen=True)
class CommandFilter:
    """Which commands to list; None means no restriction. `since` and `until` are in seconds since the epoch."""

    session: str | None = None
    folder: Path | None = None
    since: float | None = None
    until: float | None = None
    program: str | None = None
    status: str | None = None
    by: str | None = None


def commands(store: Store, filters: CommandFilter, limit: int) -> list[LoggedCommand]:
    """Return the last `limit` commands that match, the latest last.

    Raises:
        JournalError: The journal cannot be read, or has invalid data.
        UsageError: The session id of the filter matches no session, or several.
    """
    lost = _lost_commands(store)
    conditions, values = _conditions(store, filters, lost)
    source = "commands JOIN programs ON command = number" if filters.program is not None else "commands"
    order = "command" if filters.program is not None else "number"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return _query_commands(
        store,
        f"SELECT commands.* FROM {source} {where} ORDER BY {order} DESC LIMIT ?",
        (*values, limit),
        lost,
    )


def command(store: Store, number: int) -> tuple[LoggedCommand, list[CommandEvent]]:
    """Return a command and all records about it.

    Raises:
        JournalError: The journal cannot be read, or has invalid data.
        UsageError: There is no such command.
    """
    found = _query_commands(
        store, "SELECT * FROM commands WHERE number = ?", (number,), _lost_commands(store)
    )
    if not found:
        raise UsageError(f"The journal has no command {number}. List the commands with: hitl log")
    with reporting_invalid_data(store):
        rows = store.rows(
            "SELECT time, kind, body FROM records WHERE session = ? AND body IS NOT NULL "
            "AND json_extract(body, '$.command') = ? ORDER BY number",
            (found[0].session, number),
        )
        return found[0], [
            CommandEvent(_checked_time(at), str(kind), _json_object(body)) for at, kind, body in rows
        ]


def sessions(store: Store, folder: Path | None, limit: int) -> list[LoggedSession]:
    """Return the `limit` sessions that changed last, of `folder` or of all folders, the latest first.

    Raises:
        JournalError: The journal cannot be read, or has invalid data.
    """
    where = "" if folder is None else "WHERE folder = ?"
    values = () if folder is None else (storable(str(folder)),)
    with store.reading(), reporting_invalid_data(store):
        counts: dict[str, dict[str, int]] = {}
        lost = _sql_list(_lost_commands(store))
        for session, state, count in store.iterate(
            f"SELECT session, iif(number IN ({lost}), ?, state) AS now, count(*) FROM commands "
            "WHERE state IN (?, ?, ?, ?, ?) GROUP BY session, now",
            (CommandState.UNKNOWN, *UNFINISHED),
        ):
            counts.setdefault(session, {})[state] = count
        paused = {session for (session,) in store.rows("SELECT session FROM paused")}
        owners = running_owners(store)
        return [
            LoggedSession(
                str(id_),
                _checked_time(began),
                _checked_time(changed),
                str(place),
                str(workflow),
                str(request),
                int(runs),
                str(state),
                counts.get(id_, {}),
                owners.get(id_),
                id_ in paused,
            )
            for id_, began, changed, place, workflow, request, runs, state in store.iterate(
                "SELECT id, began, changed, folder, workflow, request, runs, state FROM sessions "
                f"{where} ORDER BY changed DESC, began DESC LIMIT ?",
                (*values, limit),
            )
        ]


def find(store: Store, prefix: str) -> str:
    """Return the id of the session whose id starts with `prefix`.

    Raises:
        UsageError: No session matches, or several do.
    """
    rows = store.rows("SELECT id FROM sessions WHERE substr(id, 1, ?) = ?", (len(prefix), storable(prefix)))
    if len(rows) != 1 or not prefix:
        found = "Several session ids start" if rows else "No session id starts"
        ids = (
            []
            if rows
            else [str(id_) for (id_,) in store.rows("SELECT id FROM sessions ORDER BY changed DESC")]
        )
        near = did_you_mean(prefix, (id_[: max(4, len(prefix))] for id_ in ids[:_MOST_COMPARED]))
        raise UsageError(f"{found} with {prefix!r}. {near}List the sessions with: hitl sessions --all")
    return str(rows[0][0])


def running_owners(store: Store) -> dict[str, int]:
    """Return the sessions that a running program has open, each with its process id."""
    rows = store.rows("SELECT session, process FROM owners")
    if not rows:
        return {}
    from hitl_cli.journal.owner import SessionLock

    folder = store.path.parent
    return {session: number for session, number in rows if SessionLock(folder, session).is_taken}


def _lost_commands(store: Store) -> frozenset[int]:
    """Return the numbers of the commands that started, have no recorded end, and whose program is gone.

    A background command whose process is still running is not one of them.
    """
    with reporting_invalid_data(store):
        rows = store.rows(
            "SELECT commands.number, commands.session, state, body FROM commands "
            "LEFT JOIN records ON records.number = started_record WHERE state IN (?, ?)",
            (CommandState.RUNNING, CommandState.BACKGROUND),
        )
        held = running_owners(store) if rows else {}
        return frozenset(
            int(number)
            for number, session, state, body in rows
            if session not in held
            and not (state == CommandState.BACKGROUND and body and is_running(_json_object(body)))
        )


def is_running(started: Mapping[str, Any]) -> bool:
    """Whether the process of a record of a start still runs."""
    from hitl_cli.journal.owner import Process

    return started["began"] is not None and Process(started["process"], started["began"]).is_alive


def _sql_list(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


@contextlib.contextmanager
def reporting_invalid_data(store: Store) -> Iterator[None]:
    """Raise JournalError in place of the errors that invalid stored values cause in the block."""
    try:
        yield
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as problem:
        raise JournalError(
            f"The journal {store.path} has invalid data: it is damaged, or a program other than hitl changed it. "
            "Nothing was changed now. Find what is wrong with: hitl log --verify"
        ) from problem


def _conditions(store: Store, filters: CommandFilter, lost: frozenset[int]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []

    def add(condition: str, *value: Any) -> None:
        conditions.append(condition)
        values.extend(value)

    if filters.session is not None:
        add("session = ?", find(store, filters.session))
    if filters.folder is not None:
        folder = storable(str(filters.folder))
        below = folder.rstrip("/")
        add("(folder = ? OR (folder > ? AND folder < ?))", folder, f"{below}/", f"{below}0")
    if filters.since is not None:
        add("proposed_at >= ?", filters.since)
    if filters.until is not None:
        add("proposed_at < ?", filters.until)
    if filters.program is not None:
        add("program = ?", storable(filters.program))
    if filters.by is not None:
        add("decided_by = ?", filters.by)
    if filters.status == FAILED:
        add("exit_status <> 0")
    elif filters.status == CommandState.UNKNOWN:
        add(f"(state = ? OR number IN ({_sql_list(lost)}))", filters.status)
    elif filters.status is not None:
        add(f"state = ? AND number NOT IN ({_sql_list(lost)})", filters.status)
    return conditions, values


def _query_commands(
    store: Store, query: str, values: tuple[Any, ...], lost: frozenset[int]
) -> list[LoggedCommand]:
    with reporting_invalid_data(store):
        rows = store.rows(
            "SELECT found.number, found.session, run, state, proposed, approved, folder, decided_by, words, "
            "exit_status, proposed_at, decided_at, started_at, finished_at, "
            "iif(kind = 'finished', json_extract(body, '$.duration'), NULL), "
            "iif(kind = 'finished', nullif(json_extract(body, '$.ended_because'), ''), NULL), found.request "
            f"FROM ({query}) AS found LEFT JOIN records ON records.number = finished_record ORDER BY found.number",
            values,
        )
        found = [_logged_command(row) for row in rows]
        return [
            replace(each, state=CommandState.UNKNOWN.value) if each.number in lost else each for each in found
        ]


def _logged_command(row: tuple[Any, ...]) -> LoggedCommand:
    number, session, run, state, proposed, approved, folder, by, words, status, *times, because, request = row
    texts = [None if text is None else _checked_text(text) for text in (approved, by, words, because)]
    proposed_at, decided_at, started_at, finished_at, duration = (
        None if value is None else _checked_time(value) for value in times
    )
    if proposed_at is None:
        raise TypeError("a command without a time")
    return LoggedCommand(
        number=int(number),
        session=_checked_text(session),
        run=int(run),
        state=_checked_text(state),
        proposed=_checked_text(proposed),
        approved=texts[0],
        folder=_checked_text(folder),
        decided_by=texts[1],
        words=texts[2],
        exit_status=None if status is None else int(status),
        proposed_at=proposed_at,
        decided_at=decided_at,
        started_at=started_at,
        finished_at=finished_at,
        duration=duration,
        ended_because=texts[3],
        request=_checked_text(request),
    )


def _checked_time(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds < _LAST_TIME:
        raise ValueError("time out of range")
    return seconds


def _checked_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _json_object(body: Any) -> dict[str, Any]:
    values = json.loads(body)
    if not isinstance(values, dict):
        raise TypeError("not an object")
    return values
