"""What one program writes down of one session, each time before it takes effect."""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hitl_cli import private
from hitl_cli.errors import JournalError, SessionBusyError
from hitl_cli.journal.chain import append
from hitl_cli.journal.owner import Process, SessionLock
from hitl_cli.journal.projection import DECISIONS, Kind, State, project, storable
from hitl_cli.journal.store import Store
from hitl_cli.journal.written import Ask, Opening, Verdict

Connection = Any
CodeValues = tuple[Mapping[str, str], Sequence[str]]

_FORM_OF_MESSAGE = ("role", "block_type", "tool_call_id", "tool_name")
"""What holds a message together and was said by nobody: a secret that happens to be such a word is no secret there."""


class Journal:
    """The journal of one session, held by this program until it is released.

    Every method that writes raises JournalError if it could not; what depends on it must then not happen.
    """

    def __init__(
        self,
        store: Store,
        session: str,
        reports: Path,
        mask: Callable[[str], str],
        programs: Callable[[str], Sequence[str]],
    ) -> None:
        """Take the open `store` and the `session`.

        `reports` is the folder in which guardians write how commands ended; `mask` takes the secrets out of a text,
        `programs` names the programs that a command calls.
        """
        self.session = session
        self.run = 0
        self._store = store
        self._lock = SessionLock(store.path.parent, session)
        self._reports = reports
        self._mask = mask
        self._programs = programs
        self._code: Callable[[], CodeValues] | None = None
        self._kept_code: CodeValues | None = None

    def follow_code(self, code: Callable[[], CodeValues]) -> None:
        """Keep what `code` returns with each record: files with their SHA-256, and names that hide others."""
        self._code = code

    def open(self, opening: Opening) -> None:
        """Begin a new session."""
        # Where it is found again must be told as it is, even where a variable's secret value is a part of a path.
        values = {**asdict(opening), "flags": self._masked(opening.flags)}
        with self._store.writing() as connection:
            self._own(connection)
            self._record(connection, Kind.SESSION, values)

    def claim(self) -> None:
        """Make the session this program's.

        Raises:
            SessionBusyError: Another program has it open.
        """
        with self._store.writing() as connection:
            self._own(connection)

    def go_on(self, run: int) -> None:
        """Go on with the session in `run`."""
        self.run = run

    def messages(self) -> list[Any]:
        """Return the messages of the conversation, as JSON."""
        rows = self._store.rows(
            "SELECT message FROM messages WHERE session = ? ORDER BY position", (self.session,)
        )
        return [json.loads(message) for (message,) in rows]

    def begin_run(self, prompt: str, files: Mapping[str, str]) -> None:
        """A run on `prompt` is about to begin; `files` maps the workflow's files to the SHA-256 of each."""
        with self._store.writing() as connection:
            self._begin_run(connection, prompt, files)
        self.run += 1

    def begin_anew(self, prompt: str, files: Mapping[str, str]) -> None:
        """The run is about to begin once more, as another one; what it had asked for, nobody waits for any more."""
        with self._store.writing() as connection:
            self._end_run(connection, "broken off", None)
            self._begin_run(connection, prompt, files)
        self.run += 1

    def propose(self, asks: Sequence[Ask], folder: str, engine: Mapping[str, Any] | None) -> dict[str, int]:
        """These requests are about to be shown, in `folder`; `engine` is the state that holds them, if it is safe.

        Returns the number that the command of each request has from now on.
        """
        state = None if engine is None else json.dumps(engine)
        numbers = {}
        with self._store.writing() as connection:
            for ask in asks:
                numbers[ask.request] = self._propose(connection, ask, folder)
            if state is not None:
                connection.execute("UPDATE paused SET engine = ? WHERE session = ?", (state, self.session))
        return numbers

    def _propose(self, connection: Connection, ask: Ask, folder: str) -> int:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'commands'").fetchone()
        number: int = last[0] + 1 if last else 1
        body = {
            "command": number,
            "run": self.run,
            "request": ask.request,
            "proposed": self._mask(ask.command),
            "folder": folder,
            "programs": list(self._programs(self._mask(ask.command))),
        }
        self._record(connection, Kind.PROPOSED, body)
        connection.execute(
            "INSERT INTO questions (command, session, request, event) VALUES (?, ?, ?, ?)",
            (number, self.session, storable(ask.request), json.dumps(ask.event)),
        )
        return number

    def draft(self, number: int, text: str) -> None:
        """The person has changed what is on the line to `text`, and has not decided."""
        with self._store.writing() as connection:
            connection.execute("UPDATE questions SET draft = ? WHERE command = ?", (json.dumps(text), number))

    def decide(self, number: int, verdict: Verdict, folder: str) -> None:
        """This is the decision on command `number`, which would run in `folder`.

        Raises:
            JournalError: It has started, or was decided for good; this decision must have no effect.
        """
        assert verdict.decision in DECISIONS
        approved = verdict.approved
        body = {
            "command": number,
            "decision": verdict.decision,
            "by": verdict.by,
            "approved": None if approved is None else self._mask(approved),
            "masked": approved is not None and self._mask(approved) != approved,
            "shown": verdict.shown,
            "offered": verdict.offered,
            "words": self._mask(verdict.words),
            "folder": folder,
            "programs": [] if approved is None else list(self._programs(self._mask(approved))),
        }
        with self._store.writing() as connection:
            state = _state_of(connection, number)
            if state not in (State.WAITING, State.APPROVED):
                raise JournalError(
                    f"Command {number} is {state} in the journal, so the decision on it has no effect; nothing ran."
                )
            self._record(connection, Kind.DECIDED, body)
            connection.execute(
                "UPDATE questions SET decision = ?, draft = NULL WHERE command = ?",
                (json.dumps(verdict.exact), number),
            )

    def report_of(self, number: int) -> Path:
        """Return the file in which the guardian of command `number` writes how it ended."""
        return self._reports / f"{self.session}-{number}"

    def start(self, number: int, process: int, guardian: int, boot: str, log: str | None) -> None:
        """Command `number` is about to run as `process`, its output in `log`.

        Raises:
            JournalError: It is not approved any more, or started already; it must not run.
        """
        with contextlib.suppress(OSError):  # without a report, the outcome may become unknown
            private.make_missing(self._reports)
            # An empty line now, so that the disk has room for the report when it may be full.
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            report = os.open(self.report_of(number), flags, 0o600)
            with os.fdopen(report, "wb") as file:
                file.write(b"\n")
        with self._store.writing() as connection:
            if (state := _state_of(connection, number)) != State.APPROVED:
                raise JournalError(f"Command {number} is {state} in the journal, so it was not started.")
            found = Process.of(process)
            body = {
                "command": number,
                "process": process,
                "began": found.began if found else None,
                "boot": boot,
                "guardian": guardian,
                "log": log,
            }
            self._record(connection, Kind.STARTED, body)

    def send_to_background(self, number: int, background: int, result: Mapping[str, Any]) -> None:
        """Command `number` runs on as `background`; the workflow was given `result`."""
        with self._store.writing() as connection:
            self._record(connection, Kind.BACKGROUND, {"command": number, "background": background})
            self._keep_result(connection, number, result)

    def finish(self, number: int, result: Mapping[str, Any], *, by: str, log: str | None) -> None:
        """Command `number` has ended with `result`, as `by` tells: the program, or a guardian."""
        body = {
            "command": number,
            "exit_status": result["exit_status"],
            "duration": result["duration"],
            "ending": result["ending"],
            "ended_because": result.get("ended_because", ""),
            "output": self._mask(str(result["output"])),
            "notes": [self._mask(note) for note in result["notes"]],
            "changed": self._masked(result.get("changed", ())),
            "log": log,
            "by": by,
        }
        with self._store.writing() as connection:
            self._record(connection, Kind.FINISHED, body)
            self._keep_result(connection, number, result)
            self._forget_unawaited(connection, number)
        self._forget_report(number)

    def lose(self, number: int, known: Mapping[str, Any]) -> None:
        """Command `number` started, and nobody knows how it ended; `known` is what is known of it."""
        with self._store.writing() as connection:
            self._record(connection, Kind.UNKNOWN, {"command": number, **self._masked(known)})

    def settle(
        self,
        number: int,
        by: str,
        *,
        result: Mapping[str, Any] | None = None,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        """`by` says of command `number` that it ran, and the workflow is given `result`; or that it did not.

        Then the workflow is given `decision` in the place of what was decided before.
        """
        said = "not run" if result is None else "ran"
        with self._store.writing() as connection:
            self._record(connection, Kind.SETTLED, {"command": number, "said": said, "by": by})
            if result is not None:
                self._keep_result(connection, number, result)
            if decision is not None:
                connection.execute(
                    "UPDATE questions SET decision = ? WHERE command = ?", (json.dumps(decision), number)
                )
            self._forget_unawaited(connection, number)
        self._forget_report(number)

    def ask_again(self, number: int, by: str, command: str, folder: str) -> int:
        """`by` wants command `number` to be asked about again, with this text; return the number it has now."""
        with self._store.writing() as connection:
            self._record(connection, Kind.SETTLED, {"command": number, "said": "again", "by": by})
            request, event = connection.execute(
                "SELECT request, event FROM questions WHERE command = ?", (number,)
            ).fetchone()
            new = self._propose(connection, Ask(request, command, json.loads(event)), folder)
            connection.execute("UPDATE questions SET draft = ? WHERE command = ?", (json.dumps(command), new))
            connection.execute("DELETE FROM questions WHERE command = ?", (number,))
        self._forget_report(number)
        return new

    def leave_shell(self, folder: str, variables: Mapping[str, Any]) -> None:
        """The next command would run in `folder`, and `variables` is what became of those of the program."""
        with self._store.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO shells VALUES (?, ?, ?)",
                (self.session, json.dumps(folder), json.dumps(variables)),
            )

    def end_run(self, how: str, exit_status: int | None, new: Sequence[Mapping[str, Any]]) -> None:
        """The run has ended: "finished", "broken off" or "failed"; these messages of the conversation are `new`."""
        with self._store.writing() as connection:
            self._end_run(connection, how, exit_status)
            self._add_messages(connection, new)

    def add_messages(self, new: Sequence[Mapping[str, Any]]) -> None:
        """These messages of the conversation are `new`, and of no run."""
        with self._store.writing() as connection:
            self._add_messages(connection, new)

    def release(self) -> None:
        """Let others go on with the session."""
        try:
            with self._store.writing() as connection:
                connection.execute(
                    "DELETE FROM owners WHERE session = ? AND process = ?", (self.session, os.getpid())
                )
        finally:
            self._lock.release()

    def _own(self, connection: Connection) -> None:
        try:
            is_mine = self._lock.take()
        except OSError as problem:
            raise JournalError(
                f"Session {self.session} cannot be locked: {problem.strerror}. Nothing ran. "
                "Make the folder of the journal writable, or set XDG_STATE_HOME to one that is."
            ) from problem
        if not is_mine:
            owner = connection.execute(
                "SELECT process FROM owners WHERE session = ?", (self.session,)
            ).fetchone()
            where = f", process {owner[0]}" if owner else ""
            raise SessionBusyError(
                f"Session {self.session} is open in another hitl{where}; nothing was done here. "
                "Go on there, or leave it first."
            )
        me = Process.current()
        connection.execute(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)", (self.session, me.number, me.began)
        )

    def _begin_run(self, connection: Connection, prompt: str, files: Mapping[str, str]) -> None:
        body = {"run": self.run + 1, "prompt": self._mask(prompt), "files": dict(files)}
        self._record(connection, Kind.RUN, body)
        connection.execute(
            "INSERT OR REPLACE INTO paused VALUES (?, ?, ?, NULL)",
            (self.session, self.run + 1, json.dumps(prompt)),
        )

    def _end_run(self, connection: Connection, how: str, exit_status: int | None) -> None:
        body = {"run": self.run, "how": how, "exit_status": exit_status}
        self._record(connection, Kind.RUN_ENDED, body)
        connection.execute("DELETE FROM paused WHERE session = ?", (self.session,))
        connection.execute(
            "DELETE FROM questions WHERE session = ? AND command NOT IN "
            "(SELECT number FROM commands WHERE session = ? AND state IN (?, ?, ?))",
            (self.session, self.session, State.RUNNING, State.BACKGROUND, State.UNKNOWN),
        )

    def _add_messages(self, connection: Connection, new: Sequence[Mapping[str, Any]]) -> None:
        (count,) = connection.execute(
            "SELECT coalesce(max(position) + 1, 0) FROM messages WHERE session = ?", (self.session,)
        ).fetchone()
        texts = [json.dumps(self._masked(message, but=_FORM_OF_MESSAGE)) for message in new]
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?)",
            [(self.session, count + at, text) for at, text in enumerate(texts)],
        )

    def _record(self, connection: Connection, kind: Kind, body: Mapping[str, Any]) -> None:
        project(connection, append(connection, time.time(), self.session, kind, body))
        code = self._code() if self._code is not None else None
        if code is not None and code != self._kept_code:
            connection.execute(
                "INSERT OR REPLACE INTO code VALUES (?, ?, ?)", (self.session, *map(json.dumps, code))
            )
            self._kept_code = code

    def _keep_result(self, connection: Connection, number: int, result: Mapping[str, Any]) -> None:
        connection.execute("UPDATE questions SET result = ? WHERE command = ?", (json.dumps(result), number))

    def _forget_unawaited(self, connection: Connection, number: int) -> None:
        """Delete what is kept word for word of a command that has ended, unless its run still waits for it."""
        connection.execute(
            "DELETE FROM questions WHERE command = ? AND NOT EXISTS (SELECT * FROM commands JOIN paused "
            "ON paused.session = commands.session AND paused.run = commands.run WHERE number = ?)",
            (number, number),
        )

    def _forget_report(self, number: int) -> None:
        with contextlib.suppress(OSError):
            self.report_of(number).unlink(missing_ok=True)

    def _masked(self, value: Any, but: Collection[str] = ()) -> Any:
        """Return a JSON value with the secrets of all its texts masked, but for those under these names."""
        if isinstance(value, str):
            return self._mask(value)
        if isinstance(value, Mapping):
            return {name: each if name in but else self._masked(each, but) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(each, but) for each in value]
        return value


def _state_of(connection: Connection, number: int) -> str:
    (state,) = connection.execute("SELECT state FROM commands WHERE number = ?", (number,)).fetchone()
    return str(state)


def new_session_id() -> str:
    """Return an id for a session: eight hexadecimal digits."""
    return secrets.token_hex(4)
