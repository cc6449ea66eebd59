"""What a terminal still answers a command that has ended: it must not become input for what comes next."""

import contextlib
import os
import select
import time
from collections.abc import Callable

_QUERY, _ANSWER = b"\x1b[5n", b"\x1b[0n"
_PATIENCE = {True: 2.0, None: 1.0, False: 0.2}
"""Seconds to wait for a terminal that has answered before, that was not asked yet, or that did not answer."""


class LateAnswers:
    """Drops such answers, and learns from it whether the terminal answers at all."""

    def __init__(self) -> None:
        self._answers: bool | None = None

    def drop(self, keys: int, write: Callable[[bytes], None]) -> None:
        """Drop what comes from the descriptor `keys` until the terminal has answered what is asked with `write`.

        It answers in order, so everything before that answer was for the command.
        """
        write(_QUERY)
        deadline = time.monotonic() + _PATIENCE[self._answers]
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
