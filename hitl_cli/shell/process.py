"""A command's process, controlled through its guardian: reads its output and forwards signals, keys and sizes."""

import array
import asyncio
import contextlib
import fcntl
import os
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hitl_cli import system
from hitl_cli.errors import CommandStartError
from hitl_cli.shell.fence import FenceError
from hitl_cli.shell.guardian.messages import Inbox, framed, to_text
from hitl_cli.shell.guardian.shared_repair import GIVEN_BACK
from hitl_cli.shell.guardian_process import END, GuardianProcess
from hitl_cli.shell.launch import LENGTH, Launch, send_start

_READ_SIZE = 65_536
_BATCH = 262_144  # bytes to read before other tasks of the event loop run
_PTY_BUFFER = 65_536  # bytes; the usual buffer of a pseudo-terminal or pipe
_DRAIN_TIME = 0.2  # seconds to keep reading after the shell has ended while a child still has the output open
_PAUSE = 0.02  # seconds between two reads of what leftover processes print
_LIST_TIMEOUT = 1.0  # seconds; timeout for a guardian to list the leftover processes
_KILLED = 128 + 9  # the exit status of a command that was killed with its guardian


class CommandProcess:
    """A started command.

    After `begin_reading`, `on_output` is called with each piece of its output. `on_suspend` is called when Ctrl-Z had
    suspended it; it has been continued by then. `exited` resolves to the shell's exit status when the shell has ended
    and its output has been read; `gone` resolves when no process of the command is left. When `shell_ended` is true,
    the output comes from processes that the shell left behind; `leftovers` is the guardian's last list of them. If
    `guardian_was_killed`, a process may have escaped.
    """

    def __init__(self, guardian: GuardianProcess, output: int, on_output: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self.has_terminal = False
        self.left_something = False
        self.shell_ended = False
        self.guardian_was_killed = False
        self.leftovers: list[tuple[int, str]] = []
        self.on_output = on_output
        self.on_suspend: Callable[[], None] = lambda: None
        self.exited: asyncio.Future[int] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._ready: asyncio.Future[str] = loop.create_future()
        self._started: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._guardian = guardian
        self._output = output
        self._lifeline: int | None = None  # open while the command uses the person's terminal
        self._output_ended = asyncio.Event()
        self._reading = asyncio.Event()
        self._resume_reading: asyncio.TimerHandle | None = None
        self._listed: asyncio.Future[None] | None = None
        self._inbox = Inbox()
        self._unsent = b""
        self._end_by: asyncio.TimerHandle | None = None
        self._exiting: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None
        os.set_blocking(output, False)
        guardian.control.setblocking(False)
        loop.add_reader(guardian.control, self._receive)

    @classmethod
    async def start(
        cls, launch: Launch, guardian: GuardianProcess | None, on_output: Callable[[bytes], None]
    ) -> "CommandProcess":
        """Start `launch` under `guardian`, or under a new one.

        Raises:
            CommandStartError: The operating system refused.
        """
        if not sys.executable:
            raise CommandStartError(
                "Cannot start the command: Python does not know its own path, so there is no guardian. Nothing ran."
            )
        try:
            message = framed(launch.message())
            if guardian is None or not guardian.is_ready:
                guardian = GuardianProcess()
            output, lifeline = send_start(guardian, launch, message)
        except (OSError, ValueError, termios.error, FenceError) as problem:
            if guardian is not None:
                guardian.dismiss()
            if isinstance(problem, FenceError):
                raise
            why = system.reason(problem) if isinstance(problem, OSError) else f"{problem}."
            raise CommandStartError(f"Cannot start the command: {why} Nothing ran.") from problem
        self = cls(guardian, output, on_output)
        self._lifeline = lifeline
        self.has_terminal = launch.terminal is not None
        try:
            self._send(message[LENGTH:])
            boot = await self._ready
            if launch.before_start is not None:
                launch.before_start(self.pid, guardian.pid, boot)
            self._tell_guardian("go")
            await self._started
        except BaseException as problem:
            self.abandon()
            if isinstance(problem, _NotStarted):
                raise CommandStartError(launch.why_not(problem)) from problem
            if isinstance(problem, OSError):
                raise CommandStartError(
                    "Cannot start the command: its guardian ended. Nothing ran."
                ) from problem
            raise
        return self

    def begin_reading(self) -> None:
        """Start reading the output; until then it stays in the buffer."""
        self._reading.set()
        self._loop.add_reader(self._output, self._read)

    async def list_leftovers(self) -> None:
        """Update `leftovers`, if the guardian answers in time."""
        if self._listed is None or self._listed.done():
            self._listed = self._loop.create_future()
            self._tell_guardian("list")
        await asyncio.wait(
            [self._listed, self.gone], timeout=_LIST_TIMEOUT, return_when=asyncio.FIRST_COMPLETED
        )
        if self.gone.done():
            self.leftovers = []

    def interrupt(self) -> None:
        """Send SIGINT to the process group, as Ctrl-C does."""
        self._tell_guardian("interrupt")

    def end(self) -> None:
        """End all processes of the command, with escalating signals.

        `gone` resolves within three seconds; a guardian that does not answer is killed with its command.
        """
        self._tell_guardian("end")
        if self._end_by is None:
            self._end_by = self._loop.call_later(END, self._end_without_guardian)

    def abandon(self) -> None:
        """Stop using the command; its guardian ends what is still running of it."""
        self.release_terminal()
        self._stop_reading()
        self._stop_messages()
        self._guardian.dismiss()
        if self._exiting is not None:
            self._exiting.cancel()
        for future in (self._ready, self._started, self.exited, self.gone):
            future.cancel()

    def detach(self, log: Path) -> None:
        """Let the command outlive the program; its guardian writes later output to `log`."""
        self._stop_watching()
        self._tell_guardian("detach", log=str(log))
        self._stop_messages()

    def repair_with(self, sequence: bytes) -> None:
        """Tell the guardian which sequence repairs the person's terminal if the program dies."""
        self._tell_guardian("repair", repair=to_text(sequence))

    def release_terminal(self) -> None:
        """Tell the guardian that the program has restored the person's terminal, which the command no longer uses."""
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            with contextlib.suppress(OSError):
                os.write(lifeline, GIVEN_BACK)
            os.close(lifeline)

    def type(self, keys: bytes) -> None:
        """Send keys to the command through its pseudo-terminal."""
        while keys:
            try:
                keys = keys[os.write(self._output, keys) :]
            except BlockingIOError:
                return  # the command does not read and the buffer is full; a terminal drops keys then, too
            except OSError:
                return

    def resize(self, size: os.terminal_size) -> None:
        """Change the size of the command's terminal; the kernel sends SIGWINCH to its foreground job."""
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetwinsize(self._output, (size.lines, size.columns))

    def line_settings(self) -> list[Any] | None:
        """Return the settings of the command's terminal (see `termios.tcgetattr`), or None if it has no terminal."""
        try:
            return termios.tcgetattr(self._output)
        except (OSError, termios.error, ValueError):
            return None

    def set_line_settings(self, settings: list[Any]) -> None:
        """Change the settings of the command's terminal."""
        with contextlib.suppress(OSError, termios.error, ValueError):
            termios.tcsetattr(self._output, termios.TCSANOW, settings)

    def _tell_guardian(self, what: str, **details: Any) -> None:
        self._send(framed({"is": what, **details}))

    def _send(self, data: bytes = b"") -> None:
        """Send buffered data and `data`; send what does not fit when the guardian has read some."""
        self._unsent += data
        try:
            self._unsent = self._unsent[self._guardian.control.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            return  # the guardian has ended, or was dismissed
        if self._unsent:
            self._loop.add_writer(self._guardian.control, self._send)
        else:
            self._loop.remove_writer(self._guardian.control)

    def _receive(self) -> None:
        try:
            chunk = self._guardian.control.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._guardian_ended()
            return
        for message in self._inbox.feed(chunk):
            self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "ready":
                self.pid = message["pid"]
                self._guardian.session = message["session"]
                _resolve(self._ready, message["boot"])
            case "started":
                _resolve(self._started, None)
            case "failed":
                problem = _NotStarted(message["number"], message["why"])
                problem.filename = message["where"]
                self._not_started(problem)
            case "suspended":
                self.on_suspend()
            case "exited":
                self.left_something = message["left"]
                if self.left_something:
                    self._tell_guardian("list")
                self._exiting = asyncio.create_task(self._drain(message["status"]))
            case "listed":
                self.leftovers = [(pid, line) for pid, line in message["processes"]]
                if self._listed is not None:
                    _resolve(self._listed, None)
            case "gone":
                if self._exiting is None:
                    # The shell became a program that this user cannot kill, and the guardian gave up.
                    _resolve(self.exited, _KILLED)
                self._read_what_is_there()
                _resolve(self.gone, None)

    def _guardian_ended(self) -> None:
        self._stop_messages()
        if not self._started.done():
            self._not_started(OSError())
            _resolve(self.gone, None)
        else:
            # If it was killed, its watchdog kills what is left; if that was killed too, this program does.
            self._kill_rest(self._guardian.finish)

    def _end_without_guardian(self) -> None:
        self._kill_rest(self._guardian.kill)

    def _kill_rest(self, kill: Callable[[], None]) -> None:
        if self._killing is None and not self.gone.done():
            self._killing = asyncio.create_task(self._killed_by(kill))

    async def _killed_by(self, kill: Callable[[], None]) -> None:
        self.guardian_was_killed = True
        await asyncio.to_thread(kill)
        if self._exiting is None:
            await self._drain(_KILLED)
        _resolve(self.gone, None)

    def _stop_messages(self) -> None:
        self._loop.remove_reader(self._guardian.control)
        self._loop.remove_writer(self._guardian.control)
        if self._end_by is not None:
            self._end_by.cancel()

    def _not_started(self, problem: OSError) -> None:
        """Raise `problem` in the pending `start`."""
        waiting = self._started if self._ready.done() else self._ready
        if not waiting.done():
            waiting.set_exception(problem)

    async def _drain(self, status: int) -> None:
        """Read the last output of the shell, briefly also that of its children, then resolve `exited`."""
        await self._reading.wait()
        self._read_what_is_there()
        self.shell_ended = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_TIME):
                await self._output_ended.wait()
        if self.left_something and not self.leftovers:
            await self.list_leftovers()
        _resolve(self.exited, status)

    def _read(self) -> None:
        if not self.shell_ended:
            self._read_at_most(_BATCH)
        elif self._read_at_most(_READ_SIZE) >= _READ_SIZE:
            # Slow down a flood: it stays in the pseudo-terminal's buffer, and other tasks can run.
            self._loop.remove_reader(self._output)
            self._resume_reading = self._loop.call_later(
                _PAUSE, self._loop.add_reader, self._output, self._read
            )

    def _read_what_is_there(self) -> None:
        """Read what is in the buffer now, and at most one buffer of what is printed meanwhile."""
        if self._reading.is_set() and not self._output_ended.is_set():
            self._read_at_most(max(_waiting(self._output), _PTY_BUFFER))

    def _read_at_most(self, size: int) -> int:
        """Read until the buffer is empty or at least `size` bytes were read; return the number of bytes."""
        batch = []
        left = size
        try:
            while left > 0:
                chunk = os.read(self._output, _READ_SIZE)
                if not chunk:
                    self._stop_watching()
                    break
                batch.append(chunk)
                left -= len(chunk)
        except BlockingIOError:
            pass
        except OSError:  # EIO: no process has the other end of the pseudo-terminal open
            self._stop_watching()
        if batch:
            self.on_output(b"".join(batch))
        return size - left

    def _stop_watching(self) -> None:
        self._output_ended.set()
        self._loop.remove_reader(self._output)
        if self._resume_reading is not None:
            self._resume_reading.cancel()

    def _stop_reading(self) -> None:
        if self._output >= 0:
            self._stop_watching()
            os.close(self._output)
            self._output = -1


class _NotStarted(OSError):
    """The guardian could not start the command."""


def _waiting(descriptor: int) -> int:
    """Return how many bytes can be read now, 0 if the system does not say."""
    count = array.array("i", [0])
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _resolve(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)
