"""A running command as the program has it: what it prints, what can be done to it, and the guardian that holds it."""

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
from hitl_cli.shell.guardian.last_watch import GIVEN_BACK
from hitl_cli.shell.guardian.messages import Inbox, framed, to_text
from hitl_cli.shell.guardian_process import END, GuardianProcess
from hitl_cli.shell.launch import LENGTH, Launch, send_start

_READ_SIZE = 65_536
_BATCH = 262_144  # bytes that are read before anything else in the program has its turn
_PTY_BUFFER = 65_536  # bytes that a pseudo-terminal or a pipe holds at most, unless it tells more
_DRAIN = 0.2  # seconds to read on after the shell has ended while a child of its own holds the output open
_PAUSE = 0.02  # seconds between two readings of what leftover processes print
_NAMING = 1.0  # seconds in which a guardian names the processes that are left
_KILLED = 128 + 9  # the exit status of a command that was killed together with its guardian


class CommandProcess:
    """A started command.

    `on_output` is called with each piece of its output from `begin_reading` on, `on_halt` when Ctrl-Z was pressed,
    which it was made to ignore. `exited` is done with the shell's exit status when it has ended and its output has
    been read; `gone` is done when nothing that it started is left. When `shell_ended` is true, what `on_output` gets
    was printed by processes that the shell left behind; `leftovers` are these, as their guardian named them last. Where
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
        self.on_halt: Callable[[], None] = lambda: None
        self.exited: asyncio.Future[int] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._ready: asyncio.Future[str] = loop.create_future()
        self._started: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._guardian = guardian
        self._output = output
        self._lifeline: int | None = None  # open while the person's terminal is lent
        self._output_ended = asyncio.Event()
        self._reading = asyncio.Event()
        self._reading_on: asyncio.TimerHandle | None = None
        self._named: asyncio.Future[None] | None = None
        self._inbox = Inbox()
        self._unsent = b""
        self._end_by: asyncio.TimerHandle | None = None
        self._exiting: asyncio.Task[None] | None = None
        self._killing: asyncio.Task[None] | None = None
        os.set_blocking(output, False)
        guardian.control.setblocking(False)
        loop.add_reader(guardian.control, self._hear)

    @classmethod
    async def start(
        cls, launch: Launch, guardian: GuardianProcess | None, on_output: Callable[[bytes], None]
    ) -> "CommandProcess":
        """Start `launch` under `guardian`, or under a new one.

        Raises:
            CommandStartError: The operating system would not.
        """
        if not sys.executable:
            raise CommandStartError("There is no Python program to watch over a command. Nothing ran.")
        try:
            message = framed(launch.message())
            if guardian is None or not guardian.is_ready:
                guardian = GuardianProcess()
            output, lifeline = send_start(guardian, launch, message)
        except (OSError, ValueError, termios.error) as problem:
            if guardian is not None:
                guardian.dismiss()
            why = system.reason(problem) if isinstance(problem, OSError) else f"{problem}."
            raise CommandStartError(f"The command could not be started: {why} Nothing ran.") from problem
        self = cls(guardian, output, on_output)
        self._lifeline = lifeline
        self.has_terminal = launch.terminal is not None
        try:
            self._send(message[LENGTH:])
            boot = await self._ready
            if launch.before_start is not None:
                launch.before_start(self.pid, guardian.pid, boot)
            self._say("go")
            await self._started
        except BaseException as problem:
            self.abandon()
            if isinstance(problem, _NotStarted):
                raise CommandStartError(launch.why_not(problem)) from problem
            if isinstance(problem, OSError):
                raise CommandStartError("The command's guardian ended; nothing ran.") from problem
            raise
        return self

    def begin_reading(self) -> None:
        """Read the output from now on; until then it waits."""
        self._reading.set()
        self._loop.add_reader(self._output, self._read)

    async def name_leftovers(self) -> None:
        """Bring `leftovers` up to date, if the guardian answers in time."""
        if self._named is None or self._named.done():
            self._named = self._loop.create_future()
            self._say("name")
        await asyncio.wait([self._named, self.gone], timeout=_NAMING, return_when=asyncio.FIRST_COMPLETED)
        if self.gone.done():
            self.leftovers = []

    def interrupt(self) -> None:
        """Interrupt as Ctrl-C does."""
        self._say("interrupt")

    def end(self) -> None:
        """Walk from the mildest signal to the strongest until nothing is left.

        `gone` is done within three seconds, also where the guardian does not answer: it is killed then, too.
        """
        self._say("end")
        if self._end_by is None:
            self._end_by = self._loop.call_later(END, self._end_without_guardian)

    def abandon(self) -> None:
        """Let go of the command: its guardian ends whatever of it still runs."""
        self.give_terminal_back()
        self._stop_reading()
        self._stop_talking()
        self._guardian.dismiss()
        if self._exiting is not None:
            self._exiting.cancel()
        for future in (self._ready, self._started, self.exited, self.gone):
            future.cancel()

    def keep(self, log: Path) -> None:
        """Let the command live on when the program ends; what it prints then goes to `log`."""
        self._stop_watching()
        self._say("keep", log=str(log))
        self._stop_talking()

    def repair_with(self, sequence: bytes) -> None:
        """Tell the guardian what to write to the person's terminal if the program should die."""
        self._say("modes", repair=to_text(sequence))

    def give_terminal_back(self) -> None:
        """Say that the person's terminal is in order, and no longer the command's."""
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            with contextlib.suppress(OSError):
                os.write(lifeline, GIVEN_BACK)
            os.close(lifeline)

    def type(self, keys: bytes) -> None:
        """Give keys to the command, as its terminal would."""
        while keys:
            try:
                keys = keys[os.write(self._output, keys) :]
            except BlockingIOError:
                return  # nobody reads them, and the terminal holds no more: it drops keys, too
            except OSError:
                return

    def resize(self, size: os.terminal_size) -> None:
        """Change the size of the command's terminal; its foreground job is told."""
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetwinsize(self._output, (size.lines, size.columns))

    def line_settings(self) -> list[Any] | None:
        """Return the settings of the command's terminal (see `termios.tcgetattr`), None without one."""
        try:
            return termios.tcgetattr(self._output)
        except (OSError, termios.error, ValueError):
            return None

    def set_line_settings(self, settings: list[Any]) -> None:
        """Change the settings of the command's terminal."""
        with contextlib.suppress(OSError, termios.error, ValueError):
            termios.tcsetattr(self._output, termios.TCSANOW, settings)

    def _say(self, what: str, **details: Any) -> None:
        self._send(framed({"is": what, **details}))

    def _send(self, data: bytes = b"") -> None:
        """Send `data` after what was not taken before, and the rest when the guardian has read some of it."""
        self._unsent += data
        try:
            self._unsent = self._unsent[self._guardian.control.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            return  # it has ended, or was let go of
        if self._unsent:
            self._loop.add_writer(self._guardian.control, self._send)
        else:
            self._loop.remove_writer(self._guardian.control)

    def _hear(self) -> None:
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
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "ready":
                self.pid = message["pid"]
                self._guardian.session = message["session"]
                _settle(self._ready, message["boot"])
            case "started":
                _settle(self._started, None)
            case "failed":
                problem = _NotStarted(message["number"], message["why"])
                problem.filename = message["where"]
                self._not_started(problem)
            case "halted":
                self.on_halt()
            case "exited":
                self.left_something = message["left"]
                if self.left_something:
                    self._say("name")
                self._exiting = asyncio.create_task(self._drain(message["status"]))
            case "named":
                self.leftovers = [(pid, line) for pid, line in message["processes"]]
                if self._named is not None:
                    _settle(self._named, None)
            case "gone":
                if self._exiting is None:
                    # The shell became a program that this user cannot kill, and its guardian has given up.
                    _settle(self.exited, _KILLED)
                self._read_what_is_there()
                _settle(self.gone, None)

    def _guardian_ended(self) -> None:
        self._stop_talking()
        if not self._started.done():
            self._not_started(OSError())
            _settle(self.gone, None)
        else:
            # Where it was killed, its warden kills what is left, or else this program does.
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
        _settle(self.gone, None)

    def _stop_talking(self) -> None:
        self._loop.remove_reader(self._guardian.control)
        self._loop.remove_writer(self._guardian.control)
        if self._end_by is not None:
            self._end_by.cancel()

    def _not_started(self, problem: OSError) -> None:
        """Tell whoever waits for the start that there will be none."""
        waiting = self._started if self._ready.done() else self._ready
        if not waiting.done():
            waiting.set_exception(problem)

    async def _drain(self, status: int) -> None:
        """Read the last output of the shell, and for a moment that of its children; `exited` is done then."""
        await self._reading.wait()
        self._read_what_is_there()
        self.shell_ended = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await self._output_ended.wait()
        if self.left_something and not self.leftovers:
            await self.name_leftovers()
        _settle(self.exited, status)

    def _read(self) -> None:
        if not self.shell_ended:
            self._read_at_most(_BATCH)
        elif self._read_at_most(_READ_SIZE) >= _READ_SIZE:
            # A flood waits in the pseudo-terminal: nobody reads it, and the program has other things to do.
            self._loop.remove_reader(self._output)
            self._reading_on = self._loop.call_later(_PAUSE, self._loop.add_reader, self._output, self._read)

    def _read_what_is_there(self) -> None:
        """Read what was printed before now; of what is printed at the same time, only so much."""
        if self._reading.is_set() and not self._output_ended.is_set():
            self._read_at_most(max(_waiting(self._output), _PTY_BUFFER))

    def _read_at_most(self, size: int) -> int:
        """Pass on what is there, until it is so many bytes or more; return how many."""
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
        except OSError:  # EIO: nobody has the other side of a pseudo-terminal open any more
            self._stop_watching()
        if batch:
            self.on_output(b"".join(batch))
        return size - left

    def _stop_watching(self) -> None:
        self._output_ended.set()
        self._loop.remove_reader(self._output)
        if self._reading_on is not None:
            self._reading_on.cancel()

    def _stop_reading(self) -> None:
        if self._output >= 0:
            self._stop_watching()
            os.close(self._output)
            self._output = -1


class _NotStarted(OSError):
    """The guardian could not start the command."""


def _waiting(descriptor: int) -> int:
    """Return how many bytes can be read at once, as far as the system tells."""
    count = array.array("i", [0])
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _settle(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)
