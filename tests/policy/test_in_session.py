"""Rules in a session: what runs without a question, what never runs, and what is asked about all the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.shell.fence import why_unavailable
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

pytestmark = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())


@pytest.fixture
def rules(environment: dict[str, str]) -> Callable[[str], Path]:
    """Write the person's own rules."""

    def rules(text: str) -> Path:
        file = Path(environment["HOME"], ".config/hitl/rules.toml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return rules


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
    at.type("\x15true\r")
    assert at.leaves() == 0
    assert (folder / "notes").exists()
    assert [line.split()[-1] for line in hitl("log", "--by", "rule").stdout.splitlines()] != []
    assert "rm -rf notes" in hitl("log", "--by", "rule").stdout
    assert "true" not in hitl("log", "--by", "rule").stdout
    assert "wc* (" in hitl("show", "1").stdout
    assert "by rule" in hitl("show", "1").stdout
    assert "the journal is whole" not in hitl("log", "--verify").stderr
    assert hitl("log", "--verify").returncode == 0


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
    (line,) = hitl("log", "--by", "rule").stdout.splitlines()
    assert "sort -r notes" in line


def test_what_a_fence_held_is_asked_about(
    person: At, model: ModelServer, folder: Path, rules: Callable[[str], Path]
) -> None:
    """The model learns that the fence refused it something; the same command is a question the next time."""
    rules(f'allow = ["{folder}/report"]\n')
    (folder / "report").write_text("#!/bin/sh\necho x > report.txt\n")
    (folder / "report").chmod(0o755)
    model.reply(Calls.of(f"{folder}/report"), Calls.of(f"{folder}/report"), Text("done"))
    at = person("run", "agent", "report")
    at.sees("Runs without a question", r"^\$ /.*\n(.*\n)*✗ exit", r"Run this command\?")
    assert "it ran behind a fence, which refused it something" in model.tool_results()[0]
    assert not (folder / "report.txt").exists()
    at.type("\r")
    assert at.leaves() == 0
    assert (folder / "report.txt").read_text() == "x\n"


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
