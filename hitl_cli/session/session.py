"""Drives runs: takes events from the engine, does what `progress` says, and sends the person's decisions back."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hitl_cli import models, shell
from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.errors import HitlError, UndecidedError, WorkflowError
from hitl_cli.models.failures import explain
from hitl_cli.session.decision import Answer, Decision, Proposal, Refuse, Reject, Run, Stop
from hitl_cli.session.engine import EngineRun, takes_memory
from hitl_cli.session.interrupts import Interrupts
from hitl_cli.session.outcome import Tally
from hitl_cli.session.ports import Keep, Person, Screen
from hitl_cli.session.progress import Action, Ask, EndSaying, GiveUp, Progress, Quiet, RunEvent, Say, Tell
from hitl_cli.settings import Settings
from hitl_cli.shell import Approvals, CommandResult, RunningCommand, Shell
from hitl_cli.text.visible import refusal

if TYPE_CHECKING:
    from workflows import Workflow

    from hitl_cli.memory import ListMemory

_QUIET = 1.0  # seconds without an event after which a question is asked although some step is still at work


_WORKFLOW = "waiting for the workflow"


def _stopped(waiting: int) -> str:
    what = "The command that waited" if waiting == 1 else f"The {waiting} commands that waited"
    return f"Stopped. {what} did not run and stays undecided; the model was not told."


class InterruptedRun(Exception):
    """The person broke the run off."""


class Session:
    """A sequence of runs that share a person, a screen, a shell and a memory."""

    def __init__(
        self,
        settings: Settings,
        person: Person,
        screen: Screen,
        base_shell: Shell,
        interrupts: Interrupts,
        keep: Keep,
    ) -> None:
        self._settings = settings
        self._person = person
        self._screen = screen
        self._interrupts = interrupts
        self._keep = keep
        self._approvals = Approvals()
        self.shell = replace(base_shell, approvals=self._approvals, watcher=self)
        self._memory: ListMemory | None = None
        self._tally = Tally()
        self._proposed: dict[str, str] = {}
        self._suggested: dict[str, tuple[Candidate, ...]] = {}
        self.request = ""
        self._running = contextlib.ExitStack()
        self._ended_in_background: list[CommandResult] = []

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Lend the model and the shell of this session to the workflow that is loaded and run in the block."""
        with models.lent(self._settings, self), shell.lent(self.shell):
            yield

    async def run(self, workflow: "Workflow", prompt: str) -> int:
        """Run `workflow` once on `prompt`, and return the exit status that says how it ended.

        Raises:
            InterruptedRun: The person broke it off.
            HitlError: It failed; the sentence says how.
        """
        self._tally = Tally()
        self.request = prompt
        self._suggested.clear()
        if self._memory is None and takes_memory(workflow):
            from hitl_cli.memory import ListMemory

            self._memory = ListMemory()
        self._show_background()
        if self._memory is not None:
            prompt = "\n\n".join([*self.shell.take_news(), prompt])
        self._screen.waiting(_WORKFLOW)
        engine = EngineRun(workflow, prompt, self._memory)
        progress = Progress()
        broken = False
        cancelling: list[asyncio.Task[None]] = []
        try:
            with self._interrupts.told_to(lambda: cancelling.append(asyncio.create_task(engine.cancel()))):
                await self._follow(engine, progress)
            result = await engine.result()
            if isinstance(result, str):
                self._screen.say(result)
                self._screen.end_saying()
            if failure := progress.failure_at_end():
                raise failure
        except BaseException as problem:
            broken = True
            if cancelling:
                raise InterruptedRun from problem
            if isinstance(problem, Exception):
                raise self._in_words(problem) from problem
            raise
        finally:
            await engine.cancel()
            if broken and self._memory is not None:
                self._remember_broken_turn(self._memory)
            self._running.close()
            if progress.speaking:
                self._screen.end_saying()
            self._record_unused()
            self._screen.quiet()
            if self._tally.prompt_tokens:
                self._screen.tokens(self._tally.prompt_tokens, self._tally.completion_tokens)
        return self._tally.exit_status(result)

    async def _follow(self, engine: EngineRun, progress: Progress) -> None:
        events: asyncio.Queue[RunEvent | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for event in engine.events():
                    events.put_nowait(event)
            finally:
                events.put_nowait(None)

        pumping = asyncio.create_task(pump())
        try:
            while (event := await self._next(events, progress)) is not None:
                for action in progress.receive(event):
                    await self._do(action, engine, progress)
        finally:
            pumping.cancel()

    async def _next(self, events: "asyncio.Queue[RunEvent | None]", progress: Progress) -> RunEvent | None:
        may_be_quiet = progress.has_questions and not self.shell.foreground.locked()
        try:
            async with asyncio.timeout(_QUIET if may_be_quiet else None):
                return await events.get()
        except TimeoutError:
            return Quiet()

    async def _do(self, action: Action, engine: EngineRun, progress: Progress) -> None:
        match action:
            case GiveUp(error):
                raise error
            case Ask():
                await self._ask(action, engine, progress)
                return
        async with self.shell.foreground:
            match action:
                case Say(delta):
                    self._screen.say(delta)
                case EndSaying():
                    self._screen.end_saying()
                case Tell(text):
                    self._screen.tell(text)

    async def _ask(self, question: Ask, engine: EngineRun, progress: Progress) -> None:
        proposal = replace(question.proposal, candidates=self._suggested.get(question.proposal.command, ()))
        self._record_unused()
        async with self.shell.foreground:
            self._screen.quiet()
            self._show_background()
            self.shell.prepare()
            decision: Decision | Stop
            if reason := refusal(proposal.command):
                decision = Refuse(reason)
            else:
                decision = await self._person.decide(
                    proposal, question.position, question.total, self.shell.folder
                )
            if isinstance(decision, Stop):
                raise UndecidedError(_stopped(question.total - question.position + 1))
            progress.answer(proposal)
            self._note(proposal, decision)
            self._screen.waiting(_WORKFLOW)
        engine.answer(proposal, decision)

    def _show_background(self) -> None:
        ended, self._ended_in_background = self._ended_in_background, []
        for result in ended:
            self._screen.command_finished(result, None)
        for running in self.shell.in_background:
            self._screen.tell(
                f"in the background, number {running.background}, {running.seconds:.0f} s: {running.command}"
            )

    def _note(self, proposal: Proposal, decision: Decision) -> None:
        match decision:
            case Run(command, shown, keep=keep):
                if gaps := proposal.gaps(command):
                    raise UndecidedError(f"The command still needs {', '.join(gaps)}, so it did not run.")
                if keep:
                    looks = any(each.command == command and not each.changes for each in proposal.candidates)
                    self._screen.tell(self._keep(self.request, command, not looks))
                self._proposed[proposal.request_id] = proposal.command
                self._approvals.grant(proposal.request_id, command, shown)
            case Reject(reason):
                self._tally.rejected += 1
                self._screen.record_rejection(proposal.command, reason)
            case Answer(text):
                self._screen.record_answer(proposal.command, text)
            case Refuse(reason):
                self._tally.refused += 1
                self._screen.tell(f"A proposal was not offered, and the model was told: {reason}")

    def _record_unused(self) -> None:
        for request_id in list(self._proposed):
            if command := self._approvals.withdraw(request_id):
                del self._proposed[request_id]
                self._screen.record_unused(command)

    def _remember_broken_turn(self, memory: "ListMemory") -> None:
        from llama_index.core.llms import ChatMessage

        memory.put(ChatMessage(role="assistant", content=self._tally.account()))

    def _in_words(self, problem: Exception) -> Exception:
        if isinstance(problem, HitlError | BrokenPipeError):
            return problem
        if explained := explain(problem, self._settings):
            return explained
        said = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
        return WorkflowError(f"The workflow failed: {said}. Nothing more was run.")

    def model_asked(self, model: str, attempt: int, attempts: int) -> None:
        """The model is being asked, or will be once more."""
        self._screen.waiting(
            f"waiting for {model}" + (f", retrying, {attempt} of {attempts}" if attempt > 1 else "")
        )

    def suggested(self, candidates: Sequence[Candidate]) -> None:
        """The catalogue has more than one command for the request."""
        self._suggested[candidates[0].command] = tuple(candidates)

    def tokens_used(self, prompt: int, completion: int) -> None:
        """The model told what an answer took."""
        self._tally.prompt_tokens += prompt
        self._tally.completion_tokens += completion

    def command_started(self, running: RunningCommand, request_id: str | None) -> None:
        """The workflow runs what the person approved."""
        self._running.enter_context(self._interrupts.told_to(running.stop))
        self._running.callback(self._screen.command_left)
        self._screen.command_started(running)

    def command_output(self, chunk: bytes) -> None:
        """The command printed something."""
        self._screen.command_output(chunk)

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """The command ended, or was sent to the background."""
        self._running.close()
        self._tally.ran += (result,)
        proposed = self._proposed.pop(request_id, None) if request_id else None
        self._screen.command_finished(result, proposed)
        self._screen.waiting(_WORKFLOW)

    def background_ended(self, result: CommandResult) -> None:
        """A command ended in the background; that is shown when nothing else is."""
        self._ended_in_background.append(result)
