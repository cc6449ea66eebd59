"""Requests that are piped in, results that go to a file, and no terminal at all."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HITL, Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]


def shell_line(environment: dict[str, str], folder: Path, line: str) -> Person:
    """Run a line of shell at a terminal, in which `$hitl` is the program."""
    return Person(["/bin/bash", "-c", line], {**environment, "hitl": " ".join(HITL)}, folder)


def test_piped_request_is_decided_at_the_terminal(
    environment: dict[str, str], folder: Path, model: ModelServer
) -> None:
    """The request comes from the pipe, the decision from the keyboard."""
    model.reply(Text("echo decided"))
    at = shell_line(environment, folder, "echo 'do it' | $hitl run custom; echo status $?")
    at.approves("echo decided")
    at.sees("status 0")
    assert "$ echo decided\ndecided\n✓ exit 0 · " in at.screen
    assert "do it" in str(model.messages())
    at.close()


def test_results_go_to_the_file_and_questions_to_the_terminal(
    environment: dict[str, str], folder: Path, model: ModelServer
) -> None:
    """Standard output holds the model's text and the command's output, and nothing else."""
    model.reply(Calls.of("echo from the command", text="Let me *see*."), Text("That was it."))
    at = shell_line(environment, folder, "$hitl run agent x > out.txt; echo status $?")
    at.approves("echo from the command")
    at.sees(r"\$ echo from the command\n✓ exit 0", "tokens: ", "status 0")
    at.close()
    assert (folder / "out.txt").read_text() == "Let me *see*.\nfrom the command\nThat was it.\n"


@pytest.mark.slow
def test_what_goes_through_a_pipe_to_the_terminal_stands_by_itself(
    environment: dict[str, str], folder: Path, model: ModelServer
) -> None:
    """The waiting line has gone before the model's text comes back from the program in the pipe."""
    model.reply(Text("hello there"))
    at = shell_line(environment, folder, "$hitl run agent x | cat; echo status $?")
    at.sees("status 0")
    assert re.search("^hello there$", at.screen, re.MULTILINE), at.screen
    assert "waiting" not in at.screen
    at.close()


def test_emoji_is_shown_whole_although_it_comes_in_pieces(person: At, model: ModelServer) -> None:
    """The scripted model sends seven characters at a time, which cuts the family in the middle."""
    family = "👩\u200d👩\u200d👧"
    model.reply(Text(f"a fam {family} and 12345 {family}"))
    at = person("run", "agent", "x")
    assert at.leaves() == 0
    assert "⟦" not in at.screen
    assert f"a fam {family} and 12345 {family}" in at.raw.decode()


def test_reader_that_leaves(environment: dict[str, str], folder: Path, model: ModelServer) -> None:
    """`| head` ends the program as it ends others, without a traceback."""
    model.reply(Text("seq 1 200000"))
    at = shell_line(environment, folder, "$hitl run custom x | head -n 1; echo status ${PIPESTATUS[0]}")
    at.approves("seq")
    at.sees("^1$", "status 141")
    assert "Traceback" not in at.everything
    at.close()


@pytest.mark.slow
def test_reader_that_leaves_while_the_command_runs(
    person: At, hitl: Hitl, environment: dict[str, str], folder: Path, model: ModelServer
) -> None:
    """The command is ended and recorded as what it was; a resumed session says the same."""
    model.reply(Calls.of("seq 1 100000; sleep 60; touch made"), Text("It was ended."))
    at = shell_line(environment, folder, "$hitl run agent x | head -n 1; echo status ${PIPESTATUS[0]}")
    at.approves("seq")
    assert at.leaves() == 0
    said = "".join([at.everything, *(hitl(*verb).stdout for verb in (["log"], ["show", "1"], ["sessions"]))])
    assert "status 141" in said
    assert "✓" not in said
    assert "ended by hitl when its output could no longer be read" in said
    assert not re.search("call of .* failed|Traceback|running|unknown", said)
    again = person("resume")
    assert again.leaves() == 0
    assert "It was ended." in again.everything
    assert "its output could no longer be read" in model.tool_results()[0]
    assert "killed" not in model.tool_results()[0]
    assert list(folder.iterdir()) == []


def test_reader_that_leaves_a_list(environment: dict[str, str], folder: Path) -> None:
    """A reader that wants only the beginning of a list ends the program that prints it, silently."""
    at = shell_line(environment, folder, "$hitl catalogue list | head -n 1; echo status ${PIPESTATUS[0]}")
    assert at.leaves() == 0
    assert "status 141" in at.screen
    assert "Traceback" not in at.screen


@pytest.mark.parametrize("answers", [None, "", "y\ny\ny\n"])
def test_without_a_terminal_nothing_runs(
    hitl: Hitl, model: ModelServer, folder: Path, answers: str | None
) -> None:
    """Nobody can decide; what is piped in decides nothing."""
    model.reply(Text("touch made"))
    ended = hitl("run", "custom", "make it", stdin=answers)
    assert ended.returncode == 75
    assert (
        "hitl: A command was proposed. It did not run, because there is no terminal to ask you"
        in ended.stderr
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], [os.fsdecode(b"count \xff files")]])
def test_request_that_is_no_text(
    environment: dict[str, str], folder: Path, model: ModelServer, arguments: list[str]
) -> None:
    """One sentence, whether it is an argument or comes from a pipe; the model is not asked."""
    ended = subprocess.run(
        [*HITL, "run", "custom", *arguments],
        input=b"count \xff",
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 2
    assert b"not valid UTF-8 text; nothing ran" in ended.stderr
    assert ended.stderr.count(b"\n") == 1
    assert not model.requests


def test_closed_standard_streams(environment: dict[str, str], folder: Path, model: ModelServer) -> None:
    """A process without standard input, output and error still runs nothing and says so with its status."""
    model.reply(Text("touch made"))
    line = f'exec "{sys.executable}" -m hitl_cli run custom x <&- >&- 2>&-'
    ended = subprocess.run(
        ["/bin/sh", "-c", line], env=environment, cwd=folder, start_new_session=True, timeout=60, check=False
    )
    assert ended.returncode == 75
    assert list(folder.iterdir()) == []


def test_conversation_needs_a_terminal(hitl: Hitl) -> None:
    """Neither a request nor a terminal: the sentence says how to give one."""
    ended = hitl("run", "agent")
    assert ended.returncode == 2
    assert "There is no request, and no terminal for a conversation" in ended.stderr


def test_text_without_a_question_needs_no_terminal(hitl: Hitl, model: ModelServer) -> None:
    """A run that proposes nothing is complete without a person."""
    model.reply(Text("Nothing needs to be run for *that*."))
    ended = hitl("run", "agent", "x")
    assert (ended.returncode, ended.stdout) == (0, "Nothing needs to be run for *that*.\n")


def test_control_characters_of_the_model_never_reach_the_terminal(person: At, model: ModelServer) -> None:
    """What would colour, hide or move is shown as a label, in prose and in a proposal."""
    model.reply(
        Calls.of("ls \u202egnp.exe", text="red \x1b[31m and \u200b hidden \x9b2J"),
        Text("bye \x1b]0;title\x07"),
    )
    at = person("run", "agent", "x")
    at.sees(r"⟦U\+001B⟧\[31m", r"⟦U\+200B⟧", r"⟦U\+009B⟧2J", r"\$ ls ⟦U\+202E⟧gnp\.exe")
    at.type("\x03")
    at.sees(r"Why not")
    at.type("\r")
    at.leaves()
    assert "bye ⟦U+001B⟧]0;title⟦U+0007⟧" in at.screen
    text = at.raw.decode()
    assert not any(hidden in text for hidden in ("\x1b[31m", "\u200b", "\x9b", "\u202e", "\x1b]0;title"))
