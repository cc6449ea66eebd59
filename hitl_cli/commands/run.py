"""`hitl run`: one request, or a conversation."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, HitlError, UndecidedError, UsageError
from hitl_cli.loader import Reference, loaded
from hitl_cli.session.interrupts import Interrupts
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell.shell import shell_program

if TYPE_CHECKING:
    from workflows import Workflow

    from hitl_cli.session.ports import Person
    from hitl_cli.session.session import Session
    from hitl_cli.shell import Shell

T = TypeVar("T")

_ENDING_SIGNALS = {signal.SIGTERM: ExitStatus.TERMINATED, signal.SIGHUP: ExitStatus.HANGUP}


def run(environment: Environment, settings: Settings, reference_text: str, words: list[str]) -> int:
    """Run a workflow on the request in `words`, on one that is piped in, or in a conversation.

    Returns the exit status that says how it ended.

    Raises:
        HitlError: It could not start, or it failed.
    """
    reference = Reference.parse(reference_text, environment.folder)
    request = " ".join(words).strip() or environment.piped_request()
    _quieten_libraries(environment)
    return asyncio.run(_Program(environment, settings, reference).main(request))


class _Program:
    """One process of `hitl run`."""

    def __init__(self, environment: Environment, settings: Settings, reference: Reference) -> None:
        from hitl_cli.review.keyboard import Keyboard
        from hitl_cli.review.options import ReviewOptions
        from hitl_cli.review.plain import PlainLines
        from hitl_cli.review.screen import TerminalScreen

        self._environment = environment
        self._settings = settings
        self._reference = reference
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
        self._shell: Shell | None = None
        self._loaded = contextlib.ExitStack()

    async def main(self, request: str | None) -> int:
        """Return the exit status."""
        with self._signals(), self._loaded:
            try:
                if request is not None:
                    return await self._one(request)
                if self._keyboard is None and self._lines is None:
                    raise UsageError(
                        "There is no request, and no terminal for a conversation. "
                        f'Say what you want, as in: hitl run {self._reference.text} "show the largest files"'
                    )
                return await self._conversation()
            except asyncio.CancelledError:
                if self._ended_by == ExitStatus.HANGUP:
                    _abandon_output()
                return self._ended_by or ExitStatus.INTERRUPTED
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
        """End what still runs in the background, unless the person wants to keep it."""
        if self._shell is None:
            return
        if self._shell.in_background and self._terminal is not None and self._ended_by is None:
            from hitl_cli.review.leaving import wants_to_keep

            if await wants_to_keep(self._terminal, self._screen.console, self._shell.in_background):
                self._shell.keep_background()
        await self._shell.close()

    async def _one(self, request: str) -> int:
        from hitl_cli.session.session import InterruptedRun

        self._screen.waiting(f"loading {self._reference.text}")
        session, workflow = await _in_thread(self._load)
        try:
            with session.lent():
                return await session.run(workflow, request)
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
            return ExitStatus.INTERRUPTED

    async def _conversation(self) -> int:
        from hitl_cli.review.conversation import ConversationPrompt
        from hitl_cli.review.plain import PlainPrompt

        prompt: ConversationPrompt | PlainPrompt
        if self._lines is not None:
            prompt = PlainPrompt(self._lines)
        else:
            assert self._keyboard is not None
            prompt = ConversationPrompt(self._keyboard, self._environment.state_folder / "requests")
        loading: asyncio.Task[tuple[Session, Workflow]] | None = None
        while True:
            asking = asyncio.create_task(prompt.ask())
            try:
                if loading is None:
                    await _first_of(asking, asyncio.create_task(prompt.shown.wait()))
                    loading = asyncio.create_task(_in_thread(self._load))
                if not loading.done():
                    await _first_of(asking, loading)
                if loading.done():
                    loading.result()  # a workflow that does not load ends the conversation before it begins
                request = await asking
            except EOFError:
                return ExitStatus.FINISHED
            finally:
                await _end(asking)
            self._screen.waiting(f"loading {self._reference.text}")
            session, workflow = await loading
            await self._turn(session, workflow, request)

    async def _turn(self, session: "Session", workflow: "Workflow", request: str) -> None:
        from hitl_cli.session.session import InterruptedRun

        try:
            with session.lent():
                await session.run(workflow, request)
        except InterruptedRun:
            self._screen.tell("Stopped; nothing more was run.")
        except UndecidedError:
            raise
        except HitlError as problem:
            self._screen.quiet()
            print(f"hitl: {problem}", file=sys.stderr)

    def _load(self) -> "tuple[Session, Workflow]":
        from hitl_cli.models.explanation import Explainer
        from hitl_cli.review.person import NobodyThere, PersonAtTerminal
        from hitl_cli.review.plain import PlainPerson
        from hitl_cli.session.session import Session
        from hitl_cli.shell import Shell
        from hitl_cli.shell.log import keep_short

        person: Person = NobodyThere()
        if self._lines is not None:
            person = PlainPerson(self._lines, self._options, Explainer(self._settings))
        elif self._keyboard is not None:
            person = PersonAtTerminal(
                self._keyboard,
                self._screen.console,
                self._interrupts,
                self._options,
                Explainer(self._settings),
            )
        variables = self._environment.variables
        records = self._environment.state_folder / "executions.jsonl"
        keep_short(records)
        shell = Shell(
            program=self._shell_program,
            folder=self._settings.cwd.value,
            variables=withheld(variables),
            time_limit=self._settings.timeout.value,
            terminal=self._terminal,
            secrets=variables,
            log_folder=self._environment.state_folder / "output",
            records=records,
        )
        session = Session(self._settings, person, self._screen, shell, self._interrupts, self._keep)
        self._shell = session.shell
        with session.lent():
            return session, self._loaded.enter_context(loaded(self._reference))

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


async def _in_thread(function: Callable[[], T]) -> T:
    """Call `function` in a thread that does not hold up the end of the program, as the threads of asyncio do."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, problem: BaseException | None) -> None:
        if future.done():
            return
        if problem is not None:
            future.set_exception(problem)
        else:
            future.set_result(outcome)  # type: ignore[arg-type]

    def work() -> None:
        try:
            outcome, problem = function(), None
        except BaseException as caught:  # noqa: BLE001  (whoever awaits the future gets it)
            outcome, problem = None, caught
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome, problem)

    threading.Thread(target=work, daemon=True, name="hitl-load").start()
    return await future


async def _first_of(*tasks: "asyncio.Task[T]") -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _end(task: "asyncio.Task[str]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, EOFError):
        await task


def _abandon_output() -> None:
    """Write no more to where nobody reads, not even what Python still holds when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _quieten_libraries(environment: Environment) -> None:
    """Send what libraries log or warn of to a file: the screen belongs to the conversation."""
    with contextlib.suppress(OSError):
        environment.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        logging.basicConfig(
            filename=environment.state_folder / "hitl.log",
            level=logging.WARNING,
            format="%(asctime)s %(name)s %(levelname)s %(message)s",
        )
        logging.captureWarnings(True)
        return
    logging.disable()
    warnings.simplefilter("ignore")
