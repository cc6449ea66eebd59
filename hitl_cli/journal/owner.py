"""Which process a session belongs to at the moment: one at a time, and none once that process is gone."""

import contextlib
import os
from dataclasses import dataclass

import psutil

_TOLERANCE = 2.0  # seconds by which the same start of a process may be told differently when the clock is set


@dataclass(frozen=True)
class Process:
    """A process, by its number and by when it began, in seconds since the epoch: the number alone is used again."""

    number: int
    began: float

    @classmethod
    def current(cls) -> "Process":
        """Return this process."""
        return cls(os.getpid(), psutil.Process().create_time())

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
