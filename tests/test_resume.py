"""`hitl resume` at a terminal: the program ends with unfinished work, and a person resumes it."""

import re
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.resuming import (
    CTRL_D,
    CTRL_U,
    ENTER,
    ESC,
    HOW_TO_CONTINUE,
    At,
    guardians_of,
    journal,
    kill,
    plain,
    presses,
    wait_until,
)
from tests.review.test_plain import number
from tests.terminal import Person


def test_question_comes_back_with_its_edit(person: At, model: ModelServer, folder: Path) -> None:
    """Killed at the question: the same command, as the person had it on the line; what then runs, runs once."""
    model.reply(Calls.of("echo first >> ran"), Text("Done."))
    at = person("run", "agent", "go")
    at.sees(r"\$ echo first >> ran")
    at.type(CTRL_U + "echo edited >> ran")
    at.sees("edited >> ran")
    wait_until(lambda: journal(folder, "SELECT draft FROM questions") == [('"echo edited >> ran"',)])
    at.signal(signal.SIGKILL)
    assert at.leaves() == 128 + signal.SIGKILL
    again = person("resume")
    again.approves("echo edited >> ran")
    assert again.leaves() == 0
    assert " s · edited: first → edited" in again.everything
    assert (folder / "ran").read_text() == "edited\n"
    assert "What ran is:\necho edited >> ran" in model.tool_results()[0]
    third = person("resume")
    third.sees("^>$")
    third.type(CTRL_D)
    assert third.leaves() == 0
    assert (folder / "ran").read_text() == "edited\n"


@pytest.mark.parametrize(
    ("leave", "status"), [(CTRL_D, 75), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_leaving_at_the_question_says_how_to_come_back(
    person: At, model: ModelServer, leave: Any, status: int
) -> None:
    """Nothing runs, what waits is kept, and the sentence that says so can be copied."""
    model.reply(Text("touch made"))
    at = person("run", "custom", "go", columns=120)
    at.sees(r"\$ touch made")
    at.type(leave) if isinstance(leave, str) else at.signal(leave)
    assert at.leaves() == status
    if leave is not signal.SIGHUP:
        (told,) = re.findall(HOW_TO_CONTINUE, plain(at))
        again = person(*told.split()[1:])
    else:
        again = person("resume")
    again.sees(r"\$ touch made")
    again.type(ESC)
    again.sees(r"Why not")
    again.type(ENTER)
    assert again.leaves() == 77


def test_closing_the_window_keeps_the_question(person: At, model: ModelServer, folder: Path) -> None:
    """The terminal is gone, and nobody can decide; the question is saved."""
    model.reply(Text("touch made"))
    at = person("run", "custom", "go")
    at.sees(r"\$ touch made")
    assert at.hang_up() == 129
    again = person("resume", "--plain")
    screen = again.sees("touch made", r"To run it, type \d+", "Your answer: ?$")
    again.type(re.findall(r"To run it, type (\d+)", screen)[0] + ENTER)
    assert again.leaves() == 0
    assert (folder / "made").exists()


def test_killed_while_a_command_runs(person: At, model: ModelServer, folder: Path) -> None:
    """Its guardian ends it and knows how it ended: nobody is asked, and it does not run again."""
    model.reply(Calls.of("echo ran >> ran; echo shown; sleep 60"), Text("I see."))
    at = person("run", "agent", "go")
    at.approves("echo ran")
    at.sees("^shown")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    assert again.leaves() == 0
    assert (folder / "ran").read_text() == "ran\n"
    (result,) = model.tool_results()
    assert "shown" in result
    assert "it was ended because hitl had ended" in result


@pytest.mark.parametrize(
    ("answer", "told"), [("y", "says that it ran"), ("n", "did not run"), ("a", "Exit status: 0")]
)
def test_nobody_knows_how_it_ended(
    person: At, model: ModelServer, folder: Path, answer: str, told: str
) -> None:
    """Program and guardian were killed at once: the person says what became of the command."""
    model.reply(Calls.of("echo ran >> ran; echo shown; test -e quick || sleep 60"), Text("I see."))
    at = person("run", "agent", "go")
    at.approves("echo ran")
    at.sees("^shown")
    kill(psutil.Process(at.pid), *guardians_of(at))
    at.leaves()
    again = person("resume")
    again.sees("Outcome unknown · command 1", "It has no running process", "Its last output:", "^│? ?shown")
    presses(again, answer)
    if answer == "a":
        again.sees(r"you chose to be asked", r"\$ echo ran")
        (folder / "quick").touch()
        again.type(ENTER)
    assert again.leaves() == (77 if answer == "n" else 0)
    assert told in model.tool_results()[0]
    assert not re.search(r"outcome unknown · \d", again.everything)
    assert (folder / "ran").read_text() == "ran\n" * (1 + (answer == "a"))


def test_unknown_outcome_stays_unknown_until_somebody_says(
    person: At, hitl: Hitl, model: ModelServer, folder: Path
) -> None:
    """Neither Ctrl-D nor a program without a terminal decides it."""
    model.reply(Text("echo ran >> ran; sleep 60"))
    at = person("run", "custom", "go")
    at.approves("echo ran")
    wait_until(lambda: (folder / "ran").exists() and (folder / "ran").read_text() != "")
    kill(*guardians_of(at), psutil.Process(at.pid))
    at.leaves()
    found = hitl("resume")
    assert found.returncode == 75
    assert re.search(HOW_TO_CONTINUE, found.stderr)
    again = person("resume")
    again.sees("Outcome unknown")
    presses(again, CTRL_D)
    assert again.leaves() == 75
    assert re.search(HOW_TO_CONTINUE, plain(again))
    third = person("resume", "--plain")
    third.sees("Outcome unknown", "Your answer: ?$")
    third.type("maybe" + ENTER)
    third.sees("Unknown answer", r"(?s)Unknown answer.*Your answer: ?$")
    third.type(f"{number(third)} y" + ENTER)
    assert third.leaves() == 76
    assert (folder / "ran").read_text() == "ran\n"


def test_killed_guardian_and_killed_shell_are_outcomes(person: At, model: ModelServer) -> None:
    """The program lives and sees it; nothing is unknown."""
    model.reply(Calls.of("echo one; sleep 60"), Calls.of("echo two; kill -9 $$"), Text("I see."))
    at = person("run", "agent", "go")
    at.approves("echo one")
    at.sees("^one")
    guardians_of(at)[0].kill()
    at.approves("echo two")
    assert at.leaves() == 0
    assert ["137" in result for result in model.tool_results()] == [True, True]


def test_command_that_cannot_start_is_not_left_running(person: At, model: ModelServer, folder: Path) -> None:
    """Its start was written down, and then the system would not: the journal says that it did not run."""
    (folder / "bash").symlink_to("/bin/bash")
    model.reply(Calls.of("rm bash"), Calls.of("echo ran >> ran"), Text("I see."))
    at = person("run", "agent", "go", env={"SHELL": str(folder / "bash")})
    at.approves("rm bash")
    at.approves("echo ran")
    assert at.leaves() == 0
    assert "Cannot start" in model.tool_results()[-1]
    assert journal(folder, "SELECT state FROM commands ORDER BY number") == [
        ("finished",),
        ("dropped",),
    ]
    assert not (folder / "ran").exists()


def test_of_a_batch_only_what_is_open_is_asked(person: At, model: ModelServer, folder: Path) -> None:
    """Ran, rejected and answered are told to the model as they were; the two that waited are asked."""
    model.reply(
        Calls.of(*(f"echo {name} >> ran" for name in ("one", "two", "three", "four", "five"))), Text("I see.")
    )
    at = person("run", "agent", "go")
    at.sees(r"\$ echo one", "1 of 5")
    at.type(ENTER)
    at.sees(r"\$ echo two")
    at.type(ESC)
    at.sees(r"Why not")
    at.type("not two" + ENTER)
    at.sees(r"\$ echo three")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    again.sees(r"\$ echo three", "1 of 3")
    again.type(ENTER)
    again.sees(r"\$ echo four", "2 of 3")
    again.signal(signal.SIGKILL)
    again.leaves()
    third = person("resume")
    third.sees(r"\$ echo four", "1 of 2")
    third.type(ENTER)
    third.sees(r"\$ echo five", "2 of 2")
    third.type(ENTER)
    assert third.leaves() == 0
    assert (folder / "ran").read_text() == "one\nthree\nfour\nfive\n"
    results = model.tool_results()
    assert len(results) == 5
    assert sum("They said: not two" in result for result in results) == 1
    assert sorted(message["tool_call_id"] for message in model.messages() if message["role"] == "tool") == [
        f"call_{number}" for number in range(5)
    ]


def test_conversation_continues_with_its_memory(person: At, model: ModelServer, folder: Path) -> None:
    """The same tool-call id in every turn, a crash in the middle of one: the model is sent all of it, unbroken."""
    for word in ("one", "two", "three"):
        model.reply(Calls.of(f"echo {word} >> ran"), Text(f"Did {word}."))
    model.reply(Text("Three times."))
    at = person("run", "agent")
    for word in ("one", "two"):
        at.says(f"do {word}")
        at.approves(f"echo {word}")
        at.sees(rf"Did {word}\.[^>]*^>$")
    at.type("do three" + ENTER)
    at.sees(r"\$ echo three")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    again.approves("echo three")
    again.sees(r"Did three\.[^>]*^>$")
    again.type("how often" + ENTER)
    again.sees(r"Three times\.[^>]*^>$")
    again.type(CTRL_D)
    assert again.leaves() == 0
    assert (folder / "ran").read_text() == "one\ntwo\nthree\n"
    said = [(each["role"], each["content"]) for each in model.messages() if each["role"] != "system"]
    assert [role for role, _ in said] == ["user", "assistant", "tool", "assistant"] * 3 + ["user"]
    assert [text for role, text in said if role == "user"] == ["do one", "do two", "do three", "how often"]


def in_background(person: At, model: ModelServer) -> Person:
    """Return a person in a conversation who has sent a command to the background; the model says one thing more."""
    model.reply(Calls.of("echo back; sleep 60"), Text("It runs."), Text("I see."))
    at = person("run", "agent")
    at.says("go")
    at.approves("echo back")
    at.sees("^back")
    at.type("\x1d")
    at.sees(r"It runs\.[^>]*^>$")
    return at


def test_background_command_outlives_no_crash_unseen(person: At, model: ModelServer, folder: Path) -> None:
    """What ran in the background when the program was killed was ended; its turn is over, and the next one is told."""
    at = in_background(person, model)
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    again.says("and now")
    again.sees(r"I see\.[^>]*^>$")
    again.type(CTRL_D)
    assert again.leaves() == 0
    assert "Background job 1 has ended" in model.messages()[-1]["content"]
    assert journal(folder, "SELECT state FROM commands") == [("finished",)]


def test_model_learns_that_the_end_of_the_session_ended_a_command(
    person: At, model: ModelServer, folder: Path
) -> None:
    """It was told that it runs in the background, and nothing else when the person left."""
    at = in_background(person, model)
    at.type(CTRL_D)
    at.sees("Enter ends it")
    at.type(ENTER)
    assert at.leaves() == 0
    assert journal(folder, "SELECT state FROM commands") == [("finished",)]
    again = person("resume")
    again.says("and now")
    again.sees(r"I see\.[^>]*^>$")
    again.type(CTRL_D)
    assert again.leaves() == 0
    *_, news, prompt = (each["content"] for each in model.messages())
    assert "Background job 1 has ended: echo back; sleep 60" in news
    assert "ended by hitl when the session ended" in news
    assert prompt == "and now"


def test_two_resume_at_once(person: At, hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """One has the session; the other says which process that is, and changes nothing."""
    model.reply(Text("echo ran >> ran"))
    at = person("run", "custom", "go")
    at.sees(r"\$ echo ran")
    busy = hitl("resume")
    assert busy.returncode == 74
    assert f"process {at.pid}" in busy.stderr
    at.signal(signal.SIGKILL)
    at.leaves()
    one, other = person("resume", columns=200), person("resume", columns=200)
    wait_until(lambda: journal(folder, "SELECT process FROM owners")[0][0] in (one.pid, other.pid))
    winner, loser = (
        (one, other) if journal(folder, "SELECT process FROM owners") == [(one.pid,)] else (other, one)
    )
    assert loser.leaves() == 74
    assert f"is open in another hitl, process {winner.pid}" in plain(loser)
    winner.approves("echo ran")
    assert winner.leaves() == 0
    assert (folder / "ran").read_text() == "ran\n"


def test_without_a_terminal_it_stays_pending(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """Run and resume in a script: 75 each time, and the same question waits."""
    model.reply(Text("touch made"))
    assert hitl("run", "custom", "go").returncode == 75
    for _ in range(2):
        found = hitl("resume")
        assert found.returncode == 75
        assert re.search(HOW_TO_CONTINUE, found.stderr)
    assert journal(folder, "SELECT state FROM commands") == [("waiting",)]
    assert not (folder / "made").exists()


def test_what_waits_goes_before_what_is_newer(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """Without an id, the session with the open question comes back, and not one that ended after it."""
    model.reply(Text("echo waits"), Text(""))
    assert hitl("run", "custom", "first").returncode == 75
    (waiting,) = journal(folder, "SELECT id FROM sessions")[0]
    assert hitl("run", "custom", "second").returncode == 69
    found = hitl("resume")
    assert found.returncode == 75
    assert f"hitl resume {waiting}" in found.stderr


def test_nothing_waits_and_nobody_is_there(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """A program that has nothing to do says so."""
    model.reply(Text(""))
    assert hitl("run", "custom", "first").returncode == 69
    found = hitl("resume")
    assert found.returncode == 2
    assert "Nothing is pending in session" in found.stderr


def test_nothing_to_resume(hitl: Hitl, model: ModelServer) -> None:
    """Neither in this folder nor under that id."""
    for arguments in (["resume"], ["resume", "abcd"], ["resume", ""]):
        found = hitl(*arguments)
        assert found.returncode == 2
        assert "hitl sessions --all" in found.stderr
        assert "Traceback" not in found.stderr
