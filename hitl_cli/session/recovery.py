"""What became of the commands of a session whose program ended, and what is to be done about each."""

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.errors import ExitStatus, JournalError, UndecidedError
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.owner import Process
from hitl_cli.journal.projection import State
from hitl_cli.journal.stored import StoredCommand, StoredSession
from hitl_cli.session.decision import Decision, Lost, Proposal, Reject, Run, Settlement, Stop
from hitl_cli.session.ledger import GUARDIAN, PERSON, decision_of, result_of, result_values, verdict_of
from hitl_cli.session.ports import Person, Screen
from hitl_cli.shell import CommandResult, Excerpt, Shell
from hitl_cli.text.masking import Mask

_GUARDIAN_TIME = 5.0  # seconds in which a guardian has ended what its dead program left
_TAIL = 262_144  # bytes of a log that are looked at
_NOT_RUN = "The program was killed before this command ran; it did not run."
_NOT_STARTED = "You approved this before the program ended; it did not start."
_AGAIN = "It was running when the program was killed; you want to run it again."


@dataclass
class Recovered:
    """What a paused run goes on with.

    `decided` are answers that are sent again, `results` those of commands that do not run again, by request id, and
    `waiting` what is asked. `numbers` are those of the commands in the journal.
    """

    decided: list[tuple[Proposal, Decision]] = field(default_factory=list)
    waiting: list[Proposal] = field(default_factory=list)
    results: dict[str, CommandResult] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


class Recovery:
    """Looks after each command that a session is not done with; what only a person can know, they are asked."""

    def __init__(self, journal: Journal, person: Person, screen: Screen, shell: Shell, mask: Mask) -> None:
        self._journal = journal
        self._person = person
        self._screen = screen
        self._shell = shell
        self._mask = mask

    async def of(self, stored: StoredSession) -> Recovered:
        """Return what the paused run of `stored` goes on with.

        Raises:
            UndecidedError: A person must say what became of a command, and did not.
            JournalError: The journal cannot be written, or makes no sense.
        """
        recovered = Recovered()
        for command in stored.commands:
            try:
                in_run = stored.paused is not None and command.run == stored.paused.run
                await self._place(command, recovered if in_run else Recovered())
            except (ValueError, KeyError, TypeError) as problem:
                raise JournalError(
                    f"What the journal says of command {command.number} makes no sense ({problem}). Nothing ran."
                ) from problem
        if stored.paused is not None and stored.paused.engine is not None:
            # What the state had already taken is not sent again, and what it has not come to yet it will ask itself.
            unanswered = set(stored.paused.engine.open)
            recovered.decided = [each for each in recovered.decided if each[0].request_id in unanswered]
            recovered.waiting = [each for each in recovered.waiting if each.request_id in unanswered]
        return recovered

    async def _place(self, command: StoredCommand, recovered: Recovered) -> None:
        proposal = _proposal_of(command)
        recovered.numbers[command.request] = command.number
        decision = decision_of(command.decision) if command.decision is not None else None
        match command.state:
            case State.WAITING:
                recovered.waiting.append(proposal)
                return
            case State.APPROVED:
                assert isinstance(decision, Run)
                recovered.waiting.append(
                    Proposal(**{**vars(proposal), "draft": decision.command, "note": _NOT_STARTED})
                )
                return
            case State.RUNNING | State.BACKGROUND | State.UNKNOWN:
                assert isinstance(decision, Run)
                outcome = await self._outcome(command, decision)
            case State.FINISHED:
                outcome = result_of(command.result or {})
            case _:
                assert decision is not None
                outcome = decision
        if isinstance(outcome, int):
            recovered.numbers[command.request] = outcome
            assert isinstance(decision, Run)
            recovered.waiting.append(
                Proposal(**{**vars(proposal), "draft": decision.command, "note": _AGAIN})
            )
        elif isinstance(outcome, CommandResult):
            assert decision is not None
            recovered.results[command.request] = outcome
            recovered.decided.append((proposal, decision))
        else:
            recovered.decided.append((proposal, outcome))

    async def _outcome(self, command: StoredCommand, decision: Run) -> CommandResult | Decision | int:
        """Return how a command ended, what the workflow is told instead, or the number under which it is asked again."""
        assert command.started is not None
        report = await self._report(command)
        output = self._output(command.started.log)
        if report is not None and report["status"] is None:
            return self._journal.ask_again(command.number, GUARDIAN, decision.command, command.folder)
        if report is not None:
            result = CommandResult(
                command=decision.command,
                exit_status=int(report["status"]),
                duration=max(0.0, float(report["time"]) - command.started.time),
                output=output,
                notes=("it was ended because the program was killed",) if report.get("alone") else (),
            )
            self._journal.finish(command.number, result_values(result), by=GUARDIAN, log=command.started.log)
            self._screen.command_finished(result, None)
            return self._given(command, result)
        if command.state is State.BACKGROUND and command.result is not None and _is_alive(command):
            return result_of(command.result)
        return await self._settled(command, decision, output)

    async def _settled(
        self, command: StoredCommand, decision: Run, output: str
    ) -> CommandResult | Decision | int:
        started = command.started
        assert started is not None
        process = started.process if _is_alive(command) else None
        if command.state is not State.UNKNOWN:
            self._journal.lose(command.number, {"alive": process is not None, "output": output})
        lost = Lost(command.number, decision.command, command.folder, started.time, process, output)
        match await self._person.settle(lost):
            case Settlement.RAN:
                result = CommandResult(decision.command, ExitStatus.UNKNOWN, 0.0, output, unknown=True)
                self._journal.settle(command.number, PERSON, result=result_values(result))
                self._screen.command_finished(result, None)
                return self._given(command, result)
            case Settlement.NOT_RUN:
                instead = Reject(_NOT_RUN)
                self._journal.settle(command.number, PERSON, decision=verdict_of(instead).exact)
                self._screen.record_rejection(decision.command, "it did not run")
                return instead
            case Settlement.AGAIN:
                return self._journal.ask_again(command.number, PERSON, decision.command, command.folder)
            case Stop():
                raise UndecidedError("Stopped. The outcome of a command is still unknown; nothing ran.")

    def _given(self, command: StoredCommand, result: CommandResult) -> CommandResult:
        """Return what the workflow is given; of one in the background it knows already that it runs on."""
        if command.state is State.BACKGROUND and command.result is not None:
            before = result_of(command.result)
            self._shell.add_news(before.background or 0, result)
            return before
        return result

    async def _report(self, command: StoredCommand) -> Mapping[str, Any] | None:
        assert command.started is not None
        guardian = Process.of(command.started.guardian)
        is_same = guardian is not None and guardian.began <= command.started.time
        if guardian is not None and is_same and command.state is not State.BACKGROUND:
            await asyncio.to_thread(guardian.wait, _GUARDIAN_TIME)
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = self._journal.report_of(command.number).read_text().splitlines()
            report = json.loads(lines[-1])
            if isinstance(report, dict) and isinstance(report["status"], int | None):
                return report
        return None

    def _output(self, log: str | None) -> str:
        """Return the last of an output, as a model may read it."""
        excerpt = Excerpt()
        with contextlib.suppress(OSError):
            if log is not None and Path(log).parent == self._shell.log_folder:
                with open(log, "rb") as file:
                    file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
                    excerpt.feed(file.read())
        return excerpt.shown(self._mask).text


def _is_alive(command: StoredCommand) -> bool:
    started = command.started
    return (
        started is not None and started.began is not None and Process(started.process, started.began).is_alive
    )


def _proposal_of(command: StoredCommand) -> Proposal:
    text = command.event["event"]["data"]["command"]
    if not isinstance(text, str):
        raise TypeError("its text is none")
    candidates = tuple(
        Candidate(**{**each, "unfilled": tuple(each["unfilled"])}) for each in command.event["candidates"]
    )
    return Proposal(command.request, text, candidates, command.draft)
