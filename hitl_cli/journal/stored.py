"""A session as the journal has it: all that a program needs to go on with it, checked before anything is believed."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.chain import digest_of
from hitl_cli.journal.owner import SessionLock
from hitl_cli.journal.projection import UNFINISHED, Kind, State, storable
from hitl_cli.journal.store import Store


class _Exact:
    """What is read into a class with this base has its fields and no others."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class Started(_Exact):
    """What was written down when a command started: its process and its guardian's, and the file of its output.

    `time` and `began` (of the process) are in seconds since the epoch.
    """

    time: float
    process: int
    began: float | None
    guardian: int
    log: str | None


@dataclass(frozen=True)
class StoredCommand(_Exact):
    """A command that the session is not done with.

    `event` is the request, `decision` and `result` what was decided and what came of it, all as the session wrote
    them; `draft` is what was on the line.
    """

    number: int
    run: int
    request: str
    state: State
    folder: str
    event: dict[str, Any]
    draft: str | None
    decision: dict[str, Any] | None
    result: dict[str, Any] | None
    started: Started | None


@dataclass(frozen=True)
class Engine(_Exact):
    """The engine's own state of a run, and the ids of the requests that nobody had answered when it was saved."""

    state: dict[str, Any]
    open: list[str]


@dataclass(frozen=True)
class Paused(_Exact):
    """A run that has not ended: its number, its prompt word for word, and what it can be gone on from, if anything."""

    run: int
    prompt: str
    engine: Engine | None


@dataclass(frozen=True)
class ShellVariables(_Exact):
    """What the commands made of the program's own variables; `lost` are names whose values were not stored."""

    changed: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EndedCommand(_Exact):
    """A command that the program ended although nobody asked for that; see `CommandResult.ended_because`."""

    command: str
    because: str


@dataclass(frozen=True)
class StoredSession(_Exact):
    """A session.

    `files` are the SHA-256 of the workflow's files that were imported, by their paths from its root, and `hiding` the
    names there that hid other modules; earlier formats have no `hiding`, and name only the files of one folder. `ended`
    are the commands that the program ended since the last run began.
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
    paused: Paused | None
    commands: list[StoredCommand]
    ended: list[EndedCommand]

    @property
    def waits(self) -> bool:
        """Whether somebody has to go on with it."""
        return self.paused is not None or bool(self.commands)


def latest(store: Store, folder: Path) -> str:
    """Return the id of the session of `folder` to go on with.

    That is the last one that waits for somebody and is not open elsewhere; where none does, the last one.

    Raises:
        UsageError: There is none.
    """
    found = _waiting(store, folder) or [
        str(id_)
        for (id_,) in store.rows(
            "SELECT id FROM sessions WHERE folder = ? ORDER BY changed DESC LIMIT 1",
            (storable(str(folder)),),
        )
    ]
    if not found:
        raise UsageError(
            f"No session was started in {folder}. `hitl sessions --all` lists those of every folder."
        )
    return next((id_ for id_ in found if not SessionLock(store.path.parent, id_).is_taken), found[0])


def find(store: Store, beginning: str) -> str:
    """Return the id of the session that begins like this.

    Raises:
        UsageError: There is none, or more than one.
    """
    rows = store.rows(
        "SELECT id FROM sessions WHERE substr(id, 1, ?) = ?", (len(beginning), storable(beginning))
    )
    if len(rows) != 1 or not beginning:
        many = "More than one session begins" if rows else "There is no session that begins"
        raise UsageError(f"{many} with {beginning!r}. `hitl sessions --all` lists them.")
    return str(rows[0][0])


def _waiting(store: Store, folder: Path) -> list[str]:
    """Return the ids of the sessions of `folder` that somebody has to go on with, the latest first."""
    marks = ", ".join("?" * len(UNFINISHED))
    rows = store.rows(
        "SELECT id FROM sessions WHERE folder = ? AND id IN "
        f"(SELECT session FROM paused UNION SELECT session FROM commands WHERE state IN ({marks})) "
        "ORDER BY changed DESC",
        (storable(str(folder)), *UNFINISHED),
    )
    return [str(id_) for (id_,) in rows]


def load(store: Store, session: str) -> StoredSession:
    """Return a session; to be called by the program that holds it.

    Raises:
        JournalError: What the journal says of it makes no sense, or was changed by something else than hitl.
    """
    from pydantic import TypeAdapter, ValidationError  # most starts read no session, and need no schema of it

    try:
        return TypeAdapter(StoredSession).validate_python(_read(store, session))
    except (ValidationError, ValueError, TypeError, KeyError, IndexError, RecursionError) as problem:
        raise JournalError(
            f"What the journal says of session {session} makes no sense: it was damaged, or changed by something "
            "else than hitl. Nothing ran and nothing was changed. `hitl log --verify` names what was changed."
        ) from problem


def _read(store: Store, session: str) -> dict[str, Any]:
    _, opening = _record(store, "session = ? AND kind = ? ORDER BY number", session, Kind.SESSION)
    (runs,) = store.rows("SELECT runs FROM sessions WHERE id = ?", (session,))[0]
    files: dict[str, str] = {}
    if runs:
        _, last = _record(store, "session = ? AND kind = ? ORDER BY number DESC", session, Kind.RUN)
        files = last["files"]
    commands = [
        {
            "number": number,
            "run": run,
            "request": request,
            "state": state,
            "folder": folder,
            "event": json.loads(event),
            "draft": _json(draft),
            "decision": _json(decision),
            "result": _json(result),
            "started": None if started is None else _started(store, started),
        }
        for number, run, request, state, folder, event, draft, decision, result, started in store.rows(
            "SELECT number, run, commands.request, state, folder, event, draft, decision, result, started_record "
            "FROM questions JOIN commands ON number = command WHERE questions.session = ? ORDER BY number",
            (session,),
        )
    ]
    paused = store.rows("SELECT run, prompt, engine FROM paused WHERE session = ?", (session,))
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
        "paused": {"run": paused[0][0], "prompt": json.loads(paused[0][1]), "engine": _json(paused[0][2])}
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
                (session, Kind.FINISHED, session, Kind.RUN),
            )
        ],
    }


def _record(store: Store, condition: str, *values: Any) -> tuple[float, dict[str, Any]]:
    """Return time and body of the first record of which `condition` holds; it must be as it was written."""
    row = store.rows(
        f"SELECT number, time, session, kind, body, digest FROM records WHERE {condition} LIMIT 1", values
    )[0]
    number, time, owner, kind, body, digest = row
    if digest_of(number, time, owner, kind, body) != digest:
        raise ValueError(f"record {number} was changed")
    return time, json.loads(body)


def _started(store: Store, record: int) -> dict[str, Any]:
    time, body = _record(store, "number = ?", record)
    return {"time": time, **{name: body[name] for name in ("process", "began", "guardian", "log")}}


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
