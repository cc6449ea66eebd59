"""The step from a guardian to its command: a fork that waits for the word to go, and then becomes the shell."""

import contextlib
import errno
import fcntl
import os
import signal
import termios
from typing import Any, NoReturn

from .messages import to_bytes
from .processes import die_with, send


class Embryo:
    """A process that becomes the command when it is told to."""

    def __init__(self, wanted: dict[str, Any], output: int) -> None:
        """Fork it, with its end of the command's output, which is closed here.

        Raises:
            OSError: The operating system would not.
        """
        on_terminal: bool = wanted["on_terminal"]
        if on_terminal:
            fcntl.ioctl(output, termios.TIOCSCTTY, 0)
        self._told, tell = os.pipe()
        go, self._may = os.pipe()
        guardian = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._may)  # else it would wait for ever for a guardian that is killed
            _become_command(wanted, output, on_terminal, go, tell, guardian)
        for each in (tell, go, output):
            os.close(each)

    def go(self) -> None:
        """Have it become the command.

        Raises:
            OSError: It could not; `filename` says what it was for: the `shell`, the `folder`, or the `other folder` of
                that name.
        """
        with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
            os.write(self._may, b".")
        problem = self._end_of_wait()
        if problem:
            number, _, where = problem.decode().partition(" ")
            raise OSError(int(number), os.strerror(int(number)), where)

    def discard(self) -> None:
        """End it without its ever being the command."""
        send(self.pid, signal.SIGKILL)
        self._end_of_wait()

    def _end_of_wait(self) -> bytes:
        os.close(self._may)
        problem = os.read(self._told, 64)
        os.close(self._told)
        return problem


def _identity(folder: str) -> tuple[int, int]:
    found = os.stat(folder)
    return found.st_dev, found.st_ino


def _become_command(
    wanted: dict[str, Any], output: int, on_terminal: bool, go: int, tell: int, guardian: int
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
        if not die_with(guardian, signal.SIGKILL):
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
        os.execve(
            to_bytes(wanted["program"]),
            [to_bytes(each) for each in wanted["arguments"]],
            {to_bytes(name): to_bytes(value) for name, value in wanted["variables"]},
        )
    except OSError as problem:
        os.write(tell, f"{problem.errno} {where}".encode())
    except BaseException:  # noqa: BLE001  (this process must end here, whatever happens)
        os.write(tell, f"{errno.EINVAL} {where}".encode())
    os._exit(255)
