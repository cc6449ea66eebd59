"""Starts programs: anew, or in no time as forks of a process that has imported what they need."""

import fcntl
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

_AT_START = ("PYTHON", "LANG", "LC_")
"""How the variables begin that the interpreter reads when it starts; a fork is too late for them."""

STARTUP = {"PYTHONSAFEPATH": "1"} | ({"LANG": os.environ["LANG"]} if "LANG" in os.environ else {})
"""The variables of that kind which a program must have, and no others, to be started as a fork."""

SESSION = {"TEST_SESSION": f"{os.getpid()}-{time.time_ns()}"}
"""A variable by which the processes of this test process are told from those of another one at the same time."""

SERVER = "TEST_FORK_SERVER"
"""The variable with the address of the server that the processes of all tests share."""

_PATIENCE = 60.0  # seconds


class Process(Protocol):
    """A program that was started."""

    @property
    def pid(self) -> int:
        """The id of its process."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most `timeout` seconds; return its exit status, negative for a signal.

        Raises:
            TimeoutError, subprocess.TimeoutExpired: It has not ended.
        """


class Fork:
    """A program that runs in a fork of the server."""

    def __init__(self, report: socket.socket) -> None:
        self._report = report
        self.pid = self._next_number()
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most `timeout` seconds; return its exit status, negative for a signal.

        Raises:
            TimeoutError: It has not ended.
        """
        if self._status is None:
            self._report.settimeout(timeout)
            self._status = self._next_number()
            self._report.close()
        return self._status

    def _next_number(self) -> int:
        line = b""
        while not line.endswith(b"\n"):
            piece = self._report.recv(1)
            assert piece, "the server has ended"
            line += piece
        return int(line)


class Server:
    """The process whose forks become the programs; see `tests.fork_server`. It ends with this one, or when closed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="f")
        self.address = f"{self._folder.name}/socket"
        self._control, theirs = socket.socketpair()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.address)
        listener.listen()
        with theirs, listener:
            # It must not have a second thread, nor meet a home that its forks do not have.
            environment = {
                **STARTUP,
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "OPENBLAS_NUM_THREADS": "1",
            }
            descriptors = [listener.fileno(), theirs.fileno()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", *map(str, descriptors)],
                env=environment,
                pass_fds=descriptors,
                start_new_session=True,
            )

    def close(self) -> None:
        """End the process; the programs live on."""
        self._control.close()
        self._process.wait()
        self._folder.cleanup()


@functools.cache
def _server() -> Server:
    """One for this process, where there is none that it shares; it ends with the process."""
    return Server()


def _fork(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    descriptors: Sequence[int],
    *,
    terminal: bool,
) -> Fork:
    """Run `module` as `python -m` does, in a session of its own, as a fork of the server.

    `descriptors` are standard input, output and error; the first is its controlling terminal if that is a `terminal`.
    """
    report = socket.socket(socket.AF_UNIX)
    report.connect(os.environ.get(SERVER) or _server().address)
    socket.send_fds(report, [b"."], descriptors)
    job = {
        "module": module,
        "arguments": list(arguments),
        "environment": dict(environment),
        "folder": str(folder),
        "terminal": terminal,
    }
    report.sendall(json.dumps(job).encode() + b"\n")
    return Fork(report)


def _before_start(terminal: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell has background jobs ignore
    if terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    descriptors: Sequence[int],
    *,
    terminal: bool = False,
    cold: bool = False,
) -> Process:
    """Start `command` in a session of its own, with these variables, folder and descriptors 0 to 2.

    With a `terminal`, the first of them is one, and becomes the controlling terminal. `python -m …` is started as a
    fork, unless it must be `cold` or has other variables than `STARTUP` for the start of the interpreter.
    """
    at_start = {name: value for name, value in environment.items() if name.startswith(_AT_START)}
    if not cold and list(command[:2]) == [sys.executable, "-m"] and at_start == STARTUP:
        return _fork(command[2], command[3:], environment, folder, descriptors, terminal=terminal)
    return subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=descriptors[0],
        stdout=descriptors[1],
        stderr=descriptors[2],
        start_new_session=True,
        preexec_fn=functools.partial(_before_start, terminal),  # noqa: PLW1509  (two calls of the system)
    )


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    text: str | None,
    *,
    cold: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Start `command` as `start` does, without a terminal, and return how it ended and what it printed.

    It reads `text`, or nothing.

    Raises:
        TimeoutError, subprocess.TimeoutExpired: It has not ended after a minute.
    """
    with (
        tempfile.TemporaryFile("w+") as stdin,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        stdin.write(text or "")
        stdin.seek(0)
        streams = (stdin, stdout, stderr)
        process = start(command, environment, folder, [stream.fileno() for stream in streams], cold=cold)
        try:
            status = process.wait(_PATIENCE)
        except (TimeoutError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGKILL)
            raise
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(command, status, stdout.read(), stderr.read())
