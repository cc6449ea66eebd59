"""When a key counts: never before its person can have read the question, however fast or slow the terminal is."""

import time

import pytest

from hitl_cli.terminal.guard import READING_TIME, Guard, GuardEvent
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER

NEVER = float("inf")
STEPS = [step / 20 for step in range(21)]  # the first second after the drawing
SLOW = 0.6  # seconds until the answer of a slow terminal
CUT = 0.6  # seconds; longer than a key is weighed


class Clock:
    """A clock that advances when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def drawing(guard: Guard, clock: Clock, answer: float, keys: list[float]) -> list[tuple[float, str]]:
    """Draw, let the answer and the keys come so many seconds later, and return what happened when."""
    start = clock.now
    guard.close()
    guard.drawn()
    events = [(start + at, "key") for at in keys]
    events = sorted([*events, (start + answer, "answer")] if answer < NEVER else events)
    happened = []
    while events or guard.wait is not None:
        due = NEVER if guard.wait is None else clock.now + guard.wait
        if events and events[0][0] <= due:
            clock.now, what = events.pop(0)
            if what == "answer":
                guard.answered()
            else:
                happened.append((clock.now - start, "counts" if guard.is_open else "too early"))
                if not guard.is_open:
                    guard.key()
            continue
        clock.now = due
        if event := guard.tick():
            happened.append((clock.now - start, event.name))
            if event is GuardEvent.OVERDUE:
                guard.drawn()
    return happened


@pytest.mark.parametrize("answer", [0.003, 0.12, SLOW, NEVER])
@pytest.mark.parametrize("key", STEPS)
def test_no_key_counts_in_the_first_half_second(answer: float, key: float) -> None:
    """At the first question and at the next one; a key in that time moves the end of it."""
    clock = Clock()
    guard = Guard(clock)
    for is_first in (True, False):
        happened = drawing(guard, clock, answer, [key])
        shown = answer if answer < NEVER else 0.0
        if answer == NEVER and is_first:
            shown = 1.0 - READING_TIME  # it may still answer
        opens = shown + READING_TIME
        if key <= opens:
            opens = max(opens, key + READING_TIME)
            expected = [(key, "too early"), (opens, "OPENED")]
        else:
            expected = [(opens, "OPENED"), (key, "counts")]
        assert [what for _, what in happened] == [what for _, what in expected]
        assert [at for at, _ in happened] == pytest.approx([at for at, _ in expected])


def test_who_is_typing_decides_nothing_before_a_pause() -> None:
    """However long it takes."""
    clock = Clock()
    keys = [number * 0.4 for number in range(20)]
    happened = drawing(Guard(clock), clock, 0.0, keys)
    assert {what for _, what in happened[:-1]} == {"too early"}
    opened_at, event = happened[-1]
    assert event == "OPENED"
    assert opened_at == pytest.approx(keys[-1] + READING_TIME)


def test_terminal_that_has_answered_is_waited_for() -> None:
    """For several seconds, then it is asked once more; where it says nothing more, keys count again in the end."""
    clock = Clock()
    guard = Guard(clock)
    drawing(guard, clock, 0.0, [])
    ((opened_at, _),) = drawing(guard, clock, 4.0, [])
    assert opened_at == pytest.approx(4.0 + READING_TIME)
    happened = drawing(guard, clock, NEVER, [])
    assert [what for _, what in happened] == ["OVERDUE", "OPENED"]
    assert 3 < happened[0][0] < 10 < happened[1][0] + 1 < 15


def test_answer_to_an_earlier_drawing_confirms_nothing() -> None:
    """Of two queries both must be answered."""
    clock = Clock()
    guard = Guard(clock)
    guard.close()
    guard.drawn()
    guard.close()
    guard.drawn()
    guard.answered()
    clock.now += READING_TIME
    assert guard.tick() is None
    guard.answered()
    clock.now += READING_TIME
    assert guard.tick() is GuardEvent.OPENED


def test_answer_that_comes_after_keys_began_to_count_closes_again() -> None:
    """The question was not on the screen when it seemed to be."""
    clock = Clock()
    guard = Guard(clock)
    guard.close()
    guard.drawn()
    clock.now += 2.0
    assert guard.tick() is GuardEvent.OPENED
    guard.answered()
    assert not guard.is_open


@pytest.mark.parametrize("answers", [True, False])
def test_early_enter_runs_nothing_and_the_screen_says_why(asked: Ask, answers: bool) -> None:
    """What shows that keys count is the line of keys; Enter counts then."""
    at = asked(["echo 1", "echo 2"], answers=answers)
    for number in (1, 2):
        at.sees(rf"^\$ echo {number}$", "keys count in a moment")
        at.type_at_once(ENTER)
        at.sees(r"^Enter arrived too early and was ignored\. Press it again\.$", "Enter run · Esc reject")
        assert len(at.decisions) == number - 1
        at.type(ENTER)
    at.decided()
    assert [fields["command"] for _, fields in at.decisions] == ["echo 1", "echo 2"]


def test_slow_terminal_is_waited_for(asked: Ask) -> None:
    """Its answer comes late at the first question, and later than anybody would wait for at the second one."""
    at = asked(["echo 1", "echo 2"], answers=False)
    for number, late in ((1, SLOW), (2, 1.5)):
        at.sees(rf"^\$ echo {number}$", "keys count in a moment")
        shown = time.monotonic() + late
        while time.monotonic() < shown:
            at.type_at_once(ENTER)
            at.reads(0.1)
        at.type_at_once("\x1b[1;1R\x1b[0n")
        at.sees("keys count in a moment")
        at.type_at_once(ENTER)
        at.sees("too early and was ignored", "Enter run")
        assert len(at.decisions) == number - 1
        asked_before = at.raw.count(b"\x1b[5n")
        at.type(ENTER)
        at.waits(lambda asked=asked_before: at.raw.count(b"\x1b[5n") > asked, "to be asked")  # type: ignore[misc]
        at.reads(SLOW)
        assert len(at.decisions) == number - 1
        at.type_at_once("\x1b[0n")
    at.decided()


def test_text_in_the_first_moment_does_not_get_into_the_command(asked: Ask) -> None:
    """Nor does it decide, with an Enter at its end."""
    at = asked("touch RAN")
    at.sees(r"^\$ touch RAN$")
    for key in "it is p\r":
        at.type_at_once(key)
        at.reads(0.05)
    at.sees(r"^\$ touch RAN$", "Your text came too early for this question and was ignored", "Enter run")
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("wait", [0.035, 0.15, 0.4])
@pytest.mark.parametrize(
    "pieces", [("\x1b[200~ #x\x1b[201~", "\r\x1b[201~"), (" #x", "\r"), ("\x1b[200~ #x\x1b[201~", "\r")]
)
def test_line_end_after_a_paste_does_not_run(asked: Ask, pieces: tuple[str, str], wait: float) -> None:
    """Whether its terminal marks a paste, strips its marks from what is pasted, or neither."""
    at = asked("touch RAN")
    at.sees(r"^\$ touch RAN$")
    at.waits_until_keys_count()
    at.type_at_once(pieces[0])
    at.reads(wait)
    at.type_at_once(pieces[1])
    at.sees(r"^\$ touch RAN #x$", r"Enter arrived .* was ignored\. Press it again\.")
    at.reads(CUT)
    assert at.decisions == []
    at.type(ENTER)
    # Where the line end was read with the text, it is one of the command.
    assert at.decided()[1]["command"].removesuffix("\n") == "touch RAN #x"


def test_stray_end_of_a_paste_takes_back_the_key_before_it(asked: Ask) -> None:
    """It may have been a line end that was pasted."""
    at = asked("echo x")
    at.sees(r"^\$ echo x$")
    at.waits_until_keys_count()
    at.type_at_once(ENTER)
    at.reads(0.03)
    at.type_at_once("\x1b[201~")
    at.sees("Enter arrived together with other input and was ignored")
    at.reads(CUT)
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x"


def test_what_another_process_painted_over_a_question_is_not_what_runs(asked: Ask) -> None:
    """The question is drawn again before a key counts, and where the cursor was moved, none counts but the next."""
    at = asked("touch PWN")
    at.sees(r"^\$ touch PWN$", "Enter run")
    at.paints("\x1b[2J\x1b[H--- Run this command? ---\r\n$ ls\r\nEnter run")
    at.sees(r"^\$ ls$")
    at.no_longer_sees("PWN")
    at.type(ENTER)
    screen = at.sees(
        r"^\$ touch PWN$", "Enter was ignored: something else wrote on this screen", "Enter run ·"
    )
    assert "$ ls" not in screen
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "touch PWN"
