"""The questions that one key answers: it must be meant, as a key that runs a command."""

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.resuming import kill, wait_until
from tests.review.test_plain import number
from tests.shell.conftest import marked
from tests.terminal import Person

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
    """A session whose program was killed with its guardians while two commands ran, one in the background."""
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
    below = program.children(recursive=True)
    kill(program, *(each for each in below if each.name() not in ("bash", "sleep")))
    at.leaves()


@pytest.mark.usefixtures("two_lost")
@pytest.mark.parametrize("delay", [RATE, 0.5])
def test_key_held_down_settles_one_outcome_at_most(person: At, delay: float) -> None:
    """Held from before the question, none; held from when it was there, the first."""
    at = person("resume")
    if delay > RATE:
        at.sees("Outcome unknown", "leave it open")
        at.waits_until_keys_count()
    else:
        while "Outcome unknown" not in at.screen:
            at.type_at_once("n")
            at.reads(RATE)
    hold(at, "n", 30, delay=delay)
    at.sees("came too early for this question and was ignored", "leave it open")
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
    at.sees("arrived together with other input")
    assert at.everything.count("Outcome unknown") == 1
    at.type(CTRL_D)
    assert at.leaves() == 75


@pytest.mark.usefixtures("two_lost")
def test_pasted_line_settles_nothing_in_plain_lines(person: At, hitl: Hitl) -> None:
    """What does is typed after a number, which is another one for the next question."""
    at = person("resume", "--plain", lines=60)
    at.sees("Outcome unknown", r"\d{3} y: it ran", "Your answer: ?$")
    for line in ("y", "n", "a"):
        at.type_at_once(line + ENTER)
        at.sees(rf"(?s)Your answer: {line}\n+Unknown answer; nothing was decided\..*Your answer: ?$")
    first = number(at)
    at.type(f"{first} y" + ENTER)
    at.waits(lambda: at.everything.count("Outcome unknown") == 2, "the second question")
    second = number(at)
    if second != first:  # which they are almost always
        at.type_at_once(f"{first} y" + ENTER)
        at.sees(rf"(?s)Your answer: {first} y\n+Unknown answer; nothing was decided\. Answer {second} ")
    at.sees("Your answer: ?$")
    at.type(CTRL_D)
    assert at.leaves() == 75
    states = [each["state"] for each in json.loads(hitl("log", "--json").stdout)["commands"]]
    assert sorted(states) == ["finished", "unknown"]


@pytest.mark.parametrize("kept", [True, False])
def test_pasted_line_neither_ends_nor_keeps_what_runs_in_the_background(
    person: At, model: ModelServer, folder: Path, kept: bool
) -> None:
    """In plain lines each takes the number; an empty line is no answer."""
    waits = f"test -e {folder}/go"
    model.reply(Text(f"echo begun; for i in $(seq 400); do {waits} && break; sleep 0.02; done; touch ended"))
    at = person("run", "custom", "x", "--plain")
    at.sees("Your answer: ?$")
    at.type(number(at) + ENTER)
    at.sees("^begun")
    at.type(BACKGROUND)
    at.sees("still running in the background", r"\d{3}: ends it", "Your answer: ?$")
    for times, line in enumerate(("", "k"), 1):
        at.type_at_once(line + ENTER)
        at.waits(
            lambda times=times: at.everything.count("Unknown answer") == times,  # type: ignore[misc]
            "an answer",
        )
        at.sees("Your answer: ?$")
    at.type(f"{number(at)} {'k' if kept else ''}" + ENTER)
    assert at.leaves() == 0
    assert bool(marked(waits)) == kept
    if kept:
        (folder / "go").touch()
        wait_until((folder / "ended").exists)


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
    at.sees("Ctrl-D arrived too early and was ignored", "k keeps it running")
    at.type("k")
    assert at.leaves() == 0
    wait_until((folder / "ended").exists)
