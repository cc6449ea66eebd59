"""Starts a command: opens its pty or pipe, and sends the guardian the first message."""

import array
import contextlib
import fcntl
import os
import socket
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitl_cli import system
from hitl_cli.environment import Terminal
from hitl_cli.shell.fence import Fence
from hitl_cli.shell.guardian.messages import to_text
from hitl_cli.shell.guardian.terminal import to_message
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.text import charset


@dataclass(frozen=True)
class Launch:
    """The parameters of one start.

    With a `terminal`, the command gets a pseudo-terminal of the same size; without one, a pipe and no input.
    `before_start` is called with the process ids of the command and of its guardian and with the boot id when all is
    ready; if it raises, nothing runs. `report` is a file in which the guardian writes how the command ended. `scratch`
    is a folder that the guardian deletes if the program has died. If `folder_identity`, a device and an inode, is given
    and `folder` is a different one, nothing runs. With a `fence`, the command runs behind it.
    """

    program: str
    arguments: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    terminal: Terminal | None = None
    before_start: Callable[[int, int, str], None] | None = None
    report: Path | None = None
    scratch: Path | None = None
    folder_identity: tuple[int, int] | None = None
    fence: Fence | None = None

    def message(self) -> dict[str, Any]:
        """Return the first message to the guardian.

        Raises:
            ValueError: A text contains a NUL character.
            FenceError: This system has no fence.
        """
        if any("\0" in text for text in (self.program, *self.arguments, str(self.folder))):
            raise ValueError("it contains a NUL character")
        settings = None
        if self.terminal is not None:
            settings = to_message(self.terminal.line_settings)
        umask = os.umask(0o077)
        os.umask(umask)
        words = [self.program, *self.arguments]
        if self.fence is not None:
            words = self.fence.wrapped(words, self.folder)
        return {
            "is": "start",
            "program": _as_bytes(words[0]),
            "arguments": [_as_bytes(each) for each in words],
            "folder": _as_bytes(str(self.folder)),
            "folder_identity": self.folder_identity,
            "variables": [(_as_bytes(name), _as_bytes(value)) for name, value in self.variables.items()],
            "umask": umask,
            "on_terminal": self.terminal is not None,
            "line_settings": settings,
            "report": str(self.report or ""),
            "scratch": str(self.scratch or ""),
            "filter": "" if self.fence is None else to_text(self.fence.filter()),
            "has_ruleset": self.fence is not None and self.fence.has_ruleset,
        }

    def why_not(self, problem: OSError) -> str:
        """Return a message that says why the guardian could not start the command."""
        what = problem.strerror or "the guardian failed"
        if problem.filename == "other folder":
            return (
                f"The folder {self.folder} was replaced by another one after it was shown. Nothing ran. "
                "Ask for the command again."
            )
        if problem.filename == "folder":
            return f"Cannot enter the folder {self.folder}: {what}. Nothing ran."
        if problem.filename == "fence":
            return f"Cannot put the command behind its fence: {what}. Nothing ran."
        if problem.filename == "shell":
            return f"Cannot start the shell {self.program}: {what}. Nothing ran."
        return f"Cannot start the command: {system.reason(OSError(problem.errno, what))} Nothing ran."


def _as_bytes(value: str) -> str:
    """Return the bytes of `value` for the operating system, encoded for a message."""
    return to_text(charset.to_system(value))


LENGTH = 4
"""Bytes of the first message that are sent together with the file descriptors."""


def send_start(guardian: GuardianProcess, launch: Launch, message: bytes) -> tuple[int, int | None]:
    """Send the file descriptors and the first bytes of `message`; return the program's ends of output and lifeline.

    Raises:
        OSError: The operating system refused.
        FenceError: This system has no fence.
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
        fence = launch.fence if launch.fence and launch.fence.has_ruleset else None
        with fence.ruleset() if fence else contextlib.nullcontext() as rules:
            if rules is not None:
                files.append(rules.fileno())
            socket.send_fds(guardian.control, [message[:LENGTH]], files)
    except BaseException:
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
