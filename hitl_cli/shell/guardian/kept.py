"""Where the output of a command that lives on goes: to whoever keeps it, for as long as they take it."""

import contextlib
import os
import select

# Seconds in which whoever keeps the output must take some; then the command goes on without them.
_STALLED = 10.0


class KeptOutput:
    """Writes to the pipe at `path`; where nobody reads there, or not any more, to nowhere."""

    def __init__(self, path: str) -> None:
        self._pipe: int | None = None
        with contextlib.suppress(OSError):
            self._pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def write(self, data: bytes) -> None:
        """Write all of `data`, or give up."""
        while data and self._pipe is not None:
            try:
                if not select.select([], [self._pipe], [], _STALLED)[1]:
                    raise TimeoutError
                data = data[os.write(self._pipe, data) :]
            except BlockingIOError:
                continue
            except OSError:
                self.close()

    def close(self) -> None:
        """Write no more."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
