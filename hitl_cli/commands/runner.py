"""The `Runner` drives one process of `hitl run` or `hitl resume`: its runs, the conversation, and shutdown."""

import asyncio
import contextlib
import errno
import gc
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hitl_cli.approval.choice import ToolChoice
from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.conversation import ConversationCommands, Next
from hitl_cli.commands.ending import WHY_ENDED, abandon_output, handling_signals
from hitl_cli.commands.rules_of_run import RulesOfRun
from hitl_cli.commands.session_builder import SessionBuilder
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError, JournalError, UndecidedError, UsageError
from hitl_cli.interrupts import Interrupts
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.loading.importing import Loaded, own_code
from hitl_cli.loading.references import Reference
from hitl_cli.prompt.slash import ShellLine
from hitl_cli.report import report
from hitl_cli.settings import Settings
from hitl_cli.shell_program import shell_program
from hitl_cli.waiting import in_thread, wait_for_first

if TYPE_CHECKING:
    from hitl_cli.commands.recap import Recap
    from hitl_cli.journal.journal import Journal
    from hitl_cli.journal.stored_session import StoredSession
    from hitl_cli.models.early_request import EarlyRequest
    from hitl_cli.session.run_start import RunStart
    from hitl_cli.session.session import Session
    from hitl_cli.starting.inputs import GivenInputs

T = TypeVar("T")


class Runner:
    """Runs a workflow once, in a conversation, or from a stored session, and cleans up at the end."""

    def __init__(
        self,
        environment: Environment,
        settings: Settings,
        reference: Reference,
        journal: "Journal",
        opening: Callable[[], SessionEntry],
        adapters: Adapters,
        choice: ToolChoice,
        rules: RulesOfRun,
        stored: "StoredSession | None" = None,
        inputs: "GivenInputs | None" = None,
        recap: "Recap | None" = None,
        early: "EarlyRequest | None" = None,
    ) -> None:
        """Set up a run of `reference`; `stored` is the session to resume, if any, and `recap` what it did.

        `opening` returns how the session is started, and is called in a thread. `choice` says which tools ask, `inputs`
        are start fields from the command line, and `early` is the request that was sent already; the runner closes it.
        """
        from hitl_cli.commands.user_interface import UserInterface

        self._environment = environment
        self._settings = settings
        self._reference = reference
        self._own_code = own_code(reference)
        self._journal = journal
        self._opening = opening
        self._choice = choice
        self._stored = stored
        self._inputs = inputs
        self._recap = recap
        self._start: RunStart | None = None
        self._early = early
        self._interrupts = Interrupts()
        shell = shell_program(environment.variables)
        self._interface = UserInterface(environment, settings, self._interrupts, shell)
        self._builder = SessionBuilder(
            environment, settings, reference, adapters, self._interface, self._interrupts, shell, rules
        )
        self._screen = self._interface.screen
        self._ended_by: ExitStatus | None = None
        self._session: Session | None = None
        self._keeps_background: bool | None = None  # the person's choice; None until they are asked
        self._loaded = contextlib.ExitStack()

    async def run(self, request: str | None) -> int:
        """Resume the stored session, run `request`, or start a conversation; return the exit status."""
        with (
            handling_signals(self._interrupts, self._end),
            self._interface.without_echo(),
            self._screen.capturing_prints(),
            self._loaded,
        ):
            try:
                if self._stored is not None:
                    return await self._resume(self._stored)
                if request is not None or self._inputs or not self._reference.is_bundled:
                    return await self._run_own(request)
                if not self._interface.has_person:
                    from hitl_cli.session.run_start import no_request

                    raise no_request(self._reference.text)
                return await self._conversation(None)
            except asyncio.CancelledError:
                if self._ended_by == ExitStatus.HANGUP:
                    abandon_output()
                return self._ended_by or ExitStatus.INTERRUPTED
            except (UndecidedError, JournalError) as stopped:
                what = "question" if isinstance(stopped, UndecidedError) else "session"
                raise type(stopped)(f"{stopped} {self._how_to_continue(what)}".rstrip()) from stopped
            except BrokenPipeError:
                abandon_output()
                return ExitStatus.BROKEN_PIPE
            except OSError as problem:
                if problem.errno != errno.EIO:
                    raise
                abandon_output()  # the terminal is gone; nobody can read more output
                return ExitStatus.HANGUP
            finally:
                self._screen.quiet()
                await self._shut_down()

    def _end(self, status: ExitStatus) -> None:
        self._ended_by = status
        if self._session is not None:
            self._session.shell.ends_because = WHY_ENDED[status]

    async def _shut_down(self) -> None:
        """End the background jobs, unless the person wants to keep them, and release the session."""
        if self._early is not None and (unused := await self._early.close()):
            with contextlib.suppress(OSError):  # the terminal may be gone
                self._screen.tell(unused)
        if self._session is not None:
            shell = self._session.shell
            await self._confirm_leaving(may_go_back=False)
            if self._keeps_background:
                shell.detach_background()
            ended = shell.in_background
            with contextlib.suppress(JournalError):  # the record matters only to a later model call
                await self._session.close()
            if ended and self._ended_by is None:
                self._interface.show_ended(ended)
        if self._ended_by is not None and (how := self._how_to_continue("session")):
            with contextlib.suppress(OSError):  # the terminal may be gone
                report(how)
        with contextlib.suppress(HitlError):  # a claim ends with its process anyway
            self._journal.release()

    async def _confirm_leaving(self, *, may_go_back: bool) -> bool:
        """Ask once what to do with background jobs; return False if the person wants to stay in the conversation."""
        running = self._session.shell.in_background if self._session is not None else ()
        if running and self._ended_by is None and self._keeps_background is None:
            from hitl_cli.persons.session_questions import Leaving

            wanted = await self._interface.ask_about_background(running, may_go_back=may_go_back)
            if wanted is Leaving.BACK:
                return False
            self._keeps_background = wanted is Leaving.KEEP
        return True

    def _how_to_continue(self, what: str) -> str:
        """Return how to continue with the saved question or session, named by `what`; empty if nothing is saved."""
        is_kept = (
            self._session.is_paused
            if self._session
            else self._stored is not None and self._stored.is_unfinished
        )
        if not is_kept:
            return ""
        how = f"hitl resume {self._journal.session}"
        if self._session is not None and not self._session.has_saved_question:
            return f"The run is not saved at this question. To start it again: {how}"
        return f"The {what} is saved. Continue with: {how}"

    async def _run_own(self, request: str | None) -> int:
        """Run the workflow once; without a request, start a conversation if the workflow takes one."""
        self._screen.waiting(f"loading {self._reference.text}")
        await in_thread(self._build_session)
        workflow = await self._load()
        if request is None and self._builder.has_person and self._start_of(workflow).takes_conversation:
            self._screen.quiet()
            return await self._conversation(workflow)
        self._interface.discard_keys()
        return await self._unless_interrupted(self._run(workflow, request))

    async def _resume(self, stored: "StoredSession") -> int:
        """Resume `stored` where it stopped; a conversation then continues as usual."""
        from hitl_cli.commands import resuming

        self._screen.tell(f"Session {stored.id}: {self._reference.text}, in {stored.folder}")
        for ended in stored.ended:
            self._screen.tell(f"Ended by hitl when {ended.because}: {ended.command}")
        if self._recap is not None and self._interface.has_person:
            self._screen.recall(self._recap.request, self._recap.words, self._recap.lines)
        self._screen.waiting(f"loading {self._reference.text}")
        session = await in_thread(self._build_session)
        session.is_paused = stored.is_unfinished
        before = resuming.stored_code(stored, self._reference)
        changed = await in_thread(partial(self._own_code.changes, before))
        # Changed versions matter only to a run that has not ended.
        versions = resuming.changed_versions(stored, self._opening().versions) if stored.is_unfinished else []
        await self._confirm_changes(session, stored, resuming.describe_changes(changed, versions))
        await in_thread(partial(self._own_code.remember, before))
        restored = resuming.restore_shell(session.shell, stored)
        session.show_changes(restored.changes, "earlier in this session")
        self._screen.waiting(f"loading {self._reference.text}")
        workflow = await self._load()
        if not stored.conversation:  # in a conversation they are a draft of the next request
            self._interface.discard_keys()
        self._screen.quiet()
        for line in restored.lines():
            self._screen.tell(line)
        if not changed:
            imported = resuming.newly_imported(stored, self._own_code)
            await self._confirm_changes(session, stored, resuming.describe_changes(imported, []))
        from hitl_cli.session.engine.run import SavedStateError

        takes_conversation = self._start_of(workflow).takes_conversation
        converses = stored.conversation and takes_conversation  # one that takes no request ran once
        status: int | None = None
        try:
            with session.current():
                status = await self._unless_interrupted(session.resume(workflow, stored))
        except SavedStateError as problem:
            raise JournalError(f"Session {stored.id} cannot be resumed: {problem}") from problem.__cause__
        except (UndecidedError, JournalError):
            raise
        except HitlError as problem:
            if not converses or session.is_paused:
                raise
            self._report(problem)
        if status is not None and not converses:
            return status
        if not takes_conversation:
            raise UsageError(
                f"Nothing is pending in session {stored.id}; nothing ran. "
                f"To run the workflow again: hitl run {self._reference.text}"
            )
        if not self._interface.has_person:
            if status is None and not stored.is_unfinished:
                raise UsageError(
                    f"Nothing is pending in session {stored.id}, and there is no terminal for a conversation; "
                    "nothing ran."
                )
            return ExitStatus.FINISHED if status is None else status
        return await self._conversation(workflow)

    async def _confirm_changes(self, session: "Session", stored: "StoredSession", changes: str) -> None:
        """Ask whether to continue if there are `changes` to the workflow or the engine since the session was paused.

        Raises:
            UndecidedError: The person does not want to continue.
        """
        if changes:
            self._interface.discard_keys()
            self._screen.quiet()
            warning = f"The workflow of session {stored.id} has changed since it was paused ({changes})."
            if not await session.person.agrees(f"{warning} It may behave differently now."):
                raise UndecidedError(f"{warning} It was not resumed, and nothing ran.")

    async def _conversation(self, workflow: Loaded | None) -> int:
        """Run one request after another; without a `workflow`, load it while the person types the first request."""
        own = ConversationCommands(
            self._settings,
            self._reference.text,
            self._journal.session,
            self._screen.tell,
            lambda: self._session,
        )
        prompt = self._interface.prompt(own.folder)
        own.begin(uses_model=self._reference.is_bundled or workflow is None or self._uses_model(workflow))
        loading: asyncio.Task[Loaded] | None = None
        while True:
            typed: str | None = None
            above = self._session.idle(prompt.announce) if self._session else contextlib.nullcontext()
            with above, self._screen.asking(prompt.above):
                asking = asyncio.create_task(prompt.ask())
                try:
                    if workflow is None and loading is None:
                        await wait_for_first(asking, asyncio.create_task(prompt.shown.wait()))
                        loading = asyncio.create_task(self._prepare())
                    if loading is not None and not loading.done():
                        await wait_for_first(asking, loading)
                    if loading is not None and loading.done():
                        loading.result()  # a workflow that does not load ends the conversation at once
                    typed = await asking
                except EOFError:
                    pass  # the person wants to leave
                finally:
                    asking.cancel()
                    with contextlib.suppress(asyncio.CancelledError, EOFError):
                        await asking
            request = Next.LEAVE if typed is None else own.take(typed)
            if request is Next.LEAVE and await self._confirm_leaving(may_go_back=True):
                if self._session is not None and self._session.can_continue:
                    self._screen.tell(f"To continue: hitl resume {self._journal.session}")
                return ExitStatus.FINISHED
            if isinstance(request, Next):
                continue
            if workflow is None:
                assert loading is not None
                self._screen.waiting(f"loading {self._reference.text}")
                workflow = await loading
                loading = None
            assert self._session is not None
            if isinstance(request, ShellLine):
                await self._turn(own.run(self._session, request))
            else:
                await self._turn(self._run(workflow, request))

    def _uses_model(self, workflow: Loaded) -> bool:
        from hitl_cli.session.own_models import uses_default_model

        return uses_default_model(workflow)

    async def _prepare(self) -> Loaded:
        await in_thread(self._build_session)
        return await self._load()

    async def _turn(self, turn: Awaitable[object]) -> None:
        try:
            await self._unless_interrupted(turn)
        except HitlError as problem:
            if self._session is not None and self._session.is_paused:
                raise
            self._report(problem)

    async def _run(self, workflow: Loaded, request: str | None) -> int:
        assert self._session is not None
        person = self._session.person if self._builder.has_person else None
        values = await self._start_of(workflow).values(request, person, self._screen)
        with self._session.current():
            return await self._session.run(workflow, values)

    def _start_of(self, workflow: Loaded) -> "RunStart":
        if self._start is None:
            from hitl_cli.session.run_start import RunStart

            paused = self._stored.paused if self._stored is not None else None
            self._start = RunStart(self._reference.text, workflow.workflow, self._inputs, paused)
        return self._start

    async def _unless_interrupted(self, run: Awaitable[T]) -> "T | int":
        """Return the outcome of `run`, or the exit status for Ctrl-C if the person interrupted it."""
        from hitl_cli.session.session import InterruptedRun

        try:
            return await run
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
            return ExitStatus.INTERRUPTED

    def _report(self, problem: HitlError) -> None:
        self._screen.quiet()
        report(str(problem))

    def _build_session(self) -> "Session":
        self._session = self._builder.session(
            self._journal, self._opening(), self._choice, self._stored, self._loaded, self._early
        )
        return self._session

    async def _load(self) -> Loaded:
        assert self._session is not None
        workflow = await self._builder.workflow(self._session, self._own_code, self._loaded)
        if self._stored is None:
            await self._session.prepare(workflow)
        _start_collecting_garbage()
        return workflow


def _start_collecting_garbage() -> None:
    """Turn on the garbage collection that the start of the program turned off; it skips what is loaded by now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
