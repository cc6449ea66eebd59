"""One process of `hitl run` or `hitl resume`: its signals, its conversation, and how it ends."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
from collections.abc import Awaitable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hitl_cli import private, system
from hitl_cli.commands.adapters import Adapters
from hitl_cli.commands.concurrency import cancelled, first_of, in_thread
from hitl_cli.commands.resuming import code_of, more_code, other_versions, restore, told
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError, JournalError, LoadError, UndecidedError, UsageError
from hitl_cli.interrupts import Interrupts
from hitl_cli.journal.entries import SessionEntry
from hitl_cli.loading.importing import Loaded, loaded, own_code
from hitl_cli.loading.references import Reference
from hitl_cli.report import report
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell.shell import shell_program

if TYPE_CHECKING:
    from hitl_cli.journal.journal import Journal
    from hitl_cli.journal.stored_session import StoredSession
    from hitl_cli.session.session import Session
    from hitl_cli.shell import Shell

T = TypeVar("T")

_LOGGER = logging.getLogger("hitl")

_WHY_ENDED = {
    ExitStatus.TERMINATED: "hitl was ended by SIGTERM",
    ExitStatus.HANGUP: "the terminal was closed",
    ExitStatus.INTERRUPTED: "hitl was interrupted",
}
"""What is said of commands that end with the program; see `CommandResult.ended_because`."""
_ENDING_SIGNALS = {signal.SIGTERM: ExitStatus.TERMINATED, signal.SIGHUP: ExitStatus.HANGUP}


class Program:
    """One process of `hitl run` or `hitl resume`."""

    def __init__(
        self,
        environment: Environment,
        settings: Settings,
        reference: Reference,
        journal: "Journal",
        opening: SessionEntry,
        adapters: Adapters,
        stored: "StoredSession | None" = None,
    ) -> None:
        """Take what runs, its `journal` and its adapters; `stored` is the session to resume, if any."""
        from hitl_cli.commands.desk import Desk

        self._environment = environment
        self._settings = settings
        self._reference = reference
        self._own_code = own_code(reference)
        self._journal = journal
        self._opening = opening
        self._stored = stored
        self._adapters = adapters
        self._interrupts = Interrupts()
        self._shell_program = shell_program(environment.variables)
        self._desk = Desk(environment, settings, self._interrupts, self._shell_program)
        self._screen = self._desk.screen
        self._ended_by: ExitStatus | None = None
        self._session: Session | None = None
        self._keeps_background: bool | None = None  # what the person said of it, if they were asked
        self._loaded = contextlib.ExitStack()

    async def main(self, request: str | None) -> int:
        """Go on with the stored session, or run on `request`, or begin a conversation; return the exit status."""
        with self._signals(), self._desk.without_echo(), self._screen.taking_prints(), self._loaded:
            try:
                if self._stored is not None:
                    return await self._go_on(self._stored)
                if request is not None:
                    return await self._one(request)
                if not self._desk.has_person:
                    raise UsageError(
                        "There is no request, and no terminal for a conversation. "
                        f'Say what you want, as in: hitl run {self._reference.text} "show the largest files"'
                    )
                return await self._conversation(None)
            except asyncio.CancelledError:
                if self._ended_by == ExitStatus.HANGUP:
                    _abandon_output()
                return self._ended_by or ExitStatus.INTERRUPTED
            except (UndecidedError, JournalError) as stopped:
                what = "question" if isinstance(stopped, UndecidedError) else "session"
                raise type(stopped)(f"{stopped} {self._how_to_continue(what)}".rstrip()) from stopped
            except BrokenPipeError:
                _abandon_output()
                return ExitStatus.BROKEN_PIPE
            except OSError as problem:
                if problem.errno != errno.EIO:
                    raise
                _abandon_output()  # the terminal is gone, and with it whoever could read more
                return ExitStatus.HANGUP
            finally:
                self._screen.quiet()
                await self._leave()

    async def _leave(self) -> None:
        """End what still runs in the background, unless the person wants to keep it, and let go of the session."""
        if self._session is not None:
            shell = self._session.shell
            await self._may_leave(may_go_back=False)
            if self._keeps_background:
                shell.detach_background()
            ended = shell.in_background
            with contextlib.suppress(JournalError):  # only a model would miss it
                await self._session.close()
            if ended and self._ended_by is None:
                self._desk.tell_ended(ended)
        if self._ended_by is not None and (how := self._how_to_continue("session")):
            with contextlib.suppress(OSError):  # the terminal may be gone
                report(how)
        with contextlib.suppress(HitlError):  # a process that is gone holds nothing
            self._journal.release()

    async def _may_leave(self, *, may_go_back: bool) -> bool:
        """Ask, once, what becomes of what runs in the background; return False where the person goes back instead."""
        running = self._session.shell.in_background if self._session is not None else ()
        if running and self._ended_by is None and self._keeps_background is None:
            from hitl_cli.persons.session_questions import Leaving

            wanted = await self._desk.leaving(running, may_go_back=may_go_back)
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
        return f"The {what} is saved. Continue with: hitl resume {self._journal.session}" if is_kept else ""

    async def _one(self, request: str) -> int:
        self._screen.waiting(f"loading {self._reference.text}")
        session = await in_thread(self._assembled)
        workflow = await self._load()
        self._desk.discard_keys()
        return await self._unless_interrupted(self._run(session, workflow, request))

    async def _go_on(self, stored: "StoredSession") -> int:
        """Go on with `stored` from where it was; a conversation then goes on as ever."""
        self._screen.tell(f"Session {stored.id}: {self._reference.text}, in {stored.folder}")
        for ended in stored.ended:
            self._screen.tell(f"Ended by hitl when {ended.because}: {ended.command}")
        self._screen.waiting(f"loading {self._reference.text}")
        session = await in_thread(self._assembled)
        session.is_paused = stored.is_unfinished
        before = code_of(stored, self._reference)
        changed = await in_thread(partial(self._own_code.changes, before))
        # Other versions matter only to a run that has not ended.
        versions = other_versions(stored, self._opening.versions) if stored.is_unfinished else []
        await self._warn_of(session, stored, told(changed, versions))
        await in_thread(partial(self._own_code.remember, before))
        restored = restore(session.shell, stored)
        session.show_changes(restored.changes, "earlier in this session")
        self._screen.waiting(f"loading {self._reference.text}")
        workflow = await self._load()
        if not stored.conversation:  # else they are a draft of the next request
            self._desk.discard_keys()
        self._screen.quiet()
        for line in restored.lines():
            self._screen.tell(line)
        if not changed:
            await self._warn_of(session, stored, told(more_code(stored, self._own_code), []))
        status: int | None = None
        try:
            with session.current():
                status = await self._unless_interrupted(session.resume(workflow, stored))
        except (UndecidedError, JournalError):
            raise
        except HitlError as problem:
            if not stored.conversation or session.is_paused:
                raise
            self._report(problem)
        if status is not None and not stored.conversation:
            return status
        if not self._desk.has_person:
            if status is None and not stored.is_unfinished:
                raise UsageError(
                    f"Nothing waits in session {stored.id}, and there is no terminal for a conversation; nothing ran."
                )
            return ExitStatus.FINISHED if status is None else status
        return await self._conversation(workflow)

    async def _warn_of(self, session: "Session", stored: "StoredSession", changes: str) -> None:
        """Tell of `changes`, if any: the workflow or the engine is not the one with which the session was paused.

        Raises:
            UndecidedError: The person does not want to continue with it.
        """
        if changes:
            self._desk.discard_keys()
            self._screen.quiet()
            warning = f"The workflow of session {stored.id} is not what it was ({changes})."
            if not await session.person.agrees(
                f"{warning} It may do other things than what it was paused at."
            ):
                raise UndecidedError(f"{warning} It was not gone on with, and nothing ran.")

    async def _conversation(self, workflow: Loaded | None) -> int:
        """Run on one request after the other; without a `workflow`, load it while the first is being typed."""
        prompt = self._desk.prompt()
        if self._settings.is_offline:
            self._screen.tell("No language model is set; the offline catalogue answers in its place.")
        loading: asyncio.Task[Loaded] | None = None
        while True:
            request: str | None = None
            above = self._session.idle(prompt.announce) if self._session else contextlib.nullcontext()
            with above, self._screen.asking(prompt.above):
                asking = asyncio.create_task(prompt.ask())
                try:
                    if workflow is None and loading is None:
                        await first_of(asking, asyncio.create_task(prompt.shown.wait()))
                        loading = asyncio.create_task(self._ready())
                    if loading is not None and not loading.done():
                        await first_of(asking, loading)
                    if loading is not None and loading.done():
                        loading.result()  # a workflow that does not load ends the conversation before it begins
                    request = await asking
                except EOFError:
                    pass  # the person wants to leave
                finally:
                    await cancelled(asking)
            if request is None:
                if await self._may_leave(may_go_back=True):
                    return ExitStatus.FINISHED
                continue
            if workflow is None:
                assert loading is not None
                self._screen.waiting(f"loading {self._reference.text}")
                workflow = await loading
                loading = None
            await self._turn(workflow, request)

    async def _ready(self) -> Loaded:
        await in_thread(self._assembled)
        return await self._load()

    async def _turn(self, workflow: Loaded, request: str) -> None:
        assert self._session is not None
        try:
            await self._unless_interrupted(self._run(self._session, workflow, request))
        except HitlError as problem:
            if self._session.is_paused:
                raise
            self._report(problem)

    async def _run(self, session: "Session", workflow: Loaded, request: str) -> int:
        with session.current():
            return await session.run(workflow, request)

    async def _unless_interrupted(self, run: Awaitable[T]) -> "T | int":
        """Return the outcome of `run`, or the status of one that the person broke off."""
        from hitl_cli.session.session import InterruptedRun

        try:
            return await run
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
            return ExitStatus.INTERRUPTED

    def _report(self, problem: HitlError) -> None:
        self._screen.quiet()
        report(str(problem))

    def _assembled(self) -> "Session":
        """Return the session, made of what it needs; to be called once."""
        from hitl_cli.models.configured import provider_of
        from hitl_cli.session.model_watch import ModelWatch
        from hitl_cli.session.session import Session

        model = ModelWatch(self._screen)
        provider = (self._adapters.provider or provider_of)(self._settings, model)
        self._session = Session(
            self._settings,
            provider,
            model,
            self._adapters.person or self._desk.person(provider),
            self._screen,
            self._shell(),
            self._interrupts,
            partial(_keep, self._environment.own_catalogue),
            self._journal,
            self._opening if self._stored is None else None,
        )
        return self._session

    async def _load(self) -> Loaded:
        loop = asyncio.get_running_loop()

        def on_loop(making: Coroutine[Any, Any, Any]) -> Any:
            return asyncio.run_coroutine_threadsafe(making, loop).result()

        def load() -> Loaded:
            assert self._session is not None
            try:
                with self._session.current():
                    return self._loaded.enter_context(loaded(self._reference, self._own_code, on_loop))
            except LoadError as problem:
                if problem.__cause__ is not None:
                    _LOGGER.error("The workflow was not loaded", exc_info=problem.__cause__)
                raise

        return await in_thread(load)

    def _shell(self) -> "Shell":
        from hitl_cli.shell import Shell

        variables = self._environment.variables
        project = self._reference.project
        return Shell(
            program=self._shell_program,
            folder=self._settings.cwd.value,
            variables=withheld(variables),
            time_limit=self._settings.timeout.value,
            terminal=self._desk.terminal_for_commands,
            secrets={**variables, **(project.variables() if project is not None else {})},
            log_folder=self._environment.state_folder / "output",
        )

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Take signals as they are meant: Ctrl-C for what is going on, the others for the whole program."""
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None

        def end(status: ExitStatus) -> None:
            self._ended_by = status
            if self._session is not None:
                self._session.shell.ends_because = _WHY_ENDED[status]
            main.cancel()

        loop.add_signal_handler(signal.SIGINT, self._interrupts.interrupt)
        for number, status in _ENDING_SIGNALS.items():
            loop.add_signal_handler(number, end, status)
        with self._interrupts.handled_by(lambda: end(ExitStatus.INTERRUPTED)):
            yield


def _keep(file: Path, request: str, command: str, changes: bool) -> str:
    """Add `command` to the person's catalogue in `file`, and return a sentence that says what became of it."""
    from hitl_cli.catalogue import entry_files

    try:
        entry_files.add(file, request, command, changes=changes)
    except (OSError, ValueError, private.NotPrivateError) as problem:
        why = system.reason(problem) if isinstance(problem, OSError) else f"{str(problem).rstrip('.')}."
        return f"The command was not added to your catalogue: {why}"
    return f"Added to your catalogue: {file}"


def _abandon_output() -> None:
    """Write no more to where nobody reads, not even what Python still holds when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
