"""The escalation of signals that ends a tree of processes, and its timeout."""

import signal

_KILL_TIMEOUT = 1.0  # seconds after the first SIGKILL; what still runs then cannot be killed by this user


class Escalation:
    """The escalation from SIGINT to SIGTERM to SIGKILL; times are those of `time.monotonic`."""

    def __init__(self, now: float, pause: float, *, at_once: bool) -> None:
        """Start `now`, with `pause` seconds between two signals; `at_once` starts with SIGKILL."""
        self._signals = [signal.SIGKILL] if at_once else [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
        self._pause = pause
        self._next_at = now
        self._give_up_at: float | None = None

    def is_over(self, now: float) -> bool:
        """Return whether to give up: processes have survived SIGKILL for a second."""
        return self._give_up_at is not None and now >= self._give_up_at

    def next_signal(self, now: float) -> signal.Signals | None:
        """Return the signal that is due, if any; SIGKILL is due at each call, for processes started meanwhile."""
        if now < self._next_at:
            return None
        if len(self._signals) == 1:
            # The timeout starts here, because on a busy machine the earlier signals may be late.
            self._give_up_at = self._give_up_at or now + _KILL_TIMEOUT
            return self._signals[0]
        self._next_at = now + self._pause
        return self._signals.pop(0)
