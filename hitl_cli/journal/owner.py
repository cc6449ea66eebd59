"""Which program owns a session: at most one, and none after that program has ended."""

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitl_cli import private
from hitl_cli.errors import JournalError, SessionBusyError

_TOLERANCE = 2.0  # seconds by which the start time of one process may differ after the clock was set
_RETRY_DELAY = 0.05  # seconds; a program that only checks the lock holds it for less
_ATTEMPTS = 3


class SessionLock:
    """A file lock that gives one program a session. The kernel releases it when that program ends, however it ends."""

    def __init__(self, state_folder: Path, session: str) -> None:
        self._file = state_folder / "locks" / session
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock if no other program has it; return whether this program has it now.

        Raises:
            OSError: The lock file cannot be created.
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_RETRY_DELAY)
            if self._descriptor is None:
                private.make_missing(self._file.parent)
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._descriptor = _locked(os.open(self._file, flags, 0o600))
            if self._descriptor is not None:
                return True
        return False

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def is_taken(self) -> bool:
        """Whether another program has the lock."""
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        if (locked := _locked(descriptor)) is None:
            return True
        os.close(locked)
        return False


def _locked(descriptor: int) -> int | None:
    """Lock the file of `descriptor` and return it; if another program has the lock, close it and return None."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:  # otherwise the previous owner has just deleted the file
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
    """A process, identified by its id and its start time in seconds since the epoch, since the system reuses ids."""

    pid: int
    began: float

    @classmethod
    def current(cls) -> "Process":
        """Return this process."""
        import psutil

        try:
            return cls(os.getpid(), psutil.Process().create_time())
        except psutil.Error:  # the start time is not available, for example without /proc
            return cls(os.getpid(), time.time())

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """Return the process with the id `pid`, or None if there is none."""
        import psutil

        try:
            return cls(pid, psutil.Process(pid).create_time())
        except (psutil.Error, ValueError, OverflowError):
            return None

    @property
    def is_alive(self) -> bool:
        """Whether the process is still running."""
        import psutil

        now = Process.of(self.pid)
        try:
            return (
                now is not None
                and abs(now.began - self.began) < _TOLERANCE
                and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended, at most this many seconds."""
        import psutil

        with contextlib.suppress(psutil.Error):
            if self.is_alive:
                psutil.Process(self.pid).wait(seconds)


class Ownership:
    """The ownership of one session by this program: the lock, and the record that names its process to others."""

    def __init__(self, state_folder: Path, session: str) -> None:
        self._session = session
        self._lock = SessionLock(state_folder, session)

    def take(self, connection: Any) -> None:
        """Take the session, and record its owner through an open `connection` to the journal.

        Raises:
            SessionBusyError: Another program has it open.
            JournalError: The lock file cannot be created.
        """
        try:
            is_mine = self._lock.take()
        except OSError as problem:
            raise JournalError(
                f"Cannot lock session {self._session}: {problem.strerror}. Nothing ran. "
                "Make the journal's folder writable, or set XDG_STATE_HOME to a writable one."
            ) from problem
        if not is_mine:
            owner = connection.execute(
                "SELECT process FROM owners WHERE session = ?", (self._session,)
            ).fetchone()
            where = f", process {owner[0]}" if owner else ""
            raise SessionBusyError(
                f"Session {self._session} is open in another hitl{where}; nothing was done here. "
                "Continue there, or close it there first."
            )
        me = Process.current()
        connection.execute(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)", (self._session, me.pid, me.began)
        )

    def give_up(self, connection: Any) -> None:
        """Delete the record that this program owns the session."""
        connection.execute(
            "DELETE FROM owners WHERE session = ? AND process = ?", (self._session, os.getpid())
        )

    def unlock(self) -> None:
        """Release the lock, so that another program can take the session."""
        self._lock.release()
