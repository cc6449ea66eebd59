"""The questions that one key answers: it must be meant, as a key that runs a command."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.model_server import Calls, ModelServer, Text
from tests.shell.conftest import eventually
from tests.terminal import Person
from tests.test_resume import kill

At = Callable[..., Person]
ENTER, CTRL_D, BACKGROUND = "\r", "\x04", "\x1d"
RATE = 1 / 30  # seconds between two repeats of a key that is held down


def hold(at: Person, key: str, times: int, *, delay: float) -> None:
    """Hold a key down: it comes once, and after `delay` seconds again and again."""
    at.type_at_once(key)
    at.reads(delay)
    for _ in range(times - 1):
        at.type_at_once(key)
        at.reads(RATE)


@pytest.fixture
def two_lost(person: At, model: ModelServer) -> None:
    """A session whose program was killed with both guardians while two commands ran, one in the background."""
    model.reply(Calls.of("echo one; sleep 60"), Calls.of("echo two; sleep 60"))
    at = person("run", "agent", "go")
    at.sees(r"\$ echo one")
    at.type(ENTER)
    at.sees("^one", r"Ctrl-\] background")
    at.type(BACKGROUND)
    at.sees(r"\$ echo two")
    at.type(ENTER)
    at.sees("^two")
    program = psutil.Process(at.pid)
    kill(program, *(each for each in program.children() if each.children()))
    at.leaves()


@pytest.mark.usefixtures("two_lost")
@pytest.mark.parametrize("delay", [RATE, 0.5])
def test_key_held_down_settles_one_outcome_at_most(person: At, delay: float) -> None:
    """Held from before the question, none; held from when it was there, the first."""
    at = person("resume")
    if delay > RATE:
        at.sees("Outcome unknown", "leave it open")
        time.sleep(0.1)
    else:
        while "leave it open" not in at.screen:
            at.type_at_once("n")
            at.reads(RATE)
    hold(at, "n", 30, delay=delay)
    at.sees("held down, or came again too soon")
    assert at.everything.count("Outcome unknown") == (2 if delay > RATE else 1)
    at.type(CTRL_D)
    assert at.leaves() == 75


@pytest.mark.usefixtures("two_lost")
def test_paste_and_two_keys_at_once_settle_nothing(person: At) -> None:
    """Whether the terminal marks a paste or not."""
    at = person("resume")
    at.sees("Outcome unknown", "leave it open")
    at.paste("n")
    at.type_at_once("yn")
    at.sees("came together with others")
    assert at.everything.count("Outcome unknown") == 1
    at.type(CTRL_D)
    assert at.leaves() == 75


def test_key_held_down_does_not_end_what_runs_in_the_background(
    person: At, model: ModelServer, folder: Path
) -> None:
    """The Ctrl-D that leaves the conversation does not answer the question that follows."""
    model.reply(Calls.of("sleep 4; touch ended"), Text("It runs."))
    at = person("run", "agent")
    at.sees("^>$")
    at.type("go" + ENTER)
    at.sees(r"\$ sleep 4")
    at.type(ENTER)
    at.sees("background")
    at.type(BACKGROUND)
    at.sees(r"It runs\.[^>]*^>$")
    hold(at, CTRL_D, 30, delay=RATE)
    at.sees("k keeps it running", "held down, or came again too soon")
    at.type("k")
    assert at.leaves() == 0
    assert eventually((folder / "ended").exists)
