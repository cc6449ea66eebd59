"""Which keys are meant: none that is held down, none out of a paste."""

import time
from pathlib import Path

import pytest

from tests.review.conftest import Ask, Asked
from tests.review.keys import CTRL_D, ENTER, ESC, F3, F4, F8, F9, MODES


def held(at: Asked, key: str, times: int, *, delay: float = 0.5, rate: float = 30.0) -> None:
    """Hold a key down: it comes once, and after `delay` seconds again and again, `rate` times a second."""
    at.waits_until_keys_count()
    at.type_at_once(key)
    at.reads(delay)
    for _ in range(times - 1):
        at.type_at_once(key)
        at.reads(1 / rate)


@pytest.mark.parametrize(("delay", "rate"), [(0.5, 30.0), (0.25, 11.0), (0.4, 2.5)])
def test_enter_held_down_reads_to_the_end_and_runs_nothing(asked: Ask, delay: float, rate: float) -> None:
    """Repeats turn the pages, and none of them decides; let go and pressed once more, it runs."""
    command = "\n".join(f"echo line {number}" for number in range(1, 41))
    at = asked(command)
    at.sees(r"\$ echo line 1$", "rows not shown yet")
    held(at, ENTER, 7 if rate < 5 else 20, delay=delay, rate=rate)
    at.sees("line 40", "held down, or came again too soon")
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == command


@pytest.mark.parametrize(("delay", "rate"), [(0.5, 30.0), (0.25, 11.0)])
def test_enter_held_down_answers_one_question(asked: Ask, delay: float, rate: float) -> None:
    """The key that decided the first question does not decide the second one, however long it is held."""
    at = asked(["echo 1", "echo 2"])
    at.sees(r"\$ echo 1$")
    at.waits_until_read()
    held(at, ENTER, 15, delay=delay, rate=rate)
    at.sees(r"\$ echo 2", "Enter arrived too early and was ignored")
    assert len(at.decisions) == 1
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_enter_held_down_from_before_the_question_runs_nothing(asked: Ask) -> None:
    """Its repeats come before the drawing and after it."""
    at = asked("echo 1")
    for _ in range(60):
        at.type_at_once(ENTER)
        at.reads(1 / 30)
    at.sees(r"\$ echo 1", "Enter arrived too early and was ignored", "all keys")
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_paste_in_pieces_without_brackets_keeps_its_lines(asked: Ask) -> None:
    """Wherever the pieces were cut."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.waits_until_keys_count()
    for piece in (" 1\r", "echo 2", "\recho 3"):
        at.type_at_once(piece)
        at.reads(0.002)
    at.sees("^(3|  ) ?echo 3")
    assert at.decisions == []
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo x 1\necho 2\necho 3"


@pytest.mark.parametrize("pieces", [[" 1\r"], [" 1", "\r"], ["\r", " 1"], [" 1\r\r"], ["\r\r"]])
def test_one_line_pasted_without_brackets_does_not_run(asked: Ask, pieces: list[str]) -> None:
    """Neither in one piece nor in two, with the line end before or after the text."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.waits_until_keys_count()
    for piece in pieces:
        at.type_at_once(piece)
        time.sleep(0.002)
    # The last where both were read at once: the line end has begun line 2.
    at.sees(r"arrived (together with other input|right after a paste)|came again too soon|^[2 ] +1$")
    assert at.decisions == []
    at.type(" 2")
    at.type(ENTER)
    command = at.decided()[1]["command"]
    assert command.split() == ["echo", "x", *(["1"] if " 1" in "".join(pieces) else []), "2"]


@pytest.mark.parametrize("key", [F3, F4, F8, F9])
@pytest.mark.parametrize("brackets", [True, False])
def test_paste_into_a_field_neither_ends_it_nor_decides(
    asked: Ask, folder: Path, key: str, brackets: bool
) -> None:
    """An answer, a reason, a file name and a comment take what is pasted, line ends too."""
    at = asked("echo x")
    at.sees(r"\$ echo x")
    at.type(key)
    at.sees("Esc back")
    for text in ("one\rtwo\r", "three\r"):
        (at.paste if brackets else at.type_at_once)(text)
        at.sees(text.split("\r")[-2])
        assert brackets or at.sees("arrived together with other input|came again too soon")
        at.reads(0.6)
    at.type("!")
    at.sees("!", "Esc back")
    assert at.decisions == []
    assert list(folder.iterdir()) == []
    at.type(ESC)
    at.sees(r"\$ echo x", "all keys")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("mode", MODES)
def test_second_key_of_two_may_come_when_a_person_gets_to_it(asked: Ask, mode: str) -> None:
    """One that comes much later is a key of its own."""
    at = asked(["echo a\u200bb", "echo two"], env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ echo", "Ctrl-X Y run")
    at.type("\x18")
    at.reads(2.5)
    at.type("y")
    at.sees(r"\$ echo a.*by *\n")
    at.type("\x18")
    at.reads(1)
    at.type("r")
    at.no_longer_sees("by *\n")
    at.type("\x18")
    at.reads(1)
    at.type("y")
    at.sees(r"\$ echo two")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"
    assert at.decisions[0][1]["command"] == "echo a\u200bb"


@pytest.mark.parametrize("second", [CTRL_D, "\x03", F3, F4, ENTER])
def test_of_esc_and_another_key_that_come_at_once_the_first_counts(asked: Ask, second: str) -> None:
    """Nothing fails, and nothing is decided."""
    at = asked("true")
    at.sees(r"\$ true", "all keys")
    at.waits_until_keys_count()
    at.type_at_once(ESC + second)
    at.reads(0.5)
    assert "xception" not in at.everything
    assert at.decisions == []
