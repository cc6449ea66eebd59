"""Logs the whole output of a command to a file, since an excerpt omits part of it."""

import contextlib
import os
import time
from io import FileIO
from pathlib import Path

from hitl_cli import private
from hitl_cli.text.secrets.masking import Mask, StreamMask

SIZE_LIMIT = 33_554_432
"""Maximum size of one log in bytes; later output is dropped."""

_FILES_KEPT = 100


class OutputLog:
    """Writes an output line by line to a new file in `folder`, secrets masked by `mask`; None means no file.

    The output is in the file at once, so it survives a crash of the program. `problem` says why there is no file, or
    why it is incomplete after a failed write.
    """

    def __init__(self, folder: Path | None, mask: Mask) -> None:
        self._mask = StreamMask(mask)
        self._file: FileIO | None = None
        self._size = 0
        self._is_full = False
        self.path: Path | None = None
        self.problem = ""
        if folder is not None:
            self._open(folder)

    @classmethod
    def reopened(cls, path: Path, mask: Mask) -> "OutputLog":
        """Continue a file that another `OutputLog` has handed over."""
        self = cls(None, mask)
        try:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115
            self._size = os.fstat(self._file.fileno()).st_size
            self.path = path
        except OSError as problem:
            self.problem = f"cannot log the output: {problem.strerror}"
        return self

    def hand_over(self) -> bytes:
        """Stop writing so that another `OutputLog` can continue; return the bytes that it must write first."""
        if self._file is not None:
            self._give_up(self.problem)
        return self._mask.hand_over()

    def write(self, chunk: bytes) -> None:
        """Write the next bytes."""
        self._append(self._mask.feed(chunk) if self._file is not None else b"")

    def _append(self, chunk: bytes) -> None:
        if self._file is None:
            return
        room = SIZE_LIMIT - self._size
        self._size += len(chunk)
        try:
            _write_all(self._file, chunk[:room])
        except OSError as problem:
            self._give_up(f"the log is incomplete: {problem.strerror}")
        else:
            if self._size > SIZE_LIMIT:
                self._is_full = True
                self._give_up("")

    def notes(self, *, is_growing: bool) -> list[str]:
        """Return notes about the file for a reader of the excerpt; `is_growing` while the command still prints."""
        if self.path is None:
            return [self.problem] if self.problem else []
        if self.problem:
            return [f"the start of the output is in {self.path}; {self.problem}"]
        if self._is_full:
            return [
                f"the first {SIZE_LIMIT:,} bytes of the output are in {self.path}; the rest was not logged"
            ]
        if is_growing:
            return [f"output is logged to {self.path}, up to {SIZE_LIMIT:,} bytes"]
        return [f"the whole output is in {self.path}"]

    def close(self) -> None:
        """Write what is buffered and close the file."""
        self._append(self._mask.rest())
        if self._file is not None:
            self._give_up(self.problem)

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None

    def _open(self, folder: Path) -> None:
        try:
            private.make_missing(folder)
            _remove_oldest(folder)
            path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}.log"
            self._file = open(path, "xb", buffering=0, opener=_for_one_user)  # noqa: SIM115
            self.path = path
        except OSError as problem:
            self.problem = f"cannot log the output: {problem.strerror}"

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def _write_all(file: FileIO, chunk: bytes) -> None:
    while chunk:
        chunk = chunk[file.write(chunk) :]


def _for_one_user(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_APPEND, 0o600)


def _remove_oldest(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"))
    for path in logs[: max(len(logs) - _FILES_KEPT + 1, 0)]:
        with contextlib.suppress(OSError):
            path.unlink()
