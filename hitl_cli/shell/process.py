"""A running command as the program has it: what it prints, what can be done to it, and the guardian that holds it."""

import array
import asyncio
import contextlib
import fcntl
import importlib.util
import json
import os
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitl_cli.environment import Terminal
from hitl_cli.errors import CommandStartError

_GUARDIAN = Path(__file__).with_name("guardian.py")
_READ_SIZE = 65_536
_BATCH = 262_144  # bytes that are read before anything else in the program has its turn
_DRAIN = 0.2  # seconds to read on after the shell has ended while a child of its own holds the output open


@dataclass(frozen=True)
class Launch:
    """What the operating system is asked to start, and where it is written down.

    With a `terminal`, the command gets a pseudo-terminal of the same size; without one, a pipe and no input.
    `before_start` is called with the numbers of its process and of its guardian's and the id of the system's boot when
    all is ready; if that raises, nothing runs. `report` is a file in which the guardian writes how it ended.
    `scratch` is a folder that the guardian takes away if the program has died.
    """

    program: str
    arguments: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    terminal: Terminal | None = None
    before_start: Callable[[int, int, str], None] | None = None
    report: Path | None = None
    scratch: Path | None = None


class Guardian:
    """A guardian process that waits for its command. Starting one ahead of time saves the person waiting for it."""

    def __init__(self) -> None:
        """Start the process.

        Raises:
            OSError: The operating system would not.
        """
        self.control, theirs = socket.socketpair()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARDIAN)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
        except BaseException:
            self.control.close()
            raise
        finally:
            theirs.close()

    @property
    def is_ready(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    def dismiss(self) -> None:
        """Do without it, and with whatever it guards; nobody waits for its end, but it is taken note of."""
        self.control.close()
        if self.process.poll() is None:
            threading.Thread(target=self.process.wait, daemon=True, name="hitl-guardian").start()


class CommandProcess:
    """A started command.

    `on_output` is called with each piece of its output from `begin_reading` on, `on_halt` when Ctrl-Z was pressed, which it was made to
    ignore. `exited` is done with the shell's exit status when it has ended and its output has been read; `gone` is
    done when nothing that it started is left.
    """

    def __init__(self, guardian: Guardian, output: int, on_output: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self.has_terminal = False
        self.left_something = False
        self.on_output = on_output
        self.on_halt: Callable[[], None] = lambda: None
        self.exited: asyncio.Future[int] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._ready: asyncio.Future[str] = loop.create_future()
        self._started: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._guardian = guardian
        self._output = output
        self._output_ended = asyncio.Event()
        self._received = b""
        self._interrupts = 0
        self._draining: asyncio.Task[None] | None = None
        os.set_blocking(output, False)
        guardian.control.setblocking(False)
        loop.add_reader(guardian.control, self._hear)

    @classmethod
    async def start(
        cls, launch: Launch, guardian: Guardian | None, on_output: Callable[[bytes], None]
    ) -> "CommandProcess":
        """Start `launch` under `guardian`, or under a new one.

        Raises:
            CommandStartError: The operating system would not.
        """
        if not sys.executable:
            raise CommandStartError("There is no Python program to watch over a command. Nothing ran.")
        try:
            message = _start_message(launch)
            if guardian is None or not guardian.is_ready:
                guardian = Guardian()
        except (OSError, ValueError) as problem:
            raise CommandStartError(f"The command could not be started: {problem}. Nothing ran.") from problem
        try:
            read_end, write_end = os.pipe() if launch.terminal is None else os.openpty()
        except OSError as problem:
            guardian.dismiss()
            raise CommandStartError(f"The command could not be started: {problem}. Nothing ran.") from problem
        files = [write_end, read_end]
        if launch.terminal is not None:
            files.append(launch.terminal.output.fileno())
            _copy_settings(launch.terminal, write_end)
        try:
            socket.send_fds(guardian.control, [len(message).to_bytes(4, "big")], files)
        except OSError as problem:
            os.close(read_end)
            guardian.dismiss()
            raise CommandStartError(f"The command could not be started: {problem}. Nothing ran.") from problem
        finally:
            os.close(write_end)
        self = cls(guardian, read_end, on_output)
        self.has_terminal = launch.terminal is not None
        try:
            await self._send_all(message)
            boot = await self._ready
            if launch.before_start is not None:
                launch.before_start(self.pid, guardian.process.pid, boot)
            self._say("go")
            await self._started
        except BaseException as problem:
            self.abandon()
            if isinstance(problem, _NotStarted):
                raise CommandStartError(_why_not(problem, launch)) from problem
            if isinstance(problem, OSError):
                raise CommandStartError("The command's guardian ended; nothing ran.") from problem
            raise
        return self

    def begin_reading(self) -> None:
        """Read the output from now on; until then it waits."""
        self._loop.add_reader(self._output, self._read)

    def interrupt(self) -> None:
        """Interrupt as Ctrl-C does; the second time, make sure that it ends."""
        self._interrupts += 1
        if self._interrupts == 1:
            self._say("interrupt")
        else:
            self.end()

    def end(self) -> None:
        """Walk from the mildest signal to the strongest until nothing is left, within three seconds."""
        self._say("end")

    def abandon(self) -> None:
        """Let go of the command: its guardian ends whatever of it still runs."""
        self._stop_reading()
        self._loop.remove_reader(self._guardian.control)
        self._guardian.dismiss()
        for future in (self._ready, self._started, self.exited, self.gone):
            future.cancel()

    def keep(self, log: Path) -> None:
        """Let the command live on when the program ends; what it prints then goes to `log`."""
        self._loop.remove_reader(self._output)
        self._loop.remove_reader(self._guardian.control)
        self._say("keep", log=str(log))

    def repair_with(self, sequence: bytes) -> None:
        """Tell the guardian what to write to the person's terminal if the program should die."""
        self._say("modes", repair=sequence.decode("latin-1"))

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
        message = json.dumps({"is": what, **details}).encode()
        with contextlib.suppress(OSError):
            self._guardian.control.send(len(message).to_bytes(4, "big") + message)

    async def _send_all(self, message: bytes) -> None:
        self._loop.remove_reader(self._guardian.control)
        try:
            await self._loop.sock_sendall(self._guardian.control, message)
        finally:
            self._loop.add_reader(self._guardian.control, self._hear)

    def _hear(self) -> None:
        try:
            chunk = self._guardian.control.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._guardian_ended()
            return
        self._received += chunk
        while len(self._received) >= 4 + (size := int.from_bytes(self._received[:4], "big")):
            message = json.loads(self._received[4 : 4 + size])
            self._received = self._received[4 + size :]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "ready":
                self.pid = message["pid"]
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
                self._draining = asyncio.create_task(self._drain(message["status"]))
            case "gone":
                _settle(self.gone, None)

    def _guardian_ended(self) -> None:
        self._loop.remove_reader(self._guardian.control)
        self._guardian.process.wait()  # its end of the socket closes when it ends
        if not self._started.done():
            self._not_started(OSError())
        elif self._draining is None:
            # Somebody killed it, and the system killed the shell with it; the rest is ended from here.
            _kill_session(self.pid, self._guardian.process.pid)
            _settle(self.exited, 128 + 9)
        _settle(self.gone, None)

    def _not_started(self, problem: OSError) -> None:
        """Tell whoever waits for the start that there will be none."""
        waiting = self._started if self._ready.done() else self._ready
        if not waiting.done():
            waiting.set_exception(problem)

    async def _drain(self, status: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await self._output_ended.wait()
        _settle(self.exited, status)

    def _read(self) -> None:
        batch = []
        size = 0
        try:
            while size < _BATCH:
                chunk = os.read(self._output, _READ_SIZE)
                if not chunk:
                    self._stop_watching()
                    break
                batch.append(chunk)
                size += len(chunk)
        except BlockingIOError:
            pass
        except OSError:  # EIO: nobody has the other side of a pseudo-terminal open any more
            self._stop_watching()
        if batch:
            self.on_output(b"".join(batch))

    def _stop_watching(self) -> None:
        self._output_ended.set()
        self._loop.remove_reader(self._output)

    def _stop_reading(self) -> None:
        if self._output >= 0:
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1


class _NotStarted(OSError):
    """The guardian could not start the command."""


def _start_message(launch: Launch) -> bytes:
    texts = [launch.program, *launch.arguments, str(launch.folder)]
    if any("\0" in text for text in texts):
        raise ValueError("it holds a NUL character, which no command can")
    settings: list[Any] | None = None
    if launch.terminal is not None:
        settings = list(launch.terminal.line_settings)
        settings[6] = [each.decode("latin-1") if isinstance(each, bytes) else each for each in settings[6]]
    umask = os.umask(0o077)
    os.umask(umask)
    message = {
        "program": _text(launch.program),
        "arguments": [_text(each) for each in (launch.program, *launch.arguments)],
        "folder": _text(str(launch.folder)),
        "variables": [(_text(name), _text(value)) for name, value in launch.variables.items()],
        "umask": umask,
        "on_terminal": launch.terminal is not None,
        "line_settings": settings,
        "repair": "",
        "report": str(launch.report or ""),
        "scratch": str(launch.scratch or ""),
        "psutil": _home_of_psutil(),
    }
    return json.dumps(message).encode()


def _home_of_psutil() -> str:
    found = importlib.util.find_spec("psutil")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""


def _text(value: str) -> str:
    """Return the bytes that the operating system is given for `value`, one character to a byte."""
    return os.fsencode(value).decode("latin-1")


def _copy_settings(terminal: Terminal, pseudo_terminal: int) -> None:
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(pseudo_terminal, termios.TCSANOW, terminal.line_settings)
        size = array.array("H", [0, 0, 0, 0])
        fcntl.ioctl(terminal.output.fileno(), termios.TIOCGWINSZ, size)
        fcntl.ioctl(pseudo_terminal, termios.TIOCSWINSZ, size)


def _why_not(problem: "_NotStarted", launch: Launch) -> str:
    what = problem.strerror or "the guardian failed"
    if problem.filename == "folder":
        return f"The folder {launch.folder} cannot be entered: {what}. Nothing ran."
    if problem.filename == "shell":
        return f"The shell {launch.program} could not be started: {what}. Nothing ran."
    return f"The command could not be started: {what}. Nothing ran."


def _settle(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _kill_session(shell: int, session: int) -> None:
    """Kill the processes of a guardian that is no more: those of its session, and those of its command's group."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == session or os.getpgid(process.pid) == shell:
                process.kill()
