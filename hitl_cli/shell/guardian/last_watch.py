"""What a warden needs to repair the person's terminal when both the program and the guardian were killed.

The guardian passes it the terminal, and one end of a pipe; the program holds the other end while it lends the terminal.
What repairs the terminal lies in memory that both share: a guardian that is killed can send nothing.
"""

import contextlib
import json
import mmap
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

GIVEN_BACK = b"."
"""What the program writes to the pipe when it has its terminal back in order."""

_SLOT = 262_144  # bytes


class LastWatch:
    """Shared by a warden and its guardian, who is forked from it after this was made."""

    def __init__(self) -> None:
        self._files, self._files_end = socket.socketpair()
        self._memory = mmap.mmap(-1, 1 + 2 * _SLOT)

    def begin(self, terminal: int, lifeline: int) -> None:
        """As the guardian: pass on the terminal, and the pipe of the program."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._files, [b"."], [terminal, lifeline])

    def note(self, repair: dict[str, Any]) -> None:
        """As the guardian: keep what repairs the terminal, in the place of what did so before."""
        data = json.dumps(repair).encode()
        if len(data) > _SLOT - 4:
            return
        slot = 2 if self._memory[0] == 1 else 1
        start = 1 + (slot - 1) * _SLOT
        self._memory[start : start + 4 + len(data)] = len(data).to_bytes(4, "big") + data
        self._memory[0] = slot  # last: a guardian may be killed at any time

    def end(self) -> None:
        """As the guardian: nothing is to be repaired any more, and nobody holds the terminal open."""
        self._memory[0] = 0
        for file in self._take_files():
            os.close(file)

    def take_over(self, repair: Callable[[int, dict[str, Any]], None]) -> None:
        """As the warden, without a guardian: call `repair` when the program dies before it has its terminal back.

        That is in a process of its own: the program waits for the end of the warden.
        """
        slot = self._memory[0]
        files = self._take_files()
        if slot == 0 or len(files) < 2 or os.fork():
            return
        start = 1 + (slot - 1) * _SLOT
        length = int.from_bytes(self._memory[start : start + 4], "big")
        terminal, lifeline = files
        with contextlib.suppress(OSError, ValueError):
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.read(lifeline, 1) != GIVEN_BACK:
                repair(terminal, json.loads(self._memory[start + 4 : start + 4 + length]))
        os._exit(0)

    def _take_files(self) -> list[int]:
        """Return the files that were passed on, once; nobody else has them then."""
        self._files_end.setblocking(False)
        with contextlib.suppress(OSError):
            return socket.recv_fds(self._files_end, 1, 2)[1]
        return []
