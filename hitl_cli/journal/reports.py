"""The files in which guardians report how the commands of a session ended; they outlive a program that is killed."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from hitl_cli import private


class GuardianReports:
    """The report files of one session in a `folder`."""

    def __init__(self, folder: Path, session: str) -> None:
        self._folder = folder
        self._session = session

    def file_of(self, number: int) -> Path:
        """Return the file of command `number`."""
        return self._folder / f"{self._session}-{number}"

    def reserve(self, number: int) -> None:
        """Create the file of command `number`; without it, the outcome of the command may become unknown."""
        with contextlib.suppress(OSError):
            private.make_missing(self._folder)
            # Write one line now, to reserve the space in case the disk is full later.
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self.file_of(number), flags, 0o600), "wb") as file:
                file.write(b"\n")

    def delete(self, number: int) -> None:
        """Delete the file of command `number`, if there is one."""
        with contextlib.suppress(OSError):
            self.file_of(number).unlink(missing_ok=True)


def delete_reports(reports: Path, sessions: Sequence[str]) -> None:
    """Delete the files in which guardians report how commands of `sessions` ended."""
    for session in sessions:
        for file in reports.glob(f"{session}-*"):
            with contextlib.suppress(OSError):
                file.unlink()
