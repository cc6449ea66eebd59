"""Ports of the shell: a watcher of commands, a ledger of executions; and the folder that was shown with a command."""

import contextlib
import os
import weakref
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from hitl_cli.shell.result import CommandResult
from hitl_cli.shell.running import RunningCommand


class PinnedFolder:
    """A folder, identified by device and inode, so that a replaced folder is detected.

    `identity` is None if the folder cannot be opened. The folder stays open while this object lives, so that the system
    does not reuse its inode.
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
    """Receives the events of running commands: a screen, a recorder."""

    def command_started(self, running: RunningCommand, request_id: str | None) -> None:
        """Called when a command has started."""

    def command_output(self, chunk: bytes) -> None:
        """Called with each piece of its output."""

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """Called when the command has ended or was sent to the background."""

    def background_ended(self, result: CommandResult) -> None:
        """Called when a background command has ended."""

    def leftover_printed(self, running: RunningCommand, text: str) -> None:
        """Called with each line, not escaped, that processes print which a command left behind."""


class NullWatcher:
    """A watcher that does nothing."""

    def command_started(self, running: RunningCommand, request_id: str | None) -> None: ...

    def command_output(self, chunk: bytes) -> None: ...

    def command_finished(self, result: CommandResult, request_id: str | None) -> None: ...

    def background_ended(self, result: CommandResult) -> None: ...

    def leftover_printed(self, running: RunningCommand, text: str) -> None: ...


class ExecutionLedger(Protocol):
    """Durable storage of which commands have started and how they ended."""

    def outcome(self, request_id: str | None) -> CommandResult | None:
        """Return the result of a command that ran before the session was resumed, or None if it did not run."""

    def report_of(self, request_id: str | None) -> Path | None:
        """Return the file in which the guardian must write how the command ended."""

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None:
        """Store that `command` is about to run as `process`, its output in `log`; if this raises, it does not run."""

    def not_started(self, request_id: str | None, why: str) -> None:
        """Store that the command could not be started and will not be started later."""

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None:
        """Store how the command ended, or that it was sent to the background."""

    def left(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Store the folder and the variables of the next command."""


class NullLedger:
    """A ledger that stores nothing."""

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


class HeldRuns(Protocol):
    """Settles what becomes of commands that a fence stopped."""

    async def settled(
        self, held: CommandResult, request_id: str, run: Callable[[str, str], Awaitable[CommandResult]]
    ) -> CommandResult:
        """Return the result for the workflow of a command whose fenced run ended with `held`.

        `run` runs a text that was approved for another request, without a fence.
        """
