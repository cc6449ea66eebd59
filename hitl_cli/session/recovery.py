"""Recovery after the program ended: finds out how each unfinished command ended, and what is still to be asked."""

import asyncio
import contextlib
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat, TypeAdapter

from hitl_cli.approval import calls
from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Decider, Decision, Reject, Respond, Run, Settlement, Stop
from hitl_cli.errors import ExitStatus, JournalError, UndecidedError
from hitl_cli.journal.entries import OWN
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.owner import Process
from hitl_cli.journal.projection import CommandState
from hitl_cli.journal.stored_session import StartRecord, StoredCommand, StoredSession
from hitl_cli.requests import (
    CodeRequest,
    CommandRequest,
    Request,
    UnknownOutcome,
)
from hitl_cli.session.ports import Person, Screen
from hitl_cli.session.recovered import Recovered
from hitl_cli.session.stored_requests import is_call, request_of
from hitl_cli.session.stored_values import decision_of, decision_values, result_of, result_values
from hitl_cli.shell import CommandResult, Excerpt, Shell
from hitl_cli.shell.inheritance import NO_REPORT, displayable
from hitl_cli.text.secrets.masking import Mask

_GUARDIAN = "guardian"  # who reports how a command ended, if not a `Decider`
_GUARDIAN_TIME = 5.0  # seconds to wait for a guardian to report how its command ended, and to exit
_ENDING_TIME = 2.0  # seconds in which a guardian ends what a killed program left running
_TAIL = 262_144  # bytes read from the end of a log
_NOT_RUN = "hitl ended before this command ran; it did not run."
_NOT_STARTED = "approved this before hitl ended; it did not start."  # after who did
_MAYBE_RAN = (
    "You approved this before hitl ended; the workflow may have run it. Approve it only to run it again."
)
_NOT_MADE = "You approved this call before hitl ended; it was not made."
_LOST = "unknown: hitl ended while it ran"
_RETURN_LOST = (
    "hitl ended while this call ran. The person says that it took effect; what it returned is not known."
)
_AGAIN = "Its outcome is unknown; you chose to be asked before it runs again."


@dataclass(frozen=True)
class _Again:
    """A command to ask about again, under this `number`; `note` says why."""

    command: str
    number: int
    note: str


@dataclass(frozen=True)
class _Report:
    """The report of a guardian whose command ended; `status` is None if it never ran."""

    status: Annotated[int, Field(ge=0, le=255)] | None
    time: FiniteFloat
    alone: bool


class Recovery:
    """Resolves each unfinished command of a session; asks the person about what only they can know."""

    def __init__(self, journal: Journal, person: Person, screen: Screen, shell: Shell, mask: Mask) -> None:
        self._journal = journal
        self._person = person
        self._screen = screen
        self._shell = shell
        self._mask = mask

    async def of(self, stored: StoredSession) -> Recovered:
        """Return what the paused run of `stored` is resumed with.

        Raises:
            UndecidedError: A person must say what became of a command, and did not.
            JournalError: The journal cannot be written, or is invalid.
        """
        recovered = Recovered()
        # A part of the run that was repeated may have asked again: only its latest request is pending.
        latest = {
            command.request: command.number
            for command in stored.commands
            if stored.paused is not None and command.run == stored.paused.run
        }
        engine = stored.paused.engine if stored.paused is not None else None
        for command in stored.commands:
            is_open = engine is not None and command.request in engine.open
            try:
                await self._place(
                    command, recovered if command.number in latest.values() else None, is_open=is_open
                )
            except (ValueError, KeyError, TypeError) as problem:
                raise JournalError(
                    f"Command {command.number} in the journal is invalid ({problem}). Nothing ran."
                ) from problem
        if engine is not None:
            unanswered = set(engine.open)
            recovered.keep(unanswered)
            found = [*recovered.waiting, *(request for request, _ in recovered.decided)]
            if not unanswered or {request.request_id for request in found} != unanswered:
                raise JournalError(
                    f"Session {stored.id} cannot be resumed: its pending requests are not those in the journal. "
                    "Nothing ran."
                )
            recovered.mark_asked(engine.open[0])
        return recovered

    async def _place(self, command: StoredCommand, recovered: Recovered | None, *, is_open: bool) -> None:
        """Find out what became of a command, and add it to `recovered`; None if the workflow no longer waits for it.

        `is_open` says whether the saved state has no response to it.
        """
        if is_call(command):
            await self._place_call(command, recovered)
            return
        decision = decision_of(command.decision, command.request) if command.decision is not None else None
        outcome: CommandResult | Decision | _Again | None
        match command.state:
            case CommandState.WAITING:
                outcome = None
            case CommandState.APPROVED:
                outcome = _approved(decision)
            case CommandState.RUNNING | CommandState.BACKGROUND | CommandState.UNKNOWN:
                outcome = await self._outcome(command, _approved(decision), is_awaited=recovered is not None)
            case CommandState.DELEGATED:
                outcome = _Again(_approved(decision).command, command.number, _MAYBE_RAN)
            case CommandState.FINISHED:
                outcome = result_of(command.result or {})
            case _:
                if decision is None or isinstance(decision, Run):
                    raise ValueError("no decision")
                outcome = decision
        if recovered is None:
            if command.request.startswith(OWN) and isinstance(outcome, Run):
                self._did_not_run(command, Decider.PROGRAM, outcome)
            return
        request = request_of(command)
        recovered.numbers[command.request] = command.number
        match outcome:
            case None:
                recovered.waiting.append(request)
            case Respond(secrets=secrets) if secrets and is_open:  # they were not stored
                recovered.numbers[command.request] = self._journal.ask_again(
                    command.number, Decider.PROGRAM, request.text, command.folder
                )
                recovered.waiting.append(request)
            case Run(command=text):
                recovered.waiting.append(_asked_again(request, text, _not_started(outcome)))
            case _Again(text, number, note):
                recovered.numbers[command.request] = number
                recovered.waiting.append(_asked_again(request, text, note))
            case CommandResult():
                recovered.results[command.request] = outcome
                recovered.decided.append((request, _approved(decision)))
            case _:
                recovered.decided.append((request, outcome))

    async def _place_call(self, command: StoredCommand, recovered: Recovered | None) -> None:
        """Do as `_place`, for a call of a tool; there is no guardian that could say how it ended."""
        decision = decision_of(command.decision, command.request) if command.decision is not None else None
        request = calls.request_of(command.event["kind"], command.request, command.event, command.draft)
        number, again, called, is_code = command.number, "", None, isinstance(request, CodeRequest)
        match command.state:
            case CommandState.WAITING:
                pass
            case CommandState.APPROVED:
                again = _NOT_MADE if command.started is None else ""
            case CommandState.RUNNING | CommandState.UNKNOWN:
                match await self._settle(command, _approved(decision), is_call=True):
                    case Settlement.RAN:
                        called = CalledTool(
                            _approved(decision).command, request.text, _RETURN_LOST, True, _LOST, 0.0, is_code
                        )
                        self._journal.settle(number, Decider.PERSON, result=asdict(called))
                        self._screen.record_call(called)
                    case Settlement.NOT_RUN:
                        decision = self._did_not_run(command, Decider.PERSON, _approved(decision))
                    case Settlement.AGAIN:
                        if recovered is None:
                            decision = self._not_awaited(command, Decider.PERSON, _approved(decision))
                        else:
                            number = self._journal.ask_again(
                                number, Decider.PERSON, request.text, command.folder
                            )
                            again = _AGAIN
            case CommandState.FINISHED:
                called = TypeAdapter(CalledTool).validate_python(command.result or {})
        if recovered is None:
            return
        recovered.numbers[command.request] = number
        if decision is None or again:
            text = _approved(decision).command if again else ""
            recovered.waiting.append(calls.asked_again(request, text, again) if again else request)
            return
        recovered.decided.append((request, decision))
        if called is not None:
            recovered.returned[command.request] = called
        elif command.started is not None:
            recovered.begun.add(command.request)

    async def _outcome(
        self, command: StoredCommand, decision: Run, *, is_awaited: bool
    ) -> "CommandResult | Decision | _Again":
        """Return how a command ended, the decision sent in its place, or that it is asked about again."""
        started = command.started
        if started is None:
            raise ValueError("no start")
        report = await self._report(command, started)
        output = self._output(started.log)
        if report is None:
            if command.state is CommandState.BACKGROUND and command.result is not None and _is_alive(started):
                return result_of(command.result)
            return await self._settled(command, started, decision, output, is_awaited=is_awaited)
        if report.status is None:
            return self._again(command, _GUARDIAN, decision, _not_started(decision), is_awaited=is_awaited)
        result = CommandResult(
            command=decision.command,
            exit_status=report.status,
            duration=max(0.0, report.time - started.time),
            output=output,
            notes=(
                *(["it was ended because hitl had ended"] if report.alone else []),
                f"{NO_REPORT} in {displayable(self._shell.folder)} as before",
            ),
        )
        self._journal.finish(command.number, result_values(result), by=_GUARDIAN, log=started.log)
        self._screen.command_finished(result, None)
        return self._given(command, result)

    async def _settled(
        self, command: StoredCommand, started: StartRecord, decision: Run, output: str, *, is_awaited: bool
    ) -> "CommandResult | Decision | _Again":
        process = started.process if _is_alive(started) else None
        match await self._settle(command, decision, process, output):
            case Settlement.RAN:
                result = CommandResult(decision.command, ExitStatus.UNKNOWN, 0.0, output, unknown=True)
                self._journal.settle(command.number, Decider.PERSON, result=result_values(result))
                self._screen.command_finished(result, None)
                return self._given(command, result)
            case Settlement.NOT_RUN:
                return self._did_not_run(command, Decider.PERSON, decision)
            case Settlement.AGAIN:
                return self._again(command, Decider.PERSON, decision, _AGAIN, is_awaited=is_awaited)

    async def _settle(
        self,
        command: StoredCommand,
        decision: Run,
        process: int | None = None,
        output: str = "",
        *,
        is_call: bool = False,
    ) -> Settlement:
        """Return what the person says about an unknown outcome, which is recorded first."""
        started = command.started
        if started is None:
            raise ValueError("no start")
        if command.state is not CommandState.UNKNOWN:
            known = {} if is_call else {"alive": process is not None, "output": output}
            self._journal.mark_unknown(command.number, known)
        lost = UnknownOutcome(
            command.number, decision.command, command.folder, started.time, process, output, is_call
        )
        said = await self._person.settle(lost)
        if isinstance(said, Stop):
            what = "call" if is_call else "command"
            raise UndecidedError(f"Stopped; nothing ran. The outcome of a {what} is still unknown.")
        return said

    def _did_not_run(self, command: StoredCommand, by: str, decision: Run) -> Reject:
        instead = Reject(command.request, _NOT_RUN)
        self._journal.settle(command.number, by, decision=decision_values(instead))
        self._screen.record_rejection(decision.command, "it did not run")
        return instead

    def _again(
        self, command: StoredCommand, by: str, decision: Run, note: str, *, is_awaited: bool
    ) -> "Reject | _Again":
        if not is_awaited:
            return self._not_awaited(command, by, decision)
        number = self._journal.ask_again(command.number, by, decision.command, command.folder)
        return _Again(decision.command, number, note)

    def _not_awaited(self, command: StoredCommand, by: str, decision: Run) -> Reject:
        self._screen.tell(
            f"The workflow no longer waits for this {'call' if is_call(command) else 'command'}; it was not run again. "
            "Ask for it again."
        )
        return self._did_not_run(command, by, decision)

    def _given(self, command: StoredCommand, result: CommandResult) -> CommandResult:
        """Return the result for the workflow; it already has the one of a command that was sent to the background."""
        if command.result is None:
            return result
        before = result_of(command.result)
        self._shell.add_news(before.background or 0, result)
        return before

    async def _report(self, command: StoredCommand, started: StartRecord) -> "_Report | None":
        guardian = Process.of(started.guardian) if started.guardian is not None else None
        if guardian is not None and guardian.began <= started.time:
            # A guardian that was told to leave its command running does not exit; any other does, soon.
            limit = _GUARDIAN_TIME if command.result is None else _ENDING_TIME
            await asyncio.to_thread(guardian.wait, limit)
        with contextlib.suppress(OSError, ValueError, IndexError, RecursionError):
            lines = self._journal.report_of(command.number).read_text(encoding="utf-8").splitlines()
            return TypeAdapter(_Report).validate_json(lines[-1], strict=True)
        return None

    def _output(self, log: str | None) -> str:
        """Return the last part of an output, with secrets masked."""
        excerpt = Excerpt()
        with contextlib.suppress(OSError):
            if log is not None and Path(log).parent == self._shell.log_folder:
                with open(log, "rb") as file:
                    file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
                    excerpt.feed(file.read())
        return excerpt.shown(self._mask).text


def _is_alive(started: StartRecord) -> bool:
    return started.began is not None and Process(started.process, started.began).is_alive


def _approved(decision: Decision | None) -> Run:
    if not isinstance(decision, Run):
        raise ValueError("it ran without an approval")  # noqa: TRY004  (a value of the journal, not of the code)
    return decision


def _not_started(decision: Run) -> str:
    return f"{'A rule' if decision.rule else 'You'} {_NOT_STARTED}"


def _asked_again(request: Request, text: str, note: str) -> CommandRequest:
    if not isinstance(request, CommandRequest):
        raise TypeError("a form has no command to run again")
    return replace(request, draft=None if request.is_fixed else text, note=note)
