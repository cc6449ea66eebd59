"""Forks the child process of the command, which waits for permission and then executes the shell."""

import contextlib
import errno
import fcntl
import os
import signal
import termios
from typing import Any, NoReturn

from .fencing import FILTER_FILE, enclose, written
from .messages import to_bytes
from .processes import send, signal_on_parent_death


class PendingChild:
    """A forked child process that executes the command when `go` is called."""

    def __init__(self, wanted: dict[str, Any], output: int, fence: int | None) -> None:
        """Fork the child, which gets its end of the output and the rules of its fence; the parent closes both.

        Raises:
            OSError: The operating system refused.
        """
        on_terminal: bool = wanted["on_terminal"]
        if on_terminal:
            fcntl.ioctl(output, termios.TIOCSCTTY, 0)
        self._errors, tell = os.pipe()
        go, self._go_end = os.pipe()
        guardian = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._go_end)  # otherwise it would wait forever if the guardian is killed
            _exec_command(wanted, output, fence, on_terminal, go, tell, guardian)
        for each in (tell, go, output, fence):
            if each is not None:
                os.close(each)

    def go(self) -> None:
        """Let it execute the command.

        Raises:
            OSError: It failed; `filename` says at what: the `shell`, the `folder`, `other folder` if the folder was
                replaced, or the `fence`.
        """
        with contextlib.suppress(BrokenPipeError):  # it has ended, and its error is in the other pipe
            os.write(self._go_end, b".")
        problem = self._read_error()
        if problem:
            number, _, where = problem.decode().partition(" ")
            raise OSError(int(number), os.strerror(int(number)), where)

    def discard(self) -> None:
        """Kill it before it executes the command."""
        send(self.pid, signal.SIGKILL)
        self._read_error()

    def _read_error(self) -> bytes:
        os.close(self._go_end)
        problem = os.read(self._errors, 64)
        os.close(self._errors)
        return problem


def _identity(folder: str) -> tuple[int, int]:
    found = os.stat(folder)
    return found.st_dev, found.st_ino


def _exec_command(
    wanted: dict[str, Any],
    output: int,
    fence: int | None,
    on_terminal: bool,
    go: int,
    tell: int,
    guardian: int,
) -> NoReturn:
    where = "shell"
    try:
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                with contextlib.suppress(OSError):
                    signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.setpgid(0, 0)
        if on_terminal:
            os.tcsetpgrp(output, os.getpid())
            os.dup2(output, 0)
        else:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if not signal_on_parent_death(guardian, signal.SIGKILL):
            os._exit(255)
        where = "folder"
        os.chdir(to_bytes(wanted["folder"]))
        if wanted["folder_identity"] not in (None, list(_identity("."))):
            where = "other folder"
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        where = "shell"
        os.umask(wanted["umask"])
        if not os.read(go, 1):
            os._exit(255)
        if wanted["filter"]:
            where = "fence"
            instructions = to_bytes(wanted["filter"])
            if fence is not None:
                enclose(fence, instructions)
            else:
                os.dup2(written(instructions), FILTER_FILE)
            where = "shell"
        os.execve(
            to_bytes(wanted["program"]),
            [to_bytes(each) for each in wanted["arguments"]],
            {to_bytes(name): to_bytes(value) for name, value in wanted["variables"]},
        )
    except OSError as problem:
        os.write(tell, f"{problem.errno} {where}".encode())
    except BaseException:  # noqa: BLE001  (the child must end here in any case)
        os.write(tell, f"{errno.EINVAL} {where}".encode())
    os._exit(255)
