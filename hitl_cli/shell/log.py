"""The whole output of a command, in a file, for what an excerpt leaves out."""

import contextlib
import os
import time
from io import BufferedWriter
from pathlib import Path

SIZE_LIMIT = 33_554_432
"""Bytes that one log may have; what comes after them is not kept."""

_FILES_KEPT = 100
_RECORDS_LIMIT = 1_048_576  # bytes
_WITHOUT_FILE = 8192  # bytes up to which an output is in the excerpt anyhow


class OutputLog:
    """Writes an output to a file of its own in `folder`, once it is long enough; None for no file at all.

    `problem` says why the file is not complete, if it is not.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._begun = bytearray()
        self._file: BufferedWriter | None = None
        self._size = 0
        self.path: Path | None = None
        self.problem = ""

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if self._folder is None or self.problem:
            return
        if self._file is not None:
            self._append(chunk)
            return
        self._begun += chunk
        if len(self._begun) > _WITHOUT_FILE:
            self.open()

    def open(self) -> None:
        """Begin the file now, however short the output is."""
        if self._folder is None or self._file is not None or self.problem:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_oldest(self._folder)
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}.log"
            self.path = self._folder / name
            self._file = open(self.path, "xb", opener=_for_one_user)  # noqa: SIM115
        except OSError as problem:
            self.path = None
            self.problem = f"there is no log of the output: {problem.strerror}"
            return
        begun, self._begun = bytes(self._begun), bytearray()
        self._append(begun)

    def flush(self) -> None:
        """Let others read what came so far."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as problem:
                self._give_up(f"the log is not complete: {problem.strerror}")

    def close(self) -> None:
        """End the file."""
        self.flush()
        if self._file is not None:
            self._give_up(self.problem)

    def _append(self, chunk: bytes) -> None:
        assert self._file is not None
        room = SIZE_LIMIT - self._size
        self._size += len(chunk)
        try:
            self._file.write(chunk[:room])
            if self._size > SIZE_LIMIT:
                self._file.flush()
                self._give_up(f"the log holds the first {SIZE_LIMIT:,} bytes")
        except OSError as problem:
            self._give_up(f"the log is not complete: {problem.strerror}")

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def keep_short(records: Path) -> None:
    """Begin `records` anew if it has become long, and keep the old one beside it."""
    with contextlib.suppress(OSError):
        if records.stat().st_size > _RECORDS_LIMIT:
            records.replace(records.with_suffix(".old"))


def _for_one_user(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_APPEND, 0o600)


def _remove_oldest(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"))
    for path in logs[: max(len(logs) - _FILES_KEPT + 1, 0)]:
        with contextlib.suppress(OSError):
            path.unlink()
