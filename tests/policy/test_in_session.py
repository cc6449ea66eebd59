"""Rules in a session: what runs without a question, what never runs, and what is asked about all the same."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.shell.fence import why_unavailable
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import ENTER
from tests.review.test_plain import number
from tests.terminal import Person

At = Callable[..., Person]

pytestmark = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())


def test_allowed_denied_and_asked(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """An allowed command runs fenced, with a line that names the rule; a denied one is told to the model."""
    file = rules(
        'allow = ["wc*", "touch*"]\ndeny = ["rm -rf*"]\n[[rule]]\nallow = "touch out/*"\nwrites = ["./out"]\n'
    )
    (folder / "notes").write_text("one\ntwo\n")
    (folder / "out").mkdir()
    model.reply(
        Calls.of("wc -l notes"),
        Calls.of("rm -rf notes"),
        Calls.of("touch out/made"),
        Calls.of("wc -l notes && touch made"),
        Calls.of("wc -c notes", "wc -w notes"),
        Text("done"),
    )
    at = person("run", "agent", "look")
    at.sees(
        r"\$ wc -l notes\n2 notes\n✓ exit 0",
        r"\$ touch out/made\n✓ exit 0",
        r"\$ wc -l notes && touch made",
    )
    shown = " ".join(at.screen.split())
    assert f"Runs without a question, behind a fence: wc* ({file}, line 1)" in shown
    assert f"the model was told: A rule denies rm -rf* ({file}, line 2)." in shown
    assert "A rule denies rm -rf*" in model.tool_results()[1]
    assert (folder / "out/made").exists()
    at.type("\x15rm -r -f notes\r")
    at.sees(r"Nothing ran: .*rm -rf\*")
    rules('deny = ["wc -c*"]\n')
    at.type("\x15true\r")
    at.sees(r"the model was told: A rule denies wc -c\*", "^\\$ wc -w notes", "all keys")
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "notes").exists()
    assert [line.split()[-1] for line in hitl("log", "--by", "rule").stdout.splitlines()] != []
    assert "rm -rf notes" in hitl("log", "--by", "rule").stdout
    assert "true" not in hitl("log", "--by", "rule").stdout
    assert "wc* (" in hitl("show", "1").stdout
    assert "by rule" in hitl("show", "1").stdout
    assert "the journal is whole" not in hitl("log", "--verify").stderr
    assert hitl("log", "--verify").returncode == 0


def test_rules_that_break_meanwhile(
    person: At, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """The person is told, and asked about what a rule would have decided."""
    rules('allow = ["wc*"]\n')
    model.reply(Calls.of("true"), Calls.of("wc -l notes"), Text("done"))
    at = person("run", "agent", "look")
    at.sees(r"^\$ true", "all keys")
    rules("alow = []\n")
    at.type(ENTER)
    at.sees("line 1: unknown key 'alow'", r"^\$ wc -l notes", "all keys")
    at.type(ENTER)
    assert at.leaves() == 0


def test_reads_run_without_a_terminal(
    hitl: Hitl, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """They change nothing and read no secret; whatever does more needs a person."""
    rules('secrets = ["~/mine"]\n')
    (folder / "notes").write_text("one\ntwo\n")
    (folder.parent / "home/mine").write_text("a secret")
    model.reply(Calls.of("sort -r notes; cat ~/mine"), Calls.of("touch notes"))
    ended = hitl("run", "agent", "look", "--allow-reads")
    assert ended.returncode == 75, ended.stderr
    assert ended.stdout == f"two\none\ncat: {folder.parent}/home/mine: Permission denied\n"
    assert "Runs without a question, behind a fence: it only reads" in ended.stderr
    assert "A command was proposed. It did not run" in ended.stderr
    assert "nobody is there to decide whether it runs without the fence" in model.tool_results()[0]
    (line,) = hitl("log", "--by", "rule").stdout.splitlines()
    assert "sort -r notes" in line


@pytest.fixture
def report(folder: Path, rules: Callable[[str], Path]) -> str:
    """A program that a rule allows, and that writes what the rule does not let it write."""
    rules(f'allow = ["{folder}/report*"]\n')
    (folder / "report").write_text(
        "#!/bin/sh\necho begun $1\necho x >> report.txt || exit 3\necho ended $1\n"
    )
    (folder / "report").chmod(0o755)
    return f"{folder}/report"


def test_what_a_fence_held_is_offered_without_it(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, report: str
) -> None:
    """At once, as a question of its own; the model gets the result of what the person decided."""
    model.reply(Calls.of(f"{report} one"), Calls.of(f"{report} two"), Text("done"))
    at = person("run", "agent", "report", columns=120)
    at.sees("begun one", "✗ exit 3", r"Run this command\?")
    shown = " ".join(at.screen.split())
    assert re.search(
        r'It ran in the fence and was stopped at "[^"]*denied". What it did up to there, reading', shown
    )
    assert not (folder / "report.txt").exists()
    at.type("\r")
    at.sees("begun two", r"Run this command\?")
    assert "ended one" in at.everything
    at.type("\x1b")
    at.sees("Why not")
    at.type("not needed\r")
    assert at.leaves() == 0
    assert (folder / "report.txt").read_text() == "x\n"
    first, second = model.tool_results()
    assert "Exit status: 0" in first
    assert "Note: a fence stopped a first run of it, and the person let it run without one" in first
    assert "ended one" in first
    assert "Exit status: 3" in second
    assert "the person did not want it to run without the fence: not needed" in second
    assert "ended two" not in second
    log = hitl("log").stdout
    assert len([line for line in log.splitlines() if "report" in line]) == 4
    assert len(hitl("log", "--by", "rule").stdout.splitlines()) == 2
    assert "denied" in hitl("show", "1").stdout
    assert "without the fence that stopped command 1" in hitl("show", "2").stdout
    assert re.search(r"digest +[0-9a-f]{64}", hitl("show", "2").stdout)
    assert hitl("log", "--verify").returncode == 0


def test_killed_at_the_question_about_a_held_command(
    person: At, model: ModelServer, folder: Path, report: str
) -> None:
    """Nothing runs again by itself: the question is there again, after a kill, and after it was left open."""
    model.reply(Calls.of(f"{report} one", "true"), Text("done"))
    at = person("run", "agent", "report")
    at.sees("begun one", r"Run this command\?")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    again.sees(r"Run this command\?", "hitl show 1")
    assert "Runs without a question" not in again.everything
    again.type("\x04")
    assert again.leaves() == 75
    assert not (folder / "report.txt").exists()
    plain = person("resume", "--plain", columns=120)
    plain.sees("It ran in the fence", "Your answer: ?$")
    plain.type(number(plain) + "\r")
    plain.sees("ended one", "^1: true$", "Your answer: ?$")
    plain.type("x\r")
    plain.sees("Why\\?")
    plain.type("\r")
    assert plain.leaves() == 0
    assert (folder / "report.txt").read_text() == "x\n"
    ran, rejected = sorted(model.tool_results())
    assert "ended one" in ran
    assert "rejected" in rejected


def test_broken_rules_are_refused(hitl: Hitl, model: ModelServer, rules: Callable[[str], Path]) -> None:
    """No command is proposed; the sentence names file and line."""
    file = rules('allow = ["git status*"]\nalow = ["ls"]\n')
    ended = hitl("run", "agent", "look")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"hitl: {file}, line 2: unknown key 'alow'")
    assert model.requests == []


def test_another_file_of_rules_for_one_run(
    hitl: Hitl, model: ModelServer, folder: Path, tmp_path: Path
) -> None:
    """It takes the place of the person's own."""
    (folder / "one-run.toml").write_text('allow = ["echo*"]\n')
    model.reply(Text("echo hello"))
    ended = hitl("run", "custom", "greet", "--policy", "one-run.toml")
    assert (ended.returncode, ended.stdout) == (0, "hello\n")
    missing = hitl("run", "custom", "greet", "--policy", "none.toml")
    assert missing.returncode == 2
    assert "none.toml" in missing.stderr
