"""Lets the watchdog repair the person's terminal after both the program and the guardian were killed.

The guardian passes the terminal and one end of a pipe; the program holds the other end while the command uses the
terminal. How to repair the terminal is stored in shared memory, because a killed guardian cannot send anything.
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
"""What the program writes to the pipe when it has restored the terminal itself."""

_SLOT = 262_144  # bytes


class SharedRepair:
    """Shared by a watchdog and its guardian. Create it before the guardian is forked from the watchdog."""

    def __init__(self) -> None:
        self._files, self._files_end = socket.socketpair()
        self._memory = mmap.mmap(-1, 1 + 2 * _SLOT)

    def share_terminal(self, terminal: int, lifeline: int) -> None:
        """In the guardian: pass the terminal and the program's pipe."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._files, [b"."], [terminal, lifeline])

    def store(self, repair: dict[str, Any]) -> None:
        """In the guardian: replace the stored instructions to repair the terminal."""
        data = json.dumps(repair).encode()
        if len(data) > _SLOT - 4:
            return
        slot = 2 if self._memory[0] == 1 else 1
        start = 1 + (slot - 1) * _SLOT
        self._memory[start : start + 4 + len(data)] = len(data).to_bytes(4, "big") + data
        self._memory[0] = slot  # last, because the guardian may be killed at any time

    def clear(self) -> None:
        """In the guardian: remove the instructions and close the terminal."""
        self._memory[0] = 0
        for file in self._take_files():
            os.close(file)

    def repair_after_program(self, repair: Callable[[int, dict[str, Any]], None]) -> None:
        """In the watchdog, if the guardian was killed: call `repair` if the program dies before restoring it.

        This waits in a forked process, because the program waits for the end of the watchdog.
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
        """Return the passed file descriptors; a second call returns none."""
        self._files_end.setblocking(False)
        with contextlib.suppress(OSError):
            return socket.recv_fds(self._files_end, 1, 2)[1]
        return []
