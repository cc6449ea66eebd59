"""What a shell needs from the outside, and the folder that a person was shown."""

import contextlib
import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from hitl_cli.shell.result import CommandResult
from hitl_cli.shell.running import RunningCommand


class Place:
    """A folder as it is now.

    `identity` are its device and its inode, None where it cannot be opened. It stays open as long as this object
    lives, so that the system gives these numbers to no other folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity: tuple[int, int] | None = None
        with contextlib.suppress(OSError):
            descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, descriptor)
            found = os.fstat(descriptor)
            self.identity = found.st_dev, found.st_ino


class CommandWatcher(Protocol):
    """Sees commands run: a screen, a record."""

    def command_started(self, running: RunningCommand, request_id: str | None) -> None:
        """A command started."""

    def command_output(self, chunk: bytes) -> None:
        """The command printed `chunk`."""

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """The command ended, or was sent to the background."""

    def background_ended(self, result: CommandResult) -> None:
        """A command ended in the background."""

    def left_behind_printed(self, running: RunningCommand, text: str) -> None:
        """Processes that a command left behind printed this line; it is not escaped."""


class NobodyWatches:
    """Watches nothing."""

    def command_started(self, running: RunningCommand, request_id: str | None) -> None: ...

    def command_output(self, chunk: bytes) -> None: ...

    def command_finished(self, result: CommandResult, request_id: str | None) -> None: ...

    def background_ended(self, result: CommandResult) -> None: ...

    def left_behind_printed(self, running: RunningCommand, text: str) -> None: ...


class ExecutionLedger(Protocol):
    """Whatever remembers, across the end of the program, which commands have started and how they ended."""

    def outcome(self, request_id: str | None) -> CommandResult | None:
        """Return how the command of a request ended in an earlier life of the program, or None if it did not run."""

    def report_of(self, request_id: str | None) -> Path | None:
        """Return the file in which the guardian is to write how the command ended."""

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None:
        """Note that `command` is about to run as `process`, its output in `log`; if this raises, it does not."""

    def not_started(self, request_id: str | None, why: str) -> None:
        """Note that the command could not be started, and never will be."""

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None:
        """Note how the command ended, or that it was sent to the background."""

    def left(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Note in which folder, and with which variables, the next command would run."""


class NobodyRemembers:
    """Remembers nothing."""

    def outcome(self, request_id: str | None) -> CommandResult | None:
        return None

    def report_of(self, request_id: str | None) -> Path | None:
        return None

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None: ...

    def not_started(self, request_id: str | None, why: str) -> None: ...

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None: ...

    def left(self, folder: Path, variables: Mapping[str, str]) -> None: ...
