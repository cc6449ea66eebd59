"""What a session records in the journal: runs, requests, decisions, executions, messages."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Answer, Decider, Decision, Refuse, Reject, Respond, Run
from hitl_cli.errors import JournalError
from hitl_cli.forms import summary
from hitl_cli.gate import digest
from hitl_cli.journal.entries import DecisionEntry, ProposalEntry, SessionEntry
from hitl_cli.journal.journal import CodeValues, Journal
from hitl_cli.journal.projection import DELEGATE
from hitl_cli.journal.stored_session import PausedRun, StoredSession
from hitl_cli.loading.importing import Loaded
from hitl_cli.requests import Alternative, CodeRequest, CommandRequest, HeldRun, MadePreview, Request
from hitl_cli.session.engine.run import EngineRun, takes_memory
from hitl_cli.session.engine.state import StateSerializer
from hitl_cli.session.held import stored
from hitl_cli.session.progress import Progress
from hitl_cli.shell import CommandResult
from hitl_cli.starting.values import StartValues
from hitl_cli.text.secrets.masking import Mask, secret_variables
from hitl_cli.text.visible import shown_form

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

    from hitl_cli.memory import ListMemory


_DECISIONS: Sequence[type[Decision]] = (Run, Reject, Answer, Respond, Refuse)
GUARDIAN = "guardian"
"""Who reports how a command ended, if not a `Decider`."""


class Ledger:
    """The journal as the shell uses it, for the requests of one run.

    `numbers` are the journal's numbers of the commands, and `results` the results of those that ran before the program
    was restarted, both by request id. If the journal fails, `on_failure` is called and the failure is raised.
    """

    def __init__(
        self, journal: Journal, variables: Mapping[str, str], on_failure: Callable[[JournalError], None]
    ) -> None:
        self.numbers: dict[str, int] = {}
        self.results: dict[str, CommandResult] = {}
        self._journal = journal
        self._base = dict(variables)
        self._on_failure = on_failure
        self._left: tuple[Path, Mapping[str, str]] | None = None

    def outcome(self, request_id: str | None) -> CommandResult | None:
        """Return the result of a command that ran before the program was restarted, if it did."""
        return self.results.get(request_id or "")

    def report_of(self, request_id: str | None) -> Path | None:
        """Return the file in which the guardian reports how the command ended."""
        return self._journal.report_of(self.numbers[request_id or ""])

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None:
        """Record that the command of a request is about to run."""
        number = self.numbers[request_id or ""]
        self._told(lambda: self._journal.start(number, process, guardian, boot, str(log) if log else None))

    def not_started(self, request_id: str | None, why: str) -> None:
        """Record that the command of a request could not be started; on resume, the workflow is told `why`."""
        number = self.numbers[request_id or ""]
        instead = decision_values(Refuse(request_id or "", why))
        self._told(lambda: self._journal.settle(number, Decider.PROGRAM, decision=instead))

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None:
        """Record how a command ended, or that it continues in the background."""
        number, values = self.numbers[request_id or ""], result_values(result)
        if (background := result.background) is not None:
            self._told(lambda: self._journal.send_to_background(number, background, values))
        else:
            kept = str(log) if log else None
            self._told(lambda: self._journal.finish(number, values, by=Decider.PROGRAM, log=kept))

    def call_starting(self, request_id: str) -> None:
        """Record that a tool is about to be called."""
        self._told(lambda: self._journal.start_call(self.numbers[request_id]))

    def call_paused(self, request_id: str) -> None:
        """Record that a tool that was called waits for a person."""
        self._told(lambda: self._journal.pause_call(self.numbers[request_id]))

    def call_ended(self, request_id: str, called: CalledTool) -> None:
        """Record how a call ended."""
        self._told(lambda: self._journal.finish_call(self.numbers[request_id], asdict(called)))

    def call_lost(self, request_id: str) -> None:
        """Record that a call was cut off."""
        self._told(lambda: self._journal.mark_unknown(self.numbers[request_id], {}))

    def left(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Record the folder and the changed variables of the next command."""
        if self._left == (folder, variables):
            return
        self._left = (folder, variables)
        changed = {name: value for name, value in variables.items() if self._base.get(name) != value}
        mask = Mask(secret_variables(variables))
        lost = [name for name, value in changed.items() if mask.applied(value)[0] != value]
        values: dict[str, Any] = {
            "changed": {name: value for name, value in changed.items() if name not in lost},
            "lost": lost,
            "removed": sorted(self._base.keys() - variables.keys()),
        }
        self._told(lambda: self._journal.save_shell(str(folder), values))

    def _told(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as problem:
            self._on_failure(problem)
            raise


def verdict_of(decision: Decision, by: Decider) -> DecisionEntry:
    """Return `decision`, taken `by` somebody, as the journal stores it."""
    exact = decision_values(decision)
    match decision:
        case Run(command=command, comment=comment, rule=rule):
            return DecisionEntry(decision.kind, by, exact, command, exact["shown"], comment or rule)
        case Reject(reason=words) | Answer(text=words) | Refuse(reason=words):
            return DecisionEntry(decision.kind, by, exact, words=words)
        case Respond():
            return DecisionEntry(decision.kind, by, exact, words=summary(decision))


def decision_values(decision: Decision) -> dict[str, Any]:
    """Return `decision` as JSON, with the name and the version of its kind; what was shown as its digest.

    Secrets are left out: a form with secrets cannot be answered again from what is stored.
    """
    values = {"kind": decision.kind, "version": decision.version, **asdict(decision)}
    if isinstance(decision, Respond):
        values["values"] = {k: each for k, each in decision.values.items() if k not in decision.secrets}
    return {**values, "shown": digest(decision.command)} if isinstance(decision, Run) else values


def decision_of(values: Mapping[str, Any], request_id: str) -> Decision:
    """Return the decision that `decision_values` serialized; earlier versions did not store the request id.

    Raises:
        ValueError: It is invalid, or of an unknown kind or version.
    """
    given = {"version": 1, "request_id": request_id, **values}
    kind, version = given.pop("kind", None), given.pop("version")
    found = next((each for each in _DECISIONS if (each.kind, each.version) == (kind, version)), None)
    if found is None or given["request_id"] != request_id:
        raise ValueError(f"decision of unknown kind {kind!r}, version {version!r}")
    if found is Run:
        given["shown"] = shown_form(str(given.get("command")))  # the gate accepted no other
    decision: Decision = TypeAdapter(found).validate_python(given)
    return decision


def result_values(result: CommandResult) -> dict[str, Any]:
    """Return `result` as JSON, with its ending in words."""
    return {**asdict(result), "ending": result.ending}


def result_of(values: Mapping[str, Any]) -> CommandResult:
    """Return the result that `result_values` serialized.

    Raises:
        ValueError: It is invalid.
    """
    names = {each.name for each in fields(CommandResult)}
    kept = {name: value for name, value in values.items() if name in names}
    result: CommandResult = TypeAdapter(CommandResult).validate_python(kept)
    return result


def started_with(paused: PausedRun) -> StartValues:
    """Return what a run started with; earlier formats stored only the prompt."""
    if paused.start is None:
        return StartValues.of_prompt(paused.prompt)
    return StartValues(paused.prompt, paused.start)


def _is_command(request: Request) -> bool:
    return isinstance(request, CommandRequest) and not isinstance(request, CodeRequest)


def _previews_of(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the texts that were previewed at a question, each with what it would do."""
    if not isinstance(request, CommandRequest) or request.previews is None:
        return ()
    return tuple((each.text, each.line) for each in request.previews.made)


def _held_run(request: Request) -> HeldRun | None:
    return request.held if isinstance(request, CommandRequest) else None


def _event_of(request: Request, engine: EngineRun) -> Mapping[str, Any]:
    if isinstance(request, CommandRequest) and request.held is not None:
        return stored(request)
    return engine.request(request.request_id)


class SessionRecorder:
    """Writes to the journal for one session, and holds its memory.

    `opening` is recorded with the first run; None if the journal has it already. `variables` are those that a command
    gets, and `on_failure` is called if an execution could not be recorded. Without `saves`, no run is saved.
    """

    def __init__(
        self,
        journal: Journal,
        opening: SessionEntry | None,
        variables: Mapping[str, str],
        on_failure: Callable[[JournalError], None],
        *,
        saves: bool = True,
    ) -> None:
        self._saves = saves
        self._journal = journal
        self._opening = opening
        self._variables = dict(variables)
        self._on_failure = on_failure
        self.memory: ListMemory | None = None
        self.has_state = True  # from which the latest question can be asked again
        self.ledger = self.new_ledger()

    def new_ledger(self) -> Ledger:
        """Return the ledger of a new run, whose requests may have the same ids as those of the last run."""
        self.ledger = Ledger(self._journal, self._variables, self._on_failure)
        return self.ledger

    def remember(self, content: str) -> None:
        """Add a message of the model to the memory, if there is one."""
        if self.memory is not None:
            from llama_index.core.llms import ChatMessage

            self.memory.put(ChatMessage(role="assistant", content=content))

    def begin_memory(self, loaded: Loaded) -> None:
        """Create the memory, if the workflow takes one."""
        if self.memory is None and takes_memory(loaded.workflow):
            from hitl_cli.memory import ListMemory

            self.memory = ListMemory()

    def begin_run(self, loaded: Loaded, start: StartValues) -> None:
        """Record that a run begins, after the session itself if it is the first."""
        self._follow(loaded)
        self._open()
        self.has_state = True
        self._journal.begin_run(start.prompt, loaded.own.code.files, start.stored)

    @property
    def is_open(self) -> bool:
        """Whether the journal has the session."""
        return self._opening is None

    def _open(self) -> None:
        if self._opening is not None:
            self._journal.open(self._opening)
            self._opening = None

    def approve_own(self, request: CommandRequest, decision: Run, folder: Path) -> None:
        """Record a command that the person typed themselves, and their decision to run it, in a ledger of its own."""
        self._open()
        event = {
            "kind": request.kind,
            "version": request.version,
            "event": {"data": {"command": request.command}},
        }
        asked = ProposalEntry(request.request_id, request.text, event)
        number = self._journal.approve_own(asked, verdict_of(decision, Decider.PERSON), str(folder))
        self.new_ledger().numbers[request.request_id] = number

    def restart_run(self, loaded: Loaded, start: StartValues) -> None:
        """Record that the run starts again, because it cannot be resumed."""
        self._journal.restart_run(start.prompt, loaded.own.code.files, start.stored)

    def _follow(self, loaded: Loaded) -> None:
        def code() -> CodeValues:
            own = loaded.own.code
            return own.files, own.hiding or ()

        self._journal.track_code(code)

    def resume(self, loaded: Loaded, stored: StoredSession) -> None:
        """Resume the last run of `stored`, with its memory."""
        self._follow(loaded)
        self._journal.continue_run(stored.paused.run if stored.paused else stored.runs)
        if self.memory is not None:
            self.memory.follow(self._earlier_messages)

    def serializer(self, loaded: Loaded) -> StateSerializer | None:
        """Return the serializer of the engine's state; None if no run is saved."""
        return StateSerializer(self.memory, loaded.own.has) if self._saves else None

    def ask(
        self,
        engine: EngineRun,
        progress: Progress,
        asked: Request,
        alternatives: Mapping[str, Sequence[Alternative]],
        folder: Path,
    ) -> int:
        """Record the new requests, and the state from which they can be asked again.

        Returns the number of `asked` in the journal.
        """
        asks = [
            ProposalEntry(
                each.request_id,
                each.text,
                {
                    "kind": each.kind,
                    "version": each.version,
                    **_event_of(each, engine),
                    **(
                        {"alternatives": [asdict(one) for one in alternatives.get(each.text, ())]}
                        if _is_command(each)
                        else {}
                    ),
                },
                is_command=_is_command(each),
                purpose=each.purpose if isinstance(each, CommandRequest) else "",
                held_run=run.number if (run := _held_run(each)) else None,
            )
            for each in progress.unwritten
        ]
        # While a command is held, its step is working, and the saved state is that before the command ran.
        state = engine.state() if _held_run(asked) is None else None
        saved = {"state": state, "open": progress.open_with(asked)} if state is not None else None
        self.has_state = saved is not None
        self.ledger.numbers |= self._journal.propose(asks, str(folder), saved)
        progress.unwritten.clear()
        return self.ledger.numbers[asked.request_id]

    def draft(self, number: int, text: str) -> None:
        """Record the unfinished edit of command `number`."""
        with contextlib.suppress(JournalError):  # the decision, which matters, will then fail too
            self._journal.draft(number, text)

    def note_rule(self, number: int, rule: str, kept: str) -> None:
        """Record that the person made `rule` at the question about command `number`; see `Journal.note_rule`."""
        self._journal.note_rule(number, rule, kept)

    def note_preview(self, number: int, made: MadePreview) -> None:
        """Record that a preview was made at the question about command `number`."""
        with contextlib.suppress(JournalError):  # the decision, which matters, will then fail too
            self._journal.note_preview(number, made.text, made.line, lost_outside=made.lost_outside)

    def previews_of(self, number: int) -> list[MadePreview]:
        """Return the previews that were made at the question about command `number` before it was asked again.

        Raises:
            JournalError: They cannot be read.
        """
        return [MadePreview(*values) for values in self._journal.previews(number)]

    def decide(self, number: int, request: Request, decision: Decision, by: Decider, folder: Path) -> None:
        """Record the decision on `request`, number `number` in the journal, taken `by` somebody in `folder`."""
        offered = (
            isinstance(request, CommandRequest)
            and isinstance(decision, Run)
            and request.offers(decision.command)
        )
        again = isinstance(decision, Run) and decision.again
        verdict = replace(
            verdict_of(decision, by), offered=offered, again=again, previews=_previews_of(request)
        )
        if isinstance(decision, Run) and isinstance(request, CommandRequest) and request.delegation:
            verdict = replace(verdict, decision=DELEGATE)
        self._journal.decide(number, verdict, str(folder))

    def end_run(self, how: str, exit_status: int | None) -> None:
        """Record how the run ended, and its messages."""
        new = [message.model_dump(mode="json") for message in self.memory.new] if self.memory else []
        self._journal.end_run(how, exit_status, new)
        if self.memory is not None:
            self.memory.keep()

    def keep_news(self, news: Sequence[str]) -> None:
        """Record what the model was not told yet, as a message of the conversation."""
        if news and self.memory is not None:
            from llama_index.core.llms import ChatMessage

            message = ChatMessage(role="user", content="\n\n".join(news))
            self._journal.add_messages([message.model_dump(mode="json")])

    def _earlier_messages(self) -> "list[ChatMessage]":
        from llama_index.core.llms import ChatMessage

        try:
            return [ChatMessage.model_validate(message) for message in self._journal.messages()]
        except ValueError as problem:
            raise JournalError(
                "The conversation in the journal is invalid. The model was not asked."
            ) from problem
