"""What the journal says of sessions and commands, for a person or a program to read."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.projection import UNFINISHED, State, storable
from hitl_cli.journal.store import Store

FAILED = "failed"
"""The status that asks for commands that ended with an exit status other than 0."""

STATUSES = (*(state.value for state in State), FAILED)
"""What commands can be asked for by."""

_LAST_TIME = 1e11  # seconds since the epoch


@dataclass(frozen=True)
class LoggedCommand:
    """A command as the log has it; times are in seconds since the epoch, `duration` in seconds.

    `approved` is None where nothing may run, and the other values are None where it did not come so far.
    `ended_because` says why the program ended it, None where it did not.
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

    @property
    def told(self) -> str:
        """Its state, and where the program ended it, why, in words."""
        return f"ended by hitl when {self.ended_because}" if self.ended_because else self.state


@dataclass(frozen=True)
class Event:
    """Something that happened to a command, with what was recorded of it."""

    time: float
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class LoggedSession:
    """A session; times are in seconds since the epoch. `counts` has the commands in each state that is not final.

    `process` is the program that has it open, and `is_paused` says whether a run of it has not ended.
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
    def told(self) -> str:
        """What is the matter with it, in words."""
        said = []
        if self.process is not None:
            said.append(f"open in process {self.process}")
        waiting, approved, unknown = (
            self.counts.get(state, 0) for state in (State.WAITING, State.APPROVED, State.UNKNOWN)
        )
        running = self.counts.get(State.RUNNING, 0) + self.counts.get(State.BACKGROUND, 0)
        if waiting:
            said.append("1 command waits" if waiting == 1 else f"{waiting} commands wait")
        if approved:
            said.append(f"{approved} approved, not started")
        if running:
            said.append(f"{running} running")
        if unknown:
            said.append("1 outcome unknown" if unknown == 1 else f"{unknown} outcomes unknown")
        if self.is_paused and not said:
            said.append("interrupted")
        return ", ".join(said) or ("ended" if self.state == "open" else self.state)


@dataclass(frozen=True)
class Wanted:
    """Which commands are asked for; None asks for all. `since` and `until` are in seconds since the epoch."""

    session: str | None = None
    folder: Path | None = None
    since: float | None = None
    until: float | None = None
    program: str | None = None
    status: str | None = None


def commands(store: Store, wanted: Wanted, limit: int) -> list[LoggedCommand]:
    """Return the last `limit` commands that are wanted, the latest last.

    Raises:
        JournalError: It cannot be read, or makes no sense.
        UsageError: No session, or more than one, begins like the one that is wanted.
    """
    gone = _gone(store)
    conditions, values = _conditions(store, wanted, gone)
    source = "commands JOIN programs ON command = number" if wanted.program is not None else "commands"
    order = "command" if wanted.program is not None else "number"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return _logged(
        store,
        f"SELECT commands.* FROM {source} {where} ORDER BY {order} DESC LIMIT ?",
        (*values, limit),
        gone,
    )


def command(store: Store, number: int) -> tuple[LoggedCommand, list[Event]]:
    """Return a command and all that happened to it.

    Raises:
        JournalError: It cannot be read, or makes no sense.
        UsageError: There is no such command.
    """
    found = _logged(store, "SELECT * FROM commands WHERE number = ?", (number,), _gone(store))
    if not found:
        raise UsageError(f"There is no command {number} in the journal. `hitl log` lists them.")
    with sensible(store):
        rows = store.rows(
            "SELECT time, kind, body FROM records WHERE session = ? AND body IS NOT NULL "
            "AND json_extract(body, '$.command') = ? ORDER BY number",
            (found[0].session, number),
        )
        return found[0], [Event(_seconds(at), str(kind), _object(body)) for at, kind, body in rows]


def sessions(store: Store, folder: Path | None, limit: int) -> list[LoggedSession]:
    """Return the `limit` sessions that changed last, of `folder` or of all, the latest first.

    Raises:
        JournalError: It cannot be read, or makes no sense.
    """
    where = "" if folder is None else "WHERE folder = ?"
    values = () if folder is None else (storable(str(folder)),)
    with store.reading(), sensible(store):
        counts: dict[str, dict[str, int]] = {}
        for session, state, count in store.iterate(
            f"SELECT session, iif(number IN ({_listed(_gone(store))}), ?, state) AS now, count(*) FROM commands "
            "WHERE state IN (?, ?, ?, ?, ?) GROUP BY session, now",
            (State.UNKNOWN, *UNFINISHED),
        ):
            counts.setdefault(session, {})[state] = count
        paused = {session for (session,) in store.rows("SELECT session FROM paused")}
        owners = living_owners(store)
        return [
            LoggedSession(
                str(id_),
                _seconds(began),
                _seconds(changed),
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


def living_owners(store: Store) -> dict[str, int]:
    """Return the sessions that a program has open, each with the number of its process."""
    rows = store.rows("SELECT session, process FROM owners")
    if not rows:
        return {}
    from hitl_cli.journal.owner import SessionLock

    folder = store.path.parent
    return {session: number for session, number in rows if SessionLock(folder, session).is_taken}


def _gone(store: Store) -> frozenset[int]:
    """Return the numbers of the commands that started, of which no end is written down and nobody will write one.

    Their program is gone. One that it left in the background, and that still runs, is none of them.
    """
    with sensible(store):
        rows = store.rows(
            "SELECT commands.number, commands.session, state, body FROM commands "
            "LEFT JOIN records ON records.number = started_record WHERE state IN (?, ?)",
            (State.RUNNING, State.BACKGROUND),
        )
        held = living_owners(store) if rows else {}
        return frozenset(
            int(number)
            for number, session, state, body in rows
            if session not in held and not (state == State.BACKGROUND and body and _still_runs(_object(body)))
        )


def _still_runs(started: Mapping[str, Any]) -> bool:
    from hitl_cli.journal.owner import Process

    return started["began"] is not None and Process(started["process"], started["began"]).is_alive


def _listed(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


@contextlib.contextmanager
def sensible(store: Store) -> Iterator[None]:
    """Tell of values that make no sense in the words of a journal that is damaged."""
    try:
        yield
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as problem:
        raise JournalError(
            f"What the journal {store.path} says makes no sense: it was damaged, or changed by something else than "
            "hitl. Nothing was changed. `hitl log --verify` names what is wrong."
        ) from problem


def _conditions(store: Store, wanted: Wanted, gone: frozenset[int]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []

    def add(condition: str, *value: Any) -> None:
        conditions.append(condition)
        values.extend(value)

    if wanted.session is not None:
        add("session = ?", _session(store, wanted.session))
    if wanted.folder is not None:
        folder = storable(str(wanted.folder))
        below = folder.rstrip("/")
        add("(folder = ? OR (folder > ? AND folder < ?))", folder, f"{below}/", f"{below}0")
    if wanted.since is not None:
        add("proposed_at >= ?", wanted.since)
    if wanted.until is not None:
        add("proposed_at < ?", wanted.until)
    if wanted.program is not None:
        add("program = ?", storable(wanted.program))
    if wanted.status == FAILED:
        add("exit_status <> 0")
    elif wanted.status == State.UNKNOWN:
        add(f"(state = ? OR number IN ({_listed(gone)}))", wanted.status)
    elif wanted.status is not None:
        add(f"state = ? AND number NOT IN ({_listed(gone)})", wanted.status)
    return conditions, values


def _session(store: Store, beginning: str) -> str:
    rows = store.rows(
        "SELECT id FROM sessions WHERE substr(id, 1, ?) = ?", (len(beginning), storable(beginning))
    )
    if len(rows) != 1:
        many = "More than one session begins" if rows else "There is no session that begins"
        raise UsageError(f"{many} with {beginning!r}. `hitl sessions --all` lists them.")
    return str(rows[0][0])


def _logged(store: Store, query: str, values: tuple[Any, ...], gone: frozenset[int]) -> list[LoggedCommand]:
    with sensible(store):
        rows = store.rows(
            "SELECT found.number, found.session, run, state, proposed, approved, folder, decided_by, words, "
            "exit_status, proposed_at, decided_at, started_at, finished_at, "
            "iif(kind = 'finished', json_extract(body, '$.duration'), NULL), "
            "iif(kind = 'finished', nullif(json_extract(body, '$.ended_because'), ''), NULL) "
            f"FROM ({query}) AS found LEFT JOIN records ON records.number = finished_record ORDER BY found.number",
            values,
        )
        found = [_as_logged(row) for row in rows]
        return [replace(each, state=State.UNKNOWN.value) if each.number in gone else each for each in found]


def _as_logged(row: tuple[Any, ...]) -> LoggedCommand:
    number, session, run, state, proposed, approved, folder, by, words, status, *times, because = row
    texts = [None if text is None else _text(text) for text in (approved, by, words, because)]
    proposed_at, decided_at, started_at, finished_at, duration = (
        None if value is None else _seconds(value) for value in times
    )
    if proposed_at is None:
        raise TypeError("a command without a time")
    return LoggedCommand(
        number=int(number),
        session=_text(session),
        run=int(run),
        state=_text(state),
        proposed=_text(proposed),
        approved=texts[0],
        folder=_text(folder),
        decided_by=texts[1],
        words=texts[2],
        exit_status=None if status is None else int(status),
        proposed_at=proposed_at,
        decided_at=decided_at,
        started_at=started_at,
        finished_at=finished_at,
        duration=duration,
        ended_because=texts[3],
    )


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds < _LAST_TIME:
        raise ValueError("no time that a clock could have shown")
    return seconds


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _object(body: Any) -> dict[str, Any]:
    values = json.loads(body)
    if not isinstance(values, dict):
        raise TypeError("not an object")
    return values
