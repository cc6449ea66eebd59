"""What a session records in the journal: runs, requests, decisions, messages."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli.decisions import Decider, Decision, Run
from hitl_cli.errors import JournalError
from hitl_cli.journal.entries import ProposalEntry, SessionEntry
from hitl_cli.journal.journal import CodeValues, Journal
from hitl_cli.journal.projection import DELEGATE
from hitl_cli.journal.stored_session import StoredSession
from hitl_cli.loading.importing import Loaded
from hitl_cli.requests import Alternative, CodeRequest, CommandRequest, HeldRun, MadePreview, Request
from hitl_cli.session.engine.run import EngineRun, takes_memory
from hitl_cli.session.engine.state import StateSerializer
from hitl_cli.session.held import stored
from hitl_cli.session.ledger import Ledger
from hitl_cli.session.progress import Progress
from hitl_cli.session.stored_values import verdict_of
from hitl_cli.starting.values import StartValues

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

    from hitl_cli.memory import ListMemory


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
