"""Decides when keys begin to count after a drawing: not before a person can have read it."""

import math
import time
from collections.abc import Callable
from enum import Enum, auto

READING_TIME = 0.6
"""Seconds after a drawing was shown, or after a key that was too early, in which no key counts."""

_FIRST_ANSWER = 1.0  # seconds to wait for a terminal that was never queried before; enough for a slow line
_ANSWER = 5.0  # seconds to wait for a terminal that has answered before


class GuardEvent(Enum):
    """What has changed in a `tick`."""

    OPENED = auto()
    OVERDUE = auto()  # a terminal that used to answer does not; draw and query again


class Guard:
    """Decides whether keys count, from the times of a drawing, of the terminal's confirmation, and of keys.

    A terminal processes its input in order. Therefore its answer to a query that was written with a drawing confirms
    that the drawing is on the screen, even on a slow line. After its first answer, the guard always waits for a
    terminal's answers. Keys begin to count only in `tick`, so that keys pressed while the program was busy, which are
    read before, are still too early.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock that returns seconds."""
        self._clock = clock
        self._is_open = True
        self._drawn_at: float | None = None
        self._seen_at: float | None = None
        self._is_confirmed = False
        self._key_at = -math.inf
        self._answers: bool | None = None
        self._unanswered = 0
        self._was_overdue = False

    @property
    def is_open(self) -> bool:
        """Whether keys count."""
        return self._is_open

    def open(self) -> None:
        """Let all keys count from now on, for drawings that do not ask for a decision."""
        self._is_open = True
        self._drawn_at = None

    def close(self) -> None:
        """Let no key count until the next drawing was shown."""
        self._is_open = self._is_confirmed = self._was_overdue = False
        self._drawn_at = self._seen_at = None

    def drawn(self) -> None:
        """Note that the drawing is being written now, with a query of the terminal's status."""
        self._drawn_at = self._clock()
        self.asked()

    def asked(self) -> None:
        """Note that the terminal's status is queried."""
        self._unanswered = 1 if self._answers is False else self._unanswered + 1

    @property
    def is_answer_due(self) -> bool:
        """Whether an answer of a terminal that answers is pending."""
        return bool(self._answers) and self._unanswered > 0

    def expect_answers(self) -> None:
        """Note that the terminal answers queries: it has answered another one."""
        self._answers = True

    def expect_no_answer(self) -> None:
        """Assume that the terminal does not answer queries, until it does."""
        self._answers, self._unanswered = False, 0

    def answered(self) -> None:
        """Note the terminal's answer to a status query."""
        self._answers = True
        self._unanswered = max(0, self._unanswered - 1)
        if self._drawn_at is not None and not self._is_confirmed and not self._unanswered:
            self._is_confirmed = True
            self._is_open = False  # it was opened without an answer, which was only late
            self._seen_at = self._clock()

    def key(self) -> None:
        """Note a key press."""
        self._key_at = self._clock()

    @property
    def wait(self) -> float | None:
        """Seconds until the next call of `tick`, or None if none is needed."""
        if self._is_open or self._drawn_at is None:
            return None
        return max(0.0, self._due - self._clock())

    def tick(self) -> GuardEvent | None:
        """Return what has changed with time, if anything."""
        if self._is_open or self._drawn_at is None or self._clock() < self._due:
            return None
        if self._seen_at is None:
            if self._answers and not self._was_overdue:
                self._was_overdue = True
                self._unanswered = 0
                return GuardEvent.OVERDUE
            self.expect_no_answer()
            self._seen_at = self._drawn_at
            return self.tick()
        self._is_open = True
        return GuardEvent.OPENED

    @property
    def _due(self) -> float:
        assert self._drawn_at is not None
        if self._seen_at is not None:
            return max(self._seen_at, self._key_at) + READING_TIME
        timeout = {None: _FIRST_ANSWER, True: _ANSWER, False: READING_TIME}[self._answers]
        return self._drawn_at + timeout
