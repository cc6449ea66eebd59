"""The whole output of a command, in a file, for what an excerpt leaves out."""

import contextlib
import os
import time
from io import FileIO
from pathlib import Path

from hitl_cli import private
from hitl_cli.text.secrets.masking import Mask, StreamMask

SIZE_LIMIT = 33_554_432
"""Bytes that one log may have; what comes after them is not kept."""

_FILES_KEPT = 100


class OutputLog:
    """Writes an output to a file of its own in `folder`, line by line as it comes; None for no file at all.

    So the last output is there whatever becomes of the program, its secrets masked by `mask`. `problem` says why there
    is no file, or why it ends early, where a write failed.
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
        """Go on with the file that another one wrote to, and handed over."""
        self = cls(None, mask)
        try:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115
            self._size = os.fstat(self._file.fileno()).st_size
            self.path = path
        except OSError as problem:
            self.problem = f"there is no log of the output: {problem.strerror}"
        return self

    def hand_over(self) -> bytes:
        """Let another one go on with the file; return what it must be given first."""
        if self._file is not None:
            self._give_up(self.problem)
        return self._mask.hand_over()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._append(self._mask.feed(chunk) if self._file is not None else b"")

    def _append(self, chunk: bytes) -> None:
        if self._file is None:
            return
        room = SIZE_LIMIT - self._size
        self._size += len(chunk)
        try:
            _write_all(self._file, chunk[:room])
        except OSError as problem:
            self._give_up(f"the log is not complete: {problem.strerror}")
        else:
            if self._size > SIZE_LIMIT:
                self._is_full = True
                self._give_up("")

    def notes(self, *, is_growing: bool) -> list[str]:
        """Return what a reader of the excerpt must know of the file; `is_growing` while the command still prints."""
        if self.path is None:
            return [self.problem] if self.problem else []
        if self.problem:
            return [f"the beginning of the output is in {self.path}; {self.problem}"]
        if self._is_full:
            return [
                f"the first {SIZE_LIMIT:,} bytes of the output are in {self.path}; the rest is not in the log"
            ]
        if is_growing:
            return [f"its output goes to {self.path}, up to {SIZE_LIMIT:,} bytes"]
        return [f"the whole output is in {self.path}"]

    def close(self) -> None:
        """End the file."""
        self._append(self._mask.rest())
        if self._file is not None:
            self._give_up(self.problem)

    def remove(self) -> None:
        """End the file and do without it."""
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
            self.problem = f"there is no log of the output: {problem.strerror}"

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
