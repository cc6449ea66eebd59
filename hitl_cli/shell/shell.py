"""The person's shell: where an approved text becomes a process."""

import asyncio
import contextlib
import os
import platform
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from hitl_cli.errors import CommandStartError
from hitl_cli.shell.approvals import Approvals
from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.result import TIMED_OUT_STATUS, CommandResult

_GRACE = 1.0  # seconds between one signal and the next, stronger one
_DRAIN = 0.2  # seconds to read on after the shell has ended while a child of its own holds the output open
_SHELLS = ("bash", "zsh", "sh", "dash", "ksh", "mksh", "fish", "ash")


class CommandWatcher(Protocol):
    """Whoever wants to see commands run: a screen, a record."""

    def command_started(self, command: str, request_id: str | None, stop: Callable[[], None]) -> None:
        """A command started; `stop` asks it to end, more firmly at each call."""

    def command_output(self, chunk: bytes) -> None:
        """The command printed `chunk`."""

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """The command ended."""


class _NobodyWatches:
    def command_started(self, command: str, request_id: str | None, stop: Callable[[], None]) -> None: ...

    def command_output(self, chunk: bytes) -> None: ...

    def command_finished(self, result: CommandResult, request_id: str | None) -> None: ...


@dataclass
class Shell:
    """A shell program, the folder and the variables its commands get, and what is allowed to run.

    `time_limit` is in seconds, None for none. With `approvals`, only texts granted there run, each once. `foreground`
    is held while a command runs, so that nobody else uses the terminal meanwhile.
    """

    program: str
    folder: Path
    variables: Mapping[str, str]
    time_limit: float | None = None
    approvals: Approvals | None = None
    watcher: CommandWatcher = field(default_factory=_NobodyWatches)
    foreground: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of_process(cls) -> "Shell":
        """Return the person's shell in the current folder, without limits, approvals or watchers."""
        return cls(shell_program(os.environ), Path.cwd(), dict(os.environ))

    async def run(self, command: str, request_id: str | None = None) -> CommandResult:
        """Run `command` to its end and return how it ended.

        Raises:
            NotApprovedError: The shell has approvals, and none of them is for this text and request.
            CommandStartError: The operating system would not start it.
        """
        async with self.foreground:
            if self.approvals is not None:
                self.approvals.use(request_id, command)
            started = time.monotonic()
            read_end, write_end = os.pipe()
            with os.fdopen(read_end, "rb", buffering=0) as output:
                try:
                    process = await self._start(command, write_end)
                finally:
                    os.close(write_end)
                running = _Running(process)
                try:
                    self.watcher.command_started(command, request_id, running.stop)
                    excerpt, timed_out = await self._follow(running, output)
                finally:
                    running.abandon()
            result = CommandResult(
                command=command,
                exit_status=TIMED_OUT_STATUS if timed_out else _shell_status(process.returncode),
                duration=time.monotonic() - started,
                output=excerpt.text,
                time_limit=self.time_limit if timed_out else None,
            )
            self.watcher.command_finished(result, request_id)
            return result

    async def _start(self, command: str, output: int) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                self.program,
                "-c",
                command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=dict(self.variables),
                start_new_session=True,
            )
        except (OSError, ValueError) as problem:
            raise CommandStartError(f"The command could not be started: {problem}. Nothing ran.") from problem

    async def _follow(self, running: "_Running", output: IO[bytes]) -> tuple[Excerpt, bool]:
        excerpt = Excerpt()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), output)

        async def relay() -> None:
            while chunk := await reader.read(65_536):
                excerpt.feed(chunk)
                self.watcher.command_output(chunk)

        relaying = asyncio.create_task(relay())
        ending = asyncio.create_task(running.process.wait())
        timed_out = False
        try:
            try:
                async with asyncio.timeout(self.time_limit):
                    while not ending.done():
                        under_way = [task for task in (ending, relaying) if not task.done()]
                        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                        if relaying.done():
                            relaying.result()  # whoever watches can take no more
            except TimeoutError:
                timed_out = True
                await running.end()
            await asyncio.wait([relaying], timeout=_DRAIN)
            if relaying.done():
                relaying.result()
        finally:
            relaying.cancel()
            ending.cancel()
            transport.close()
        return excerpt, timed_out


class _Running:
    """A started command, and how to make it end: INT, then TERM, then KILL, to its whole process group."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._requests = 0
        self._ending: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Interrupt as Ctrl-C does; the second time, make sure that it ends."""
        self._requests += 1
        if self._requests == 1:
            self._signal(signal.SIGINT)
        elif self._ending is None:
            self._ending = asyncio.create_task(self.end())

    async def end(self) -> None:
        """Walk from the mildest to the strongest signal until the command has ended."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            self._signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GRACE):
                    await self.process.wait()
                    break
        self._signal(signal.SIGKILL)  # what ignored the signals and outlived the shell

    def abandon(self) -> None:
        """Leave nothing of a command behind that has not ended by itself."""
        if self._ending is not None:
            self._ending.cancel()
        if self.process.returncode is None or self._requests:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def _shell_status(returncode: int | None) -> int:
    assert returncode is not None
    return 128 - returncode if returncode < 0 else returncode


def shell_program(variables: Mapping[str, str]) -> str:
    """Return the person's shell, `$SHELL`; bash where that is unset or not a shell that takes `-c`."""
    program = variables.get("SHELL", "")
    if Path(program).name in _SHELLS and Path(program).is_file():
        return program
    return shutil.which("bash") or "/bin/sh"


def describe_machine() -> str:
    """Return in a few words what a command will meet, for a model: `bash on Linux 6.1.0 (x86_64)`."""
    shell = _lent.get() or Shell.of_process()
    return f"{Path(shell.program).name} on {platform.system()} {platform.release()} ({platform.machine()})"


_lent: ContextVar[Shell | None] = ContextVar("hitl_shell", default=None)


@contextlib.contextmanager
def lent(shell: Shell) -> Iterator[None]:
    """Make `run_command` use `shell` for as long as the block runs, in all tasks that are started in it."""
    token = _lent.set(shell)
    try:
        yield
    finally:
        _lent.reset(token)


async def run_command(command: str, *, request_id: str | None = None) -> CommandResult:
    """Run a shell command to its end; what a workflow calls when the person has decided.

    `request_id` and `command` are those of the person's response event. Under `hitl run` the output is shown as it
    comes, and only what the person approved runs, once; elsewhere the command runs in the current folder, unseen.

    Raises:
        NotApprovedError: Under `hitl run`: the person did not approve this text for this request, or it ran already.
        CommandStartError: The operating system would not start the command.
    """
    return await (_lent.get() or Shell.of_process()).run(command, request_id)
