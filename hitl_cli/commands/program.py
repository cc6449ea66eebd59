"""One process of `hitl run` or `hitl resume`: its signals, its conversation, and how it ends."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.commands.concurrency import cancelled, first_of, in_thread
from hitl_cli.commands.restoring import restore
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError, JournalError, UndecidedError, UsageError
from hitl_cli.journal.journal import Opening
from hitl_cli.loader import Loaded, Reference, loaded
from hitl_cli.report import report
from hitl_cli.session.interrupts import Interrupts
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell.shell import shell_program

if TYPE_CHECKING:
    from hitl_cli.journal.journal import Journal
    from hitl_cli.journal.stored import StoredSession
    from hitl_cli.session.ports import Person
    from hitl_cli.session.session import Session
    from hitl_cli.shell import Shell

_ENDING_SIGNALS = {signal.SIGTERM: ExitStatus.TERMINATED, signal.SIGHUP: ExitStatus.HANGUP}


class Program:
    """One process of `hitl run` or `hitl resume`."""

    def __init__(
        self,
        environment: Environment,
        settings: Settings,
        reference: Reference,
        journal: "Journal",
        opening: Opening,
        stored: "StoredSession | None" = None,
    ) -> None:
        """Take what runs, and its `journal`; `stored` is the session that is gone on with."""
        from hitl_cli.review.keyboard import Keyboard
        from hitl_cli.review.options import ReviewOptions
        from hitl_cli.review.plain import PlainLines
        from hitl_cli.review.screen import TerminalScreen

        self._environment = environment
        self._settings = settings
        self._reference = reference
        self._journal = journal
        self._opening = opening
        self._stored = stored
        self._interrupts = Interrupts()
        self._shell_program = shell_program(environment.variables)
        self._options = ReviewOptions.of(settings, environment, Path(self._shell_program).name)
        terminal = environment.open_terminal()
        plain = settings.plain.value or environment.has_dumb_terminal
        self._screen = TerminalScreen(environment, terminal, plain=plain)
        self._lines = PlainLines(terminal, self._interrupts) if terminal and plain else None
        self._keyboard = Keyboard(terminal) if terminal and not plain else None
        # Where results go to a file, a command's do, too: without colours, and without a person to type into it.
        self._terminal = terminal if terminal and terminal.output is environment.stdout else None
        self._ended_by: ExitStatus | None = None
        self._session: Session | None = None
        self._person: Person | None = None
        self._lost = ""
        self._loaded = contextlib.ExitStack()

    async def main(self, request: str | None) -> int:
        """Go on with the stored session, or run on `request`, or begin a conversation; return the exit status."""
        with self._signals(), self._loaded:
            try:
                if self._stored is not None:
                    return await self._go_on(self._stored)
                if request is not None:
                    return await self._one(request)
                if self._keyboard is None and self._lines is None:
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
                raise type(stopped)(self._and_how_to_go_on(str(stopped))) from stopped
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
        if self._session is None:
            return
        shell = self._session.shell
        if shell.in_background and self._terminal is not None and self._ended_by is None:
            from hitl_cli.review.leaving import wants_to_keep

            if await wants_to_keep(self._terminal, self._screen.console, shell.in_background):
                shell.keep_background()
        await shell.close()
        if self._ended_by is not None and sys.stderr is not None and (how := self._and_how_to_go_on("")):
            with contextlib.suppress(OSError):  # the terminal may be gone
                print(f"hitl: {how}", file=sys.stderr)
        with contextlib.suppress(HitlError):  # a process that is gone holds nothing
            self._journal.release()

    def _and_how_to_go_on(self, sentence: str) -> str:
        """Return `sentence`, and after it how to go on with what is kept, if anything is."""
        if self._session is None or not self._session.paused:
            return sentence
        return f"{sentence} What waits is kept; go on with: hitl resume {self._journal.session}".lstrip()

    async def _one(self, request: str) -> int:
        from hitl_cli.session.session import InterruptedRun

        self._screen.waiting(f"loading {self._reference.text}")
        session, workflow = await in_thread(self._load)
        try:
            with session.lent():
                return await session.run(workflow, request)
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
            return ExitStatus.INTERRUPTED

    async def _go_on(self, stored: "StoredSession") -> int:
        """Go on with `stored` from where it was; a conversation then goes on as ever."""
        from hitl_cli.session.session import InterruptedRun

        self._screen.tell(f"Session {stored.id}: {self._reference.text}, in {stored.folder}")
        self._screen.waiting(f"loading {self._reference.text}")
        session, workflow = await in_thread(self._load)
        self._screen.quiet()
        if self._lost:
            self._screen.tell(f"Not as it was: {self._lost}.")
        await self._warn_of_changes(session, stored, workflow)
        status: int | None = None
        try:
            with session.lent():
                status = await session.go_on(workflow, stored)
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
            status = ExitStatus.INTERRUPTED
        except (UndecidedError, JournalError):
            raise
        except HitlError as problem:
            if not stored.conversation or session.paused:
                raise
            self._report(problem)
        if status is not None and not stored.conversation:
            return status
        if self._keyboard is None and self._lines is None:
            return ExitStatus.FINISHED if status is None else status
        return await self._conversation((session, workflow))

    async def _warn_of_changes(self, session: "Session", stored: "StoredSession", workflow: Loaded) -> None:
        """Tell of a workflow, or an engine, that is not the one with which the session was paused.

        Raises:
            UndecidedError: The person does not want to go on with it.
        """
        changed = sorted(
            name
            for name in stored.files.keys() | workflow.files.keys()
            if stored.files.get(name) != workflow.files.get(name)
        )
        other = [
            f"{name} {was}, now {self._opening.versions.get(name)}"
            for name, was in stored.versions.items()
            if self._opening.versions.get(name) != was
        ]
        nothing_waits = stored.paused is None and not stored.commands
        if nothing_waits or not (changed or other):
            return
        what = [f"changed since the pause: {', '.join(changed)}"] if changed else []
        what += [f"other versions: {'; '.join(other)}"] if other else []
        assert self._person is not None
        warning = f"The workflow of session {stored.id} is not what it was ({'; '.join(what)})."
        session.paused = True
        if not await self._person.agrees(f"{warning} It may do other things than what it was paused at."):
            raise UndecidedError(f"{warning} It was not gone on with, and nothing ran.")

    async def _conversation(self, ready: "tuple[Session, Loaded] | None") -> int:
        from hitl_cli.review.conversation import ConversationPrompt
        from hitl_cli.review.history import KeptHistory
        from hitl_cli.review.plain import PlainPrompt

        prompt: ConversationPrompt | PlainPrompt
        if self._lines is not None:
            prompt = PlainPrompt(self._lines)
        else:
            assert self._keyboard is not None
            file = self._environment.state_folder / "requests"
            prompt = ConversationPrompt(self._keyboard, KeptHistory(file, self._environment.variables))
        loading: asyncio.Task[tuple[Session, Loaded]] | None = None
        while True:
            asking = asyncio.create_task(prompt.ask())
            try:
                if ready is None and loading is None:
                    await first_of(asking, asyncio.create_task(prompt.shown.wait()))
                    loading = asyncio.create_task(in_thread(self._load))
                if loading is not None and not loading.done():
                    await first_of(asking, loading)
                if loading is not None and loading.done():
                    loading.result()  # a workflow that does not load ends the conversation before it begins
                request = await asking
            except EOFError:
                return ExitStatus.FINISHED
            finally:
                await cancelled(asking)
            if ready is None:
                assert loading is not None
                self._screen.waiting(f"loading {self._reference.text}")
                ready = await loading
                loading = None
            await self._turn(*ready, request)

    async def _turn(self, session: "Session", workflow: Loaded, request: str) -> None:
        from hitl_cli.session.session import InterruptedRun

        try:
            with session.lent():
                await session.run(workflow, request)
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
        except HitlError as problem:
            if session.paused:
                raise
            self._report(problem)

    def _report(self, problem: HitlError) -> None:
        self._screen.quiet()
        report(str(problem))

    def _load(self) -> "tuple[Session, Loaded]":
        from hitl_cli.models.explanation import Explainer
        from hitl_cli.review.person import NobodyThere, PersonAtTerminal
        from hitl_cli.review.plain import PlainPerson
        from hitl_cli.session.session import Session

        explainer = Explainer(self._settings)
        self._person = NobodyThere()
        if self._lines is not None:
            self._person = PlainPerson(self._lines, self._screen.console, self._options, explainer)
        elif self._keyboard is not None:
            self._person = PersonAtTerminal(
                self._keyboard, self._screen.console, self._interrupts, self._options, explainer
            )
        opening = self._opening if self._stored is None else None
        session = Session(
            self._settings,
            self._person,
            self._screen,
            self._shell(),
            self._interrupts,
            self._keep,
            self._journal,
            opening,
        )
        self._session = session
        with session.lent():
            return session, self._loaded.enter_context(loaded(self._reference))

    def _shell(self) -> "Shell":
        """Return the shell in which the commands run: as the stored session had left it, if there is one."""
        from hitl_cli.shell import Shell

        variables = self._environment.variables
        folder, own = self._settings.cwd.value, withheld(variables)
        shell = Shell(
            program=self._shell_program,
            folder=folder,
            variables=own,
            time_limit=self._settings.timeout.value,
            terminal=self._terminal,
            secrets=variables,
            log_folder=self._environment.state_folder / "output",
        )
        if self._stored is not None and (lost := restore(shell, self._stored)):
            self._lost = lost
        return shell

    def _keep(self, request: str, command: str, changes: bool) -> str:
        from hitl_cli.catalogue import own

        file = self._environment.own_catalogue
        try:
            own.add(file, request, command, changes=changes)
        except (OSError, ValueError) as problem:
            return f"The command was not added to your catalogue: {problem}."
        return f"Added to your catalogue: {file}"

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Take signals as they are meant: Ctrl-C for what is going on, the others for the whole program."""
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None

        def end(status: ExitStatus) -> None:
            self._ended_by = status
            main.cancel()

        loop.add_signal_handler(signal.SIGINT, self._interrupts.interrupt)
        for number, status in _ENDING_SIGNALS.items():
            loop.add_signal_handler(number, end, status)
        with self._interrupts.told_to(lambda: end(ExitStatus.INTERRUPTED)):
            yield


def _abandon_output() -> None:
    """Write no more to where nobody reads, not even what Python still holds when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
