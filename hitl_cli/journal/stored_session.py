"""Loads a stored session: all that is needed to resume it, validated before use."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.chain import digest_of
from hitl_cli.journal.owner import SessionLock
from hitl_cli.journal.projection import DISCARDED, UNFINISHED, CommandState, RecordKind, storable
from hitl_cli.journal.store import Store


class _Strict:
    """Base of classes whose validation rejects unknown fields."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class StartRecord(_Strict):
    """The record of a command's start: its process, its guardian's process, and its output log.

    A call of a tool has no guardian, and its process is the program itself.

    `time` and `began` (the start time of the process) are in seconds since the epoch.
    """

    time: float
    process: int
    began: float | None
    guardian: int | None
    log: str | None


@dataclass(frozen=True)
class StoredCommand(_Strict):
    """A command that the session has not finished.

    `event` is the request, `decision` and `result` are the decision and the result, all as the session stored them;
    `draft` is the last text on the edit line.
    """

    number: int
    run: int
    request: str
    state: CommandState
    folder: str
    event: dict[str, Any]
    draft: str | None
    decision: dict[str, Any] | None
    result: dict[str, Any] | None
    started: StartRecord | None


@dataclass(frozen=True)
class EngineSnapshot(_Strict):
    """The engine's state of a run, and the ids of the requests that were unanswered when it was saved."""

    state: dict[str, Any]
    open: list[str]


@dataclass(frozen=True)
class PausedRun(_Strict):
    """A run that has not ended: its number, its exact prompt, and the state to resume from, if there is one.

    `start` are the values of its start event; None in earlier formats, which have only the prompt.
    """

    run: int
    prompt: str
    start: dict[str, Any] | None
    engine: EngineSnapshot | None


@dataclass(frozen=True)
class ShellVariables(_Strict):
    """How the commands changed the environment; `lost` names variables whose values were not stored."""

    changed: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EndedCommand(_Strict):
    """A command that hitl ended without being asked to; see `CommandResult.ended_because`."""

    command: str
    because: str


@dataclass(frozen=True)
class StoredSession(_Strict):
    """A session.

    `files` maps the workflow's imported files, by their paths from its root, to their SHA-256; `hiding` are the names
    there that shadowed other modules. Earlier formats have no `hiding` and only the files of one folder. `ended` are
    the commands that hitl ended since the last run began.
    """

    id: str
    folder: str
    workflow: str
    conversation: bool
    flags: dict[str, str]
    versions: dict[str, str]
    files: dict[str, str]
    hiding: list[str] | None
    runs: int
    shell_folder: str | None
    shell_variables: ShellVariables
    paused: PausedRun | None
    commands: list[StoredCommand]
    ended: list[EndedCommand]

    @property
    def is_unfinished(self) -> bool:
        """Whether a run or a command of it has not ended."""
        return self.paused is not None or bool(self.commands)


def latest(store: Store, folder: Path) -> str:
    """Return the id of the session of `folder` to resume.

    That is the latest unfinished one that is not open elsewhere; if all are finished, the latest one. Discarded ones do
    not count.

    Raises:
        UsageError: The folder has no session that can be resumed.
    """
    found = _unfinished(store, folder) or [
        str(id_)
        for (id_,) in store.rows(
            "SELECT id FROM sessions WHERE folder = ? AND state <> ? ORDER BY changed DESC LIMIT 1",
            (storable(str(folder)), DISCARDED),
        )
    ]
    if not found:
        raise UsageError(
            f"No session in {folder} can be resumed. List the sessions of all folders with: hitl sessions --all"
        )
    return next((id_ for id_ in found if not SessionLock(store.path.parent, id_).is_taken), found[0])


def _unfinished(store: Store, folder: Path) -> list[str]:
    """Return the ids of the unfinished sessions of `folder`, the latest first."""
    marks = ", ".join("?" * len(UNFINISHED))
    rows = store.rows(
        "SELECT id FROM sessions WHERE folder = ? AND state <> ? AND id IN "
        f"(SELECT session FROM paused UNION SELECT session FROM commands WHERE state IN ({marks})) "
        "ORDER BY changed DESC",
        (storable(str(folder)), DISCARDED, *UNFINISHED),
    )
    return [str(id_) for (id_,) in rows]


def load(store: Store, session: str) -> StoredSession:
    """Return a session. Call this only in the program that owns it.

    Raises:
        UsageError: The person discarded it.
        JournalError: Its data is invalid, or a program other than hitl changed it.
    """
    rows = store.rows("SELECT changed FROM sessions WHERE id = ? AND state = ?", (session, DISCARDED))
    if rows:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(rows[0][0])))
        raise UsageError(
            f"Session {session} was discarded on {when} and cannot be resumed; nothing ran. "
            f"To see what it did: hitl log --session {session}"
        )
    from pydantic import TypeAdapter, ValidationError  # slow to import, and most starts load no session

    try:
        return TypeAdapter(StoredSession).validate_python(_read(store, session))
    except (ValidationError, ValueError, TypeError, KeyError, IndexError, RecursionError) as problem:
        raise JournalError(
            f"Session {session} has invalid data in the journal: it is damaged, or a program other than hitl changed "
            "it. Nothing ran and nothing was changed. Find what was changed with: hitl log --verify"
        ) from problem


def _read(store: Store, session: str) -> dict[str, Any]:
    _, opening = _record(store, "session = ? AND kind = ? ORDER BY number", session, RecordKind.SESSION)
    (runs,) = store.rows("SELECT runs FROM sessions WHERE id = ?", (session,))[0]
    files: dict[str, str] = {}
    if runs:
        _, last = _record(store, "session = ? AND kind = ? ORDER BY number DESC", session, RecordKind.RUN)
        files = last["files"]
    commands = [
        {
            "number": number,
            "run": run,
            "request": request,
            "state": state,
            "folder": folder,
            "event": json.loads(event),
            "draft": _parsed(draft),
            "decision": _parsed(decision),
            "result": _parsed(result),
            "started": None if started is None else _start_record(store, started),
        }
        for number, run, request, state, folder, event, draft, decision, result, started in store.rows(
            "SELECT number, run, commands.request, state, folder, event, draft, decision, result, started_record "
            "FROM questions JOIN commands ON number = command WHERE questions.session = ? ORDER BY number",
            (session,),
        )
    ]
    paused = store.rows("SELECT run, prompt, start, engine FROM paused WHERE session = ?", (session,))
    code = store.rows("SELECT files, hiding FROM code WHERE session = ?", (session,))
    shells = store.rows("SELECT folder, variables FROM shells WHERE session = ?", (session,))
    return {
        "id": session,
        **opening,
        "files": json.loads(code[0][0]) if code else files,
        "hiding": json.loads(code[0][1]) if code else None,
        "runs": runs,
        "shell_folder": json.loads(shells[0][0]) if shells else None,
        "shell_variables": json.loads(shells[0][1]) if shells else {},
        "paused": {
            "run": paused[0][0],
            "prompt": json.loads(paused[0][1]),
            "start": _parsed(paused[0][2]),
            "engine": _parsed(paused[0][3]),
        }
        if paused
        else None,
        "commands": commands,
        "ended": [
            {"command": approved, "because": because}
            for approved, because in store.rows(
                "SELECT approved, json_extract(body, '$.ended_because') AS because "
                "FROM commands JOIN records ON records.number = finished_record "
                "WHERE commands.session = ? AND kind = ? AND coalesce(because, '') <> '' AND finished_record > "
                "(SELECT max(number) FROM records WHERE session = ? AND kind = ?) ORDER BY finished_record",
                (session, RecordKind.FINISHED, session, RecordKind.RUN),
            )
        ],
    }


def _record(store: Store, condition: str, *values: Any) -> tuple[float, dict[str, Any]]:
    """Return time and body of the first record that meets `condition`; raise ValueError if it was changed."""
    row = store.rows(
        f"SELECT number, time, session, kind, body, digest FROM records WHERE {condition} LIMIT 1", values
    )[0]
    number, time, owner, kind, body, digest = row
    if digest_of(number, time, owner, kind, body) != digest:
        raise ValueError(f"record {number} was changed")
    return time, json.loads(body)


def _start_record(store: Store, record: int) -> dict[str, Any]:
    time, body = _record(store, "number = ?", record)
    return {"time": time, **{name: body[name] for name in ("process", "began", "guardian", "log")}}


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
