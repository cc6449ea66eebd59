"""Stores the events of one session, each before it takes effect."""

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hitl_cli.errors import JournalError
from hitl_cli.journal.chain import append
from hitl_cli.journal.entries import DecisionEntry, ProposalEntry, SessionEntry
from hitl_cli.journal.owner import Ownership, Process
from hitl_cli.journal.projection import DECISIONS, CommandState, RecordKind, project
from hitl_cli.journal.reports import GuardianReports
from hitl_cli.journal.resume_state import ResumeState
from hitl_cli.journal.store import Store
from hitl_cli.text.secrets.masking import masked_values

Connection = Any
CodeValues = tuple[Mapping[str, str], Sequence[str]]


class Journal:
    """The journal of one session, which this program owns until `release`.

    Every method that writes raises JournalError if it fails; the action that depends on it must then not happen.
    """

    def __init__(
        self,
        store: Store,
        session: str,
        reports: Path,
        mask: Callable[[str], str],
        programs: Callable[[str], Sequence[str]],
    ) -> None:
        """Take the open `store` and the id of the `session`.

        `reports` is the folder in which guardians write how commands ended; `mask` masks the secrets in a text;
        `programs` returns the names of the programs that a command calls.
        """
        self.session = session
        self.run = 0
        self._store = store
        self._state = ResumeState(session, mask)
        self._ownership = Ownership(store.path.parent, session)
        self._guardian_reports = GuardianReports(reports, session)
        self._mask = mask
        self._programs = programs
        self._code: Callable[[], CodeValues] | None = None
        self._stored_code: CodeValues | None = None

    def track_code(self, code: Callable[[], CodeValues]) -> None:
        """With each record, store what `code` returns: files with their SHA-256, and names that shadow modules."""
        self._code = code

    def open(self, opening: SessionEntry) -> None:
        """Start a new session."""
        # The paths stay unmasked, even if part of one equals a secret value: they are needed to find the files again.
        values = {**asdict(opening), "flags": masked_values(opening.flags, self._mask)}
        with self._store.writing() as connection:
            self._ownership.take(connection)
            self._record(connection, RecordKind.SESSION, values)

    def claim(self) -> None:
        """Take ownership of the session.

        Raises:
            SessionBusyError: Another program has it open.
        """
        with self._store.writing() as connection:
            self._ownership.take(connection)

    def continue_run(self, run: int) -> None:
        """Continue the session in `run`."""
        self.run = run

    def messages(self) -> list[Any]:
        """Return the messages of the conversation, as JSON."""
        rows = self._store.rows(
            "SELECT message FROM messages WHERE session = ? ORDER BY position", (self.session,)
        )
        return [json.loads(message) for (message,) in rows]

    def begin_run(
        self, prompt: str, files: Mapping[str, str], start: Mapping[str, Any] | None = None
    ) -> None:
        """Store that a run on `prompt` begins.

        `files` maps the workflow's files to their SHA-256. `start` are the values of the start event, if it has more
        than the prompt.
        """
        with self._store.writing() as connection:
            self._begin_run(connection, prompt, files, start)
        self.run += 1

    def restart_run(
        self, prompt: str, files: Mapping[str, str], start: Mapping[str, Any] | None = None
    ) -> None:
        """Store that the run starts again, under a new number; its pending requests are dropped."""
        with self._store.writing() as connection:
            self._end_run(connection, "broken off", None)
            self._begin_run(connection, prompt, files, start)
        self.run += 1

    def propose(
        self, asks: Sequence[ProposalEntry], folder: str, engine: Mapping[str, Any] | None
    ) -> dict[str, int]:
        """Store requests before they are shown, in `folder`; `engine` is the state to resume from, if it can be saved.

        Returns the command number of each request id.
        """
        state = None if engine is None else json.dumps(engine)
        numbers = {}
        with self._store.writing() as connection:
            for ask in asks:
                numbers[ask.request] = self._propose(connection, ask, folder)
            if state is not None:
                self._state.save_engine(connection, state)
        return numbers

    def _propose(self, connection: Connection, ask: ProposalEntry, folder: str) -> int:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'commands'").fetchone()
        number: int = last[0] + 1 if last else 1
        body = {
            "command": number,
            "run": self.run,
            "request": ask.request,
            "proposed": self._mask(ask.command),
            "folder": folder,
            "programs": list(self._programs(self._mask(ask.command))) if ask.is_command else [],
            **({"purpose": self._mask(ask.purpose)} if ask.purpose else {}),
            **({"kind": ask.event["kind"]} if ask.event.get("kind", "command") != "command" else {}),
            **({"held_run": ask.held_run} if ask.held_run is not None else {}),
        }
        self._record(connection, RecordKind.PROPOSED, body)
        self._state.ask(connection, number, ask.request, ask.event)
        return number

    def approve_own(self, ask: ProposalEntry, verdict: DecisionEntry, folder: str) -> int:
        """Store a command that the person typed themselves: proposed and approved at once. Returns its number."""
        with self._store.writing() as connection:
            number = self._propose(connection, ask, folder)
            self._decide(connection, number, verdict, folder)
        return number

    def draft(self, number: int, text: str) -> None:
        """Store `text`, the edited but undecided text on the edit line."""
        with self._store.writing() as connection:
            self._state.draft(connection, number, text)

    def note_rule(self, number: int, rule: str, kept: str) -> None:
        """Store that the person made `rule` at the question about command `number`; `kept` says where or until when."""
        with self._store.writing() as connection:
            body = {"command": number, "rule": self._mask(rule), "kept": kept}
            self._record(connection, RecordKind.RULE, body)

    def note_preview(self, number: int, text: str, summary: str, *, lost_outside: bool) -> None:
        """Store that `text` was previewed at the question about command `number`, and what it would do."""
        body = {"command": number, "text": self._mask(text), "summary": self._mask(summary)}
        with self._store.writing() as connection:
            self._record(connection, RecordKind.PREVIEW, {**body, "lost_outside": lost_outside})

    def previews(self, number: int) -> list[tuple[str, str, bool]]:
        """Return what `note_preview` stored about command `number`, the oldest first."""
        rows = self._store.rows(
            "SELECT body FROM records WHERE session = ? AND kind = ? AND json_extract(body, '$.command') = ? "
            "ORDER BY number",
            (self.session, RecordKind.PREVIEW, number),
        )
        bodies = [json.loads(body) for (body,) in rows]
        return [(body["text"], body["summary"], body["lost_outside"]) for body in bodies]

    def decide(self, number: int, verdict: DecisionEntry, folder: str) -> None:
        """Store the decision on command `number`, which would run in `folder`.

        Raises:
            JournalError: The command has started, or its decision is final; this decision must have no effect.
        """
        with self._store.writing() as connection:
            state = _state_of(connection, number)
            if state not in (CommandState.WAITING, CommandState.APPROVED, CommandState.DELEGATED):
                raise JournalError(
                    f"Command {number} is already {state} in the journal. This decision has no effect; nothing ran."
                )
            self._decide(connection, number, verdict, folder)

    def _decide(self, connection: Connection, number: int, verdict: DecisionEntry, folder: str) -> None:
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
        if verdict.again:
            body["again"] = True
        if verdict.previews:
            body["previews"] = [
                {"text": self._mask(text), "summary": self._mask(summary)}
                for text, summary in verdict.previews
            ]
        self._record(connection, RecordKind.DECIDED, body)
        self._state.decide(connection, number, verdict.exact)

    def report_of(self, number: int) -> Path:
        """Return the file in which the guardian of command `number` writes how it ended."""
        return self._guardian_reports.file_of(number)

    def start(self, number: int, process: int, guardian: int, boot: str, log: str | None) -> None:
        """Store that command `number` is about to run as `process`, with its output in `log`.

        Raises:
            JournalError: The command is not approved, or has already started; it must not run.
        """
        self._guardian_reports.reserve(number)
        with self._store.writing() as connection:
            if (state := _state_of(connection, number)) != CommandState.APPROVED:
                raise JournalError(
                    f"Command {number} is {state} in the journal, not approved; it was not started."
                )
            found = Process.of(process)
            body = {
                "command": number,
                "process": process,
                "began": found.began if found else None,
                "boot": boot,
                "guardian": guardian,
                "log": log,
            }
            self._record(connection, RecordKind.STARTED, body)

    def start_call(self, number: int) -> None:
        """Store that the tool of the approved call `number` is about to be called, in this program.

        Raises:
            JournalError: The call is not approved, or was made before; it must not be made.
        """
        me = Process.current()
        body = {"command": number, "process": me.pid, "began": me.began, "guardian": None, "log": None}
        with self._store.writing() as connection:
            if (state := _state_of(connection, number)) != CommandState.APPROVED:
                raise JournalError(f"Call {number} is {state} in the journal, not approved; it was not made.")
            self._record(connection, RecordKind.STARTED, body)

    def pause_call(self, number: int) -> None:
        """Store that the tool of call `number` waits for a person; it will be called again from its beginning."""
        with self._store.writing() as connection:
            self._record(connection, RecordKind.PAUSED, {"command": number})

    def finish_call(self, number: int, result: Mapping[str, Any]) -> None:
        """Store that call `number` has ended with `result`."""
        body = {
            "command": number,
            "exit_status": 1 if result["failed"] else None,
            "duration": result["duration"],
            "ending": self._mask(str(result["ending"])),
            "output": self._mask(str(result["content"])),
            "by": "hitl",
        }
        with self._store.writing() as connection:
            self._record(connection, RecordKind.FINISHED, body)
            self._state.give_result(connection, number, result)
            self._state.delete_unawaited(connection, number)

    def send_to_background(self, number: int, background: int, result: Mapping[str, Any]) -> None:
        """Store that command `number` continues as background job `background`; the workflow got `result`."""
        with self._store.writing() as connection:
            self._record(connection, RecordKind.BACKGROUND, {"command": number, "background": background})
            self._state.give_result(connection, number, result)

    def finish(self, number: int, result: Mapping[str, Any], *, by: str, log: str | None) -> None:
        """Store that command `number` has ended with `result`; `by` is the source, the program or a guardian."""
        body = {
            "command": number,
            "exit_status": result["exit_status"],
            "duration": result["duration"],
            "ending": result["ending"],
            "ended_because": result.get("ended_because", ""),
            "output": self._mask(str(result["output"])),
            "notes": [self._mask(note) for note in result["notes"]],
            "changed": masked_values(result.get("changed", ()), self._mask),
            "log": log,
            "by": by,
        }
        with self._store.writing() as connection:
            self._record(connection, RecordKind.FINISHED, body)
            self._state.give_result(connection, number, result)
            self._state.delete_unawaited(connection, number)
        self._guardian_reports.delete(number)

    def mark_unknown(self, number: int, known: Mapping[str, Any]) -> None:
        """Store that command `number` started and its outcome is unknown; `known` is what is known."""
        with self._store.writing() as connection:
            self._record(
                connection, RecordKind.UNKNOWN, {"command": number, **masked_values(known, self._mask)}
            )

    def settle(
        self,
        number: int,
        by: str,
        *,
        result: Mapping[str, Any] | None = None,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        """Store the statement of `by` on command `number`, whose outcome was unknown.

        With `result` the command ran, and the workflow gets that. Without, it did not run, and the workflow gets
        `decision` in place of the earlier decision.
        """
        said = "not run" if result is None else "ran"
        with self._store.writing() as connection:
            self._record(connection, RecordKind.SETTLED, {"command": number, "said": said, "by": by})
            if result is not None:
                self._state.give_result(connection, number, result)
            if decision is not None:
                self._state.decide(connection, number, decision)
            self._state.delete_unawaited(connection, number)
        self._guardian_reports.delete(number)

    def ask_again(self, number: int, by: str, command: str, folder: str) -> int:
        """Store that `by` wants a new question for command `number`, with this text; return its new number."""
        with self._store.writing() as connection:
            self._record(connection, RecordKind.SETTLED, {"command": number, "said": "again", "by": by})
            request, event = self._state.take_question(connection, number)
            new = self._propose(connection, ProposalEntry(request, command, event), folder)
            self._state.draft(connection, new, command)
        self._guardian_reports.delete(number)
        return new

    def save_shell(self, folder: str, variables: Mapping[str, Any]) -> None:
        """Store the folder of the next command, and in `variables` how commands changed the environment."""
        with self._store.writing() as connection:
            self._state.save_shell(connection, folder, variables)

    def end_run(self, how: str, exit_status: int | None, new: Sequence[Mapping[str, Any]]) -> None:
        """Store that the run has ended: "finished", "broken off" or "failed"; `new` are its new messages."""
        with self._store.writing() as connection:
            self._end_run(connection, how, exit_status)
            self._state.add_messages(connection, new)

    def add_messages(self, new: Sequence[Mapping[str, Any]]) -> None:
        """Store `new` messages of the conversation that belong to no run."""
        with self._store.writing() as connection:
            self._state.add_messages(connection, new)

    def release(self) -> None:
        """Give up ownership, so that another program can resume the session."""
        try:
            with self._store.writing() as connection:
                self._ownership.give_up(connection)
        finally:
            self._ownership.unlock()

    def _begin_run(
        self, connection: Connection, prompt: str, files: Mapping[str, str], start: Mapping[str, Any] | None
    ) -> None:
        body: dict[str, Any] = {"run": self.run + 1, "prompt": self._mask(prompt), "files": dict(files)}
        if start is not None and list(start.values()) != [prompt]:
            body["start"] = self._mask(json.dumps(dict(start), ensure_ascii=False))
        self._record(connection, RecordKind.RUN, body)
        self._state.begin_run(connection, self.run + 1, prompt, start)

    def _end_run(self, connection: Connection, how: str, exit_status: int | None) -> None:
        body = {"run": self.run, "how": how, "exit_status": exit_status}
        self._record(connection, RecordKind.RUN_ENDED, body)
        self._state.end_run(connection)

    def _record(self, connection: Connection, kind: RecordKind, body: Mapping[str, Any]) -> None:
        project(connection, append(connection, time.time(), self.session, kind, body))
        code = self._code() if self._code is not None else None
        if code is not None and code != self._stored_code:
            self._state.save_code(connection, *code)
            self._stored_code = code


def _state_of(connection: Connection, number: int) -> str:
    (state,) = connection.execute("SELECT state FROM commands WHERE number = ?", (number,)).fetchone()
    return str(state)


def new_session_id() -> str:
    """Return a new session id: eight hexadecimal digits."""
    return secrets.token_hex(4)
