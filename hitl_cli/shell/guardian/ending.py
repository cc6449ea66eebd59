"""Which signal is due while a whole tree of processes is being ended, and when to give up."""

import signal

_KILL_PATIENCE = 1.0  # seconds after the first SIGKILL; what is left then cannot be killed by this user


class Ending:
    """The escalation from SIGINT over SIGTERM to SIGKILL, on the clock of `time.monotonic`, in seconds."""

    def __init__(self, now: float, pause: float, *, at_once: bool) -> None:
        """Begin it `now`, with `pause` seconds between two signals; `at_once` with SIGKILL."""
        self._signals = [signal.SIGKILL] if at_once else [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
        self._pause = pause
        self._next_at = now
        self._give_up_at: float | None = None

    def is_over(self, now: float) -> bool:
        """Return whether what is left will not end: it outlived SIGKILL for a second."""
        return self._give_up_at is not None and now >= self._give_up_at

    def next_signal(self, now: float) -> signal.Signals | None:
        """Return the signal that is due, if any; SIGKILL is due at each call, for what was started meanwhile."""
        if now < self._next_at:
            return None
        if len(self._signals) == 1:
            # Counted from here: on a busy machine the earlier signals may have taken any time.
            self._give_up_at = self._give_up_at or now + _KILL_PATIENCE
            return self._signals[0]
        self._next_at = now + self._pause
        return self._signals.pop(0)
