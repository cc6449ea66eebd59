"""Who has a session at the moment: one program at a time, and nobody once that program is gone."""

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from hitl_cli import private

_TOLERANCE = 2.0  # seconds by which the same start of a process may be told differently when the clock is set
_LOOKING = 0.05  # seconds for which somebody who only looks whether a session is held may hold it
_LOOKS = 3


class SessionLock:
    """The right to go on with a session. The system takes it back from a program that ends, however it ends."""

    def __init__(self, state_folder: Path, session: str) -> None:
        self._file = state_folder / "locks" / session
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock, unless another program has it; return whether this one has it now.

        Raises:
            OSError: The file of the lock cannot be made.
        """
        for attempt in range(_LOOKS):
            if attempt:
                time.sleep(_LOOKING)
            if self._descriptor is None:
                private.make_missing(self._file.parent)
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._descriptor = _locked(os.open(self._file, flags, 0o600))
            if self._descriptor is not None:
                return True
        return False

    def release(self) -> None:
        """Let others take it."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def is_taken(self) -> bool:
        """Whether another program has it."""
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        if (locked := _locked(descriptor)) is None:
            return True
        os.close(locked)
        return False


def _locked(descriptor: int) -> int | None:
    """Return `descriptor` with the lock of its file, or close it and return None where another program has that."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # else whoever had it has removed the file meanwhile
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@dataclass(frozen=True)
class Process:
    """A process, by its number and by when it began, in seconds since the epoch: the number alone is used again."""

    number: int
    began: float

    @classmethod
    def current(cls) -> "Process":
        """Return this process."""
        try:
            return cls(os.getpid(), psutil.Process().create_time())
        except psutil.Error:  # the system does not tell, as without /proc
            return cls(os.getpid(), time.time())

    @classmethod
    def of(cls, number: int) -> "Process | None":
        """Return the process with this `number`, or None if there is none."""
        try:
            return cls(number, psutil.Process(number).create_time())
        except (psutil.Error, ValueError, OverflowError):
            return None

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        now = Process.of(self.number)
        try:
            return (
                now is not None
                and abs(now.began - self.began) < _TOLERANCE
                and psutil.Process(self.number).status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def wait(self, seconds: float) -> None:
        """Wait until it is gone, and no longer than so many seconds."""
        with contextlib.suppress(psutil.Error):
            if self.is_alive:
                psutil.Process(self.number).wait(seconds)
