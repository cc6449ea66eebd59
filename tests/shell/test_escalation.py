"""Ending a tree of processes: the signals escalate, and nothing is given up before it was killed."""

import signal

from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.shell.guardian.escalation import Escalation


def test_the_signals_escalate() -> None:
    """SIGINT at once, then SIGTERM, then SIGKILL again and again, and it is over a second after the first of these."""
    ending = Escalation(10.0, 0.9, at_once=False)
    due = [(now, ending.next_signal(now)) for now in (10.0, 10.8, 10.9, 11.7, 11.8, 12.0)]
    assert [number for _, number in due] == [
        signal.SIGINT,
        None,
        signal.SIGTERM,
        None,
        signal.SIGKILL,
        signal.SIGKILL,
    ]
    assert not ending.is_over(12.7)
    assert ending.is_over(12.8)


def test_at_once_is_sigkill() -> None:
    """Where there is no time to lose, the first signal is SIGKILL."""
    assert Escalation(0.0, 0.9, at_once=True).next_signal(0.0) == signal.SIGKILL


@given(st.lists(st.floats(0, 100), min_size=1))
def test_nothing_is_given_up_before_it_was_killed(delays: list[float]) -> None:
    """However long a busy machine takes from one step to the next, SIGKILL is sent, and a second goes by after it."""
    ending = Escalation(0.0, 0.9, at_once=False)
    now, killed_at = 0.0, None
    for delay in delays:
        now += delay
        assert not ending.is_over(now) or (killed_at is not None and now >= killed_at + 1.0)
        if ending.next_signal(now) == signal.SIGKILL and killed_at is None:
            killed_at = now
