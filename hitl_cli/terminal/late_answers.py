"""Replies of the terminal that a command asked for and did not read."""

import contextlib
import os
import select
import time
from collections.abc import Callable

_QUERY, _ANSWER = b"\x1b[5n", b"\x1b[0n"
_LATE = {True: 2.0, None: 1.0, False: 0.2}
"""Timeout in seconds for a terminal that has answered before, was not queried yet, or did not answer."""


class LateAnswers:
    """Discards terminal replies that a command left unread, and learns whether the terminal answers at all."""

    def __init__(self) -> None:
        self._answers: bool | None = None

    def drop(self, keys: int, write: Callable[[bytes], None]) -> None:
        """Query the terminal with `write`, and discard the input from the descriptor `keys` up to its answer.

        The terminal answers in order, so all earlier input was for the command.
        """
        write(_QUERY)
        deadline = time.monotonic() + _LATE[self._answers]
        heard = b""
        while _ANSWER not in heard:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([keys], [], [], left)[0]:
                self._answers = bool(self._answers)
                return
            with contextlib.suppress(BlockingIOError):
                try:
                    chunk = os.read(keys, 4096)
                except OSError:
                    return
                if not chunk:
                    return
                heard = (heard + chunk)[-4096:]
        self._answers = True
