"""Writes the output of a detached command to the pipe of its log process."""

import contextlib
import os
import select

_STALL_TIMEOUT = 10.0  # seconds; if the log process does not read for so long, the output is dropped


class LogPipe:
    """The pipe at `path`; if no process reads it, or none any more, the output is dropped."""

    def __init__(self, path: str) -> None:
        self._pipe: int | None = None
        with contextlib.suppress(OSError):
            self._pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def write(self, data: bytes) -> None:
        """Write all of `data`, or close the pipe."""
        while data and self._pipe is not None:
            try:
                if not select.select([], [self._pipe], [], _STALL_TIMEOUT)[1]:
                    raise TimeoutError
                data = data[os.write(self._pipe, data) :]
            except BlockingIOError:
                continue
            except OSError:
                self.close()

    def close(self) -> None:
        """Close the pipe; later output is dropped."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
