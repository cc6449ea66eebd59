"""Drives the runs of a session: engine events in, the effects of `progress` out, decisions back to the engine."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hitl_cli.approval.choice import ToolChoice
from hitl_cli.current_run import CurrentRun
from hitl_cli.errors import NoCommandError
from hitl_cli.interrupts import Interrupts
from hitl_cli.journal import shell_history
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.stored_session import StoredSession
from hitl_cli.loading.importing import Loaded
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.models.configured import model_of
from hitl_cli.models.provider import ModelProvider
from hitl_cli.policy.judge import Policy
from hitl_cli.requests import CommandRequest
from hitl_cli.session.approvals import Approvals
from hitl_cli.session.command_watch import WORKFLOW, CommandWatch
from hitl_cli.session.engine.run import EngineRun
from hitl_cli.session.held import HeldCommands, held_run_of
from hitl_cli.session.introduction import Introduction
from hitl_cli.session.model_watch import ModelWatch
from hitl_cli.session.outcome import (
    Tally,
    account,
    as_sentence,
    leaves_paused,
    placed_call,
)
from hitl_cli.session.own_commands import OwnCommands
from hitl_cli.session.ports import Keep, Person, PrintAbove, Screen
from hitl_cli.session.progress import (
    Ask,
    Asked,
    Broken,
    CallEnded,
    CallFailed,
    Effect,
    GiveUp,
    Idle,
    Progress,
    Withdraw,
)
from hitl_cli.session.recorder import SessionRecorder
from hitl_cli.session.recovered import Recovered
from hitl_cli.session.review import Review
from hitl_cli.session.rules import SessionRules
from hitl_cli.session.run_display import show_effect, show_result
from hitl_cli.session.run_events import RunEvents
from hitl_cli.session.run_start import RunStart
from hitl_cli.session.stored_values import started_with
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell import CommandResult, Shell
from hitl_cli.starting.values import StartValues
from hitl_cli.text.changed_variable import ChangedVariable
from hitl_cli.text.piped_input import own_words
from hitl_cli.text.secrets.masking import Mask, secret_variables
from hitl_cli.waiting import in_thread


class InterruptedRun(Exception):
    """The person interrupted the run with Ctrl-C."""


class Session:
    """A sequence of runs that share a person, a screen, a shell, a memory and a journal."""

    def __init__(
        self,
        settings: Settings,
        provider: ModelProvider,
        model: ModelWatch,
        person: Person,
        screen: Screen,
        base_shell: Shell,
        interrupts: Interrupts,
        keep: Keep,
        journal: Journal,
        opening: SessionEntry | None,
        choice: ToolChoice | None = None,
        unsaved: str = "",
        rules: SessionRules | None = None,
    ) -> None:
        """Take the parts of a session.

        `model` watches the `provider`. `opening` is recorded with the first run; None for a session that is resumed.
        `choice` says which tools ask before they are called, and `unsaved` why no run can be saved; it is empty if they
        can. Without `rules`, every command is asked about. `own` runs commands of the person between runs.
        `result` is what the workflow returned in the last run that finished.
        """
        self.result: Any = None
        self._settings = settings
        self._provider = provider
        self._model = model
        self.person = person
        self._screen = screen
        self._interrupts = interrupts
        self._journal = journal
        self._recorder = SessionRecorder(
            journal,
            opening,
            withheld(base_shell.secrets, settings.key_variables),
            self._broken_by,
            saves=not unsaved,
        )
        self._unsaved = unsaved
        self._commands = CommandWatch(
            screen, interrupts, self._add_to_shell_history, self._note_changes, self._broken_by
        )
        self._held = HeldCommands(
            lambda held: self._events.add(held),
            lambda request_id: self._recorder.ledger.numbers[request_id],
            has_person=person.is_present,
        )
        self.shell = replace(base_shell, watcher=self._commands, held_runs=self._held)
        rules = rules or SessionRules(lambda folder: Policy(), "")
        self._review = Review(
            person,
            screen,
            self.shell,
            self._recorder,
            self._commands,
            self._model,
            keep,
            rules,
            self._held,
        )
        self.own = OwnCommands(self.shell, self._recorder, self._commands, rules, screen)
        self._tally = Tally()
        self._events = RunEvents()
        self.is_paused = False
        self._has_begun = False
        self._approvals = Approvals(
            choice or ToolChoice(),
            lambda request: self._events.add(Asked(request)),
            lambda called: self._events.add(CallEnded(called)),
        )
        self._introduction = Introduction(self._approvals, provider, unsaved)

    @property
    def can_continue(self) -> bool:
        """Whether the journal has the session, so that its conversation can be resumed."""
        return self._recorder.is_open and not self._unsaved

    @property
    def has_saved_question(self) -> bool:
        """Whether the latest question can be asked again when the session is resumed."""
        return self._recorder.has_state

    def show_changes(self, changes: Iterable[ChangedVariable], by: str) -> None:
        """Have the next question show these changed variables; `by` says what changed them."""
        self._review.unseen.add(changes, by)

    def idle(self, print_above: PrintAbove) -> contextlib.AbstractContextManager[None]:
        """Inside the block, show the end of each background command at once, above what is on the screen."""
        return self._commands.idle(print_above)

    def current(self) -> contextlib.AbstractContextManager[None]:
        """Make the model and the shell of this session those of the workflow that is loaded or run in the block."""
        return CurrentRun(self.shell, self._provider, self._settings.system_prompt.value or "").entered()

    async def close(self) -> None:
        """End all commands that still run, and record what the model must be told when the conversation is resumed.

        Raises:
            JournalError: It could not be recorded.
        """
        await self.shell.close()
        self._recorder.keep_news(self.shell.take_news())

    async def prepare(self, loaded: Loaded) -> None:
        """Find out which tools of a workflow ask before they are called, and what is said of it before its first run.

        Raises:
            UsageError: A name matches none of them.
            WorkflowError: A server does not say which of its tools are destructive.
        """
        await self._approvals.prepare(loaded)
        await in_thread(partial(self._introduction.of, loaded))

    async def run(self, loaded: Loaded, start: StartValues) -> int:
        """Run a workflow once, and return the exit status of the run.

        Raises:
            InterruptedRun: The person interrupted it.
            UndecidedError: A request is pending; the run can be resumed.
            HitlError: It failed; the message says how.
        """
        self._begin(loaded, start.prompt)
        self._recorder.begin_run(loaded, start)
        with self._approvals.asking():
            return await self._start(loaded, start)

    async def resume(self, loaded: Loaded, stored: StoredSession) -> int | None:
        """Resume a session, and return the exit status of its unfinished run; None if it has no unfinished run.

        Raises:
            As `run`.
        """
        prompt = stored.paused.prompt if stored.paused else ""
        self._approvals.keep_asking(stored)
        self._begin(loaded, prompt)
        with self._approvals.asking():
            return await self._resume(loaded, stored, prompt)

    async def _resume(self, loaded: Loaded, stored: StoredSession, prompt: str) -> int | None:
        from hitl_cli.session.recovery import Recovery

        self._recorder.resume(loaded, stored)
        mask = Mask(secret_variables({**self.shell.secrets, **self.shell.variables}))
        recovery = Recovery(self._journal, self.person, self._screen, self.shell, mask)
        self._screen.quiet()
        self.is_paused = True
        recovered = await recovery.of(stored)
        self.is_paused = False
        if stored.paused is None:
            return None
        ledger = self._recorder.ledger
        ledger.numbers, ledger.results = recovered.numbers, recovered.results
        serializer = self._recorder.serializer(loaded)
        state = stored.paused.engine if serializer is not None else None
        if state is None:
            recovered = Recovered()
        self._approvals.restore(stored, recovered)
        if state is None or serializer is None:
            if stored.commands:
                self._screen.tell(
                    "The run starts again from the beginning: its state could not be saved when it asked."
                )
            self.is_paused = True
            starting = RunStart(stored.workflow, loaded.workflow, None, stored.paused)
            start = await starting.again(started_with(stored.paused), self.person, self._screen)
            self.is_paused = False
            self._recorder.restart_run(loaded, start)
            return await self._start(loaded, start)
        self._held.restore(recovered.held)
        requests = {
            each.request: {**each.event, "draft": each.draft}
            for each in stored.commands
            if held_run_of(each.event) is None
        }
        engine = await EngineRun.resumed(
            loaded.workflow,
            state.state,
            requests,
            state.open,
            serializer,
            self._approvals.calls,
        )
        recovered.waiting = [self._approvals.completed(each) for each in recovered.waiting]
        return await self._drive(engine, recovered, loaded.own)

    def _begin(self, loaded: Loaded, prompt: str) -> None:
        self._tally = Tally()
        if not self._has_begun:
            self._has_begun = True
            for line in self._introduction.of(loaded):
                self._screen.tell(line)
        self._model.begin_run(own_words(prompt))
        ledger = self.shell.ledger = self._recorder.new_ledger()
        self._approvals.begin_run(self._review.begin_run(loaded.own), ledger)
        self._held.begin_run()
        self._recorder.begin_memory(loaded)
        self._commands.show_background(self.shell.in_background)
        self._screen.waiting(WORKFLOW)

    async def _start(self, loaded: Loaded, start: StartValues) -> int:
        if self._recorder.memory is not None:
            start = start.with_news(self.shell.take_news())
        engine = EngineRun.started(
            loaded.workflow,
            start.values,
            self._recorder.memory,
            self._recorder.serializer(loaded),
            self._approvals.calls,
            self._settings.model_calls.value,
        )
        return await self._drive(engine, Recovered(), loaded.own)

    async def _drive(self, engine: EngineRun, recovered: Recovered, own: OwnCode) -> int:
        """Follow a run to its end, or until a pending request finds nobody to decide."""
        if self._introduction.is_foreign:
            engine.show_tools()
        progress = Progress()
        progress.resume(recovered.waiting, [request for request, _ in recovered.decided])
        problem: BaseException | None = None
        cancelling: list[asyncio.Task[None]] = []
        result: Any = None
        try:
            with self._interrupts.handled_by(lambda: cancelling.append(asyncio.create_task(engine.cancel()))):
                self._commands.ran += tuple(recovered.results.values())
                for request, decision in recovered.decided:
                    self._tally.count(request, decision)
                    engine.answer(decision)
                if not recovered.decided and recovered.waiting:
                    self._events.add(Idle())
                await self._follow(engine, progress, own)
            result = self.result = await engine.result()
            show_result(result, self._screen, has_spoken=progress.has_spoken)
            if failure := progress.failure_at_end():
                raise failure
        except BaseException as caught:
            problem = caught
            if cancelling:
                raise InterruptedRun from caught
            if isinstance(caught, NoCommandError) and caught.prose:
                self._screen.say(caught.prose)
                self._screen.end_saying()
            if isinstance(caught, Exception):
                raise as_sentence(caught, self._settings, own, model_of(self._provider)) from caught
            raise
        finally:
            await engine.cancel()
            await self.shell.settle()
            self._close_run(progress, result, problem, was_interrupted=bool(cancelling))
        return self._tally.exit_status(result, self._commands.ran)

    def _close_run(
        self, progress: Progress, result: Any, problem: BaseException | None, *, was_interrupted: bool
    ) -> None:
        """Clear the screen of what belongs to the run, and record how it ended, unless it can be resumed."""
        self.is_paused = not was_interrupted and leaves_paused(problem) and not self._unsaved
        if problem is not None and not self.is_paused:
            self._recorder.remember(account(self._commands.ran, self._approvals.calls.ended))
        self._commands.leave()
        if progress.speaking:
            self._screen.end_saying()
        self._commands.withdraw_unused()
        self._screen.quiet()
        for each in self._approvals.calls.cut_off:
            self._screen.record_call(each)
        self._model.show_tokens()
        if self.is_paused:
            return
        self.is_paused = True  # until the journal has the end of the run
        if problem is None:
            self._recorder.end_run("finished", self._tally.exit_status(result, self._commands.ran))
        else:
            self._recorder.end_run("broken off" if was_interrupted else "failed", None)
        self.is_paused = False

    async def _follow(self, engine: EngineRun, progress: Progress, own: OwnCode) -> None:
        async with self._events.followed(engine):
            while (event := await self._events.next(engine, progress, self.shell.foreground)) is not None:
                if isinstance(event, CallFailed):
                    event = placed_call(event, own)
                for effect in progress.receive(event):
                    await self._do(effect, engine, progress)

    async def _do(self, effect: Effect, engine: EngineRun, progress: Progress) -> None:
        match effect:
            case GiveUp(error):
                raise error
            case Ask():
                await self._ask(effect, engine, progress)
                return
            case Withdraw():
                self._commands.withdraw_unused()
                return
        async with self.shell.foreground:
            show_effect(effect, self._screen)

    async def _ask(self, question: Ask, engine: EngineRun, progress: Progress) -> None:
        async with self.shell.foreground:
            if notice := self._events.new_notice():
                self._screen.tell(notice)
            decision = await self._review.decide(question, engine, progress)
        self._tally.count(question.request, decision)
        if isinstance(question.request, CommandRequest) and question.request.held is not None:
            self._held.answer(decision)
        else:
            engine.answer(decision)

    def _note_changes(self, result: CommandResult, request_id: str | None) -> None:
        number = self._recorder.ledger.numbers.get(request_id or "")
        self._review.unseen.add(result.changed, f"by command {number}" if number else "by a command")

    def _broken_by(self, problem: Exception) -> None:
        self._events.add(Broken(problem))

    def _add_to_shell_history(self, command: str) -> None:
        if self._settings.shell_history.value:
            with contextlib.suppress(OSError):  # the journal has it
                name = Path(self.shell.program).name
                shell_history.append(name, self.shell.secrets, command, time.time())
