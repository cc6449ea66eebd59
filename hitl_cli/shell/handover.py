"""What a guardian is given at the start: its end of the command's output, the person's terminal, and a lifeline."""

import array
import contextlib
import fcntl
import os
import socket
import termios

from hitl_cli.environment import Terminal
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.launch import Launch

LENGTH = 4
"""Bytes of the first message that go with the files."""


def send_start(guardian: GuardianProcess, launch: Launch, message: bytes) -> tuple[int, int | None]:
    """Send the files and the first bytes of `message`; return the program's ends of the output and of the lifeline.

    Raises:
        OSError: The operating system would not.
    """
    read_end, write_end = os.pipe() if launch.terminal is None else _open_terminal()
    theirs, ours = [write_end], [read_end]
    files = [write_end, read_end]
    try:
        if launch.terminal is not None:
            watched, lifeline = os.pipe()
            theirs.append(watched)
            ours.append(lifeline)
            files += [launch.terminal.output.fileno(), watched]
            _copy_settings(launch.terminal, write_end)
        socket.send_fds(guardian.control, [message[:LENGTH]], files)
    except OSError:
        for each in ours:
            os.close(each)
        raise
    finally:
        for each in theirs:
            os.close(each)
    return read_end, ours[1] if len(ours) > 1 else None


def _open_terminal() -> tuple[int, int]:
    try:
        return os.openpty()
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, "/dev/pts") from problem


def _copy_settings(terminal: Terminal, pseudo_terminal: int) -> None:
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(pseudo_terminal, termios.TCSANOW, terminal.line_settings)
        size = array.array("H", [0, 0, 0, 0])
        fcntl.ioctl(terminal.output.fileno(), termios.TIOCGWINSZ, size)
        fcntl.ioctl(pseudo_terminal, termios.TIOCSWINSZ, size)
