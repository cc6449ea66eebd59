"""When the keys of a drawing begin to count: not before a person can have read it."""

import math
import time
from collections.abc import Callable
from enum import Enum, auto

READING_TIME = 0.6
"""Seconds after a drawing was shown, or after a key that came too early, in which no key counts."""

_FIRST_ANSWER = 1.0  # seconds to wait for a terminal that was never asked before; a slow line takes that long
_ANSWER = 5.0  # seconds to wait for a terminal that has answered before


class Event(Enum):
    """What the passing of time has brought."""

    OPENED = auto()
    OVERDUE = auto()  # a terminal that used to answer does not; draw and ask once more


class Guard:
    """Knows whether keys count, from when a drawing was written, when the terminal confirmed it, and when keys came.

    A terminal answers in the order in which things reach it. So its answer to a query that was written with a drawing
    says that the drawing is on the screen, however slow the line is. A terminal that has answered once is always waited
    for. Keys begin to count only in `tick`, never because a clock was read: what came while the program was busy is
    read before, and is too early.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the clock, in seconds."""
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
        """Let all keys count from now on; what is drawn takes no decision."""
        self._is_open = True
        self._drawn_at = None

    def close(self) -> None:
        """Let no key count until the next drawing was seen."""
        self._is_open = self._is_confirmed = self._was_overdue = False
        self._drawn_at = self._seen_at = None

    def drawn(self) -> None:
        """The drawing is being written now, together with a query for the terminal's status."""
        self._drawn_at = self._clock()
        self.asked()

    def asked(self) -> None:
        """The terminal is asked for its status."""
        self._unanswered = 1 if self._answers is False else self._unanswered + 1

    @property
    def is_answer_due(self) -> bool:
        """Whether a terminal that answers has still to do so."""
        return bool(self._answers) and self._unanswered > 0

    def expect_answers(self) -> None:
        """The terminal has answered something else."""
        self._answers = True

    def expect_no_answer(self) -> None:
        """Take the terminal for one that does not answer, until it does."""
        self._answers, self._unanswered = False, 0

    def answered(self) -> None:
        """The terminal has answered a query for its status."""
        self._answers = True
        self._unanswered = max(0, self._unanswered - 1)
        if self._drawn_at is not None and not self._is_confirmed and not self._unanswered:
            self._is_confirmed = True
            self._is_open = False  # it had been opened without an answer, which turns out to be late
            self._seen_at = self._clock()

    def key(self) -> None:
        """A key came."""
        self._key_at = self._clock()

    @property
    def wait(self) -> float | None:
        """Seconds after which to call `tick`, None where time changes nothing."""
        if self._is_open or self._drawn_at is None:
            return None
        return max(0.0, self._due - self._clock())

    def tick(self) -> Event | None:
        """Return what has changed because of the time that has passed."""
        if self._is_open or self._drawn_at is None or self._clock() < self._due:
            return None
        if self._seen_at is None:
            if self._answers and not self._was_overdue:
                self._was_overdue = True
                self._unanswered = 0
                return Event.OVERDUE
            self.expect_no_answer()
            self._seen_at = self._drawn_at
            return self.tick()
        self._is_open = True
        return Event.OPENED

    @property
    def _due(self) -> float:
        assert self._drawn_at is not None
        if self._seen_at is not None:
            return max(self._seen_at, self._key_at) + READING_TIME
        patience = {None: _FIRST_ANSWER, True: _ANSWER, False: READING_TIME}[self._answers]
        return self._drawn_at + patience
