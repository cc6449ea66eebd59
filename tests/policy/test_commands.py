"""`hitl policy` as a person or a script uses it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_cli.errors import ExitStatus
from tests.conftest import Hitl
from tests.journal.conftest import Writer

ASK, DENY = ExitStatus.UNDECIDED, ExitStatus.REJECTED


@pytest.fixture
def rules(bare_environment: dict[str, str]) -> Path:
    """The person's own rule file."""
    file = Path(bare_environment["HOME"]) / ".config" / "hitl" / "rules.toml"
    file.parent.mkdir(parents=True)
    file.write_text('allow = ["git status*", "ls*"]\n\n[[rule]]\ndeny = "rm -rf*"\nreason = "use trash"\n')
    return file


@pytest.fixture
def writer(bare_environment: dict[str, str], folder: Path) -> Iterator[Writer]:
    """Somebody who writes sessions into the person's journal."""
    writer = Writer(Path(bare_environment["HOME"]) / ".local" / "state" / "hitl", folder)
    yield writer
    writer.store.close()


def test_check_one_command(hitl: Hitl, rules: Path) -> None:
    """The verdict, the parts, the rule with its place, and what stands out; the exit status says which verdict."""
    allowed = hitl("policy", "check", "git status -s")
    assert (allowed.returncode, allowed.stdout) == (0, f"allow: git status* is allowed  ({rules}, line 1)\n")
    denied = hitl("policy", "check", "ls && sudo rm -rf ~")
    assert denied.returncode == DENY
    assert denied.stdout.startswith(f"deny: use trash  ({rules}, line 3)\n")
    assert "cannot be undone: removes the home folder: ~  (in: sudo rm -rf ~)" in denied.stdout
    asked = hitl("policy", "check", "git log")
    assert asked.returncode == ASK
    assert f"not git status*: it needs status, not log  ({rules}, line 1)" in asked.stdout


def test_check_without_rules_asks(hitl: Hitl) -> None:
    """Out of the box everything is asked about, also what only reads."""
    assert hitl("policy", "check", "ls").returncode == ASK
    assert hitl("policy", "check", "--allow-reads", "ls | wc -l").returncode == 0
    assert hitl("policy", "check", "--allow-reads", "touch x").returncode == ASK


def test_check_many_commands(hitl: Hitl, rules: Path, folder: Path) -> None:
    """One line of JSON for each; the strictest verdict is the exit status. NUL separates commands of several lines."""
    many = hitl("policy", "check", "-", stdin="ls\n\ngit status -s\ntouch x\n")
    assert many.returncode == ASK
    found = [json.loads(line) for line in many.stdout.splitlines()]
    assert [(each["command"], each["decision"]) for each in found] == [
        ("ls", "allow"), ("git status -s", "allow"), ("touch x", "ask"),
    ]  # fmt: skip
    assert found[0]["rule"]["line"] == 1
    (folder / "commands").write_bytes(b"ls\\\n -l\0ls\nrm -rf x\0")
    several = hitl("policy", "check", "--file", "commands")
    assert [json.loads(line)["decision"] for line in several.stdout.splitlines()] == ["allow", "deny"]
    assert several.returncode == DENY
    assert hitl("policy", "check", "-", stdin="ls\n").returncode == 0
    nothing = hitl("policy", "check", "-", stdin="\n")
    assert nothing.returncode == ExitStatus.USAGE
    assert "There is no command in standard input; nothing was checked." in nothing.stderr


def test_check_with_another_file_and_as_json(hitl: Hitl, rules: Path, folder: Path) -> None:
    """The file takes the place of the person's own; everything that the text shows is in the JSON."""
    (folder / "other.toml").write_text('[[rule]]\nallow = "touch*"\nwrites = ["build"]\n')
    found = hitl("policy", "check", "--policy", "other.toml", "--json", "touch build/a")
    assert found.returncode == 0
    values = json.loads(found.stdout)
    assert values["writes"] == [str(folder / "build")]
    assert (values["decision"], values["network"], values["destructive"]) == ("allow", False, False)
    assert values["parts"][0]["arguments"] == ["touch", "build/a"]
    assert hitl("policy", "check", "--policy", "other.toml", "ls").returncode == ASK
    missing = hitl("policy", "check", "--policy", "no.toml", "ls")
    assert missing.returncode == ExitStatus.USAGE
    assert "no.toml" in missing.stderr


@pytest.mark.parametrize("arguments", [["check", "ls"], ["list"], ["suggest"], ["add", "wc*"]])
def test_a_broken_file_ends_every_command(
    arguments: list[str], hitl: Hitl, rules: Path, writer: Writer
) -> None:
    """With the file, the line and what is wrong."""
    rules.write_text('allow = [\n  "ls*",\n  "find*",\n]\n')
    refused = hitl("policy", *arguments)
    assert refused.returncode == ExitStatus.USAGE
    assert f"{rules}, line 3: no rule can allow find" in refused.stderr


def test_what_is_in_the_way_here(hitl: Hitl, rules: Path, folder: Path) -> None:
    """The shell, PATH and the repository's settings count."""
    (folder / "ls").write_text("#!/bin/sh\n")
    (folder / "ls").chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    shadowed = hitl("policy", "check", "ls", env={"PATH": path})
    assert shadowed.returncode == ASK
    assert f"{folder}/ls" in shadowed.stdout
    assert hitl("policy", "check", "ls *.py", env={"SHELL": "/usr/bin/fish"}).returncode in (ASK, 0)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]\n\tfsmonitor = touch x\n")
    hostile = hitl("policy", "check", "git status")
    assert hostile.returncode == ASK
    assert "core.fsmonitor" in hostile.stdout


def test_add_list_and_remove(hitl: Hitl, rules: Path) -> None:
    """Comments stay; a rule that cannot exist is refused with the reason; the list has file and line."""
    rules.write_text("# my rules\n" + rules.read_text())
    assert hitl("policy", "add", "git log*").returncode == 0
    added = hitl("policy", "add", "touch*", "--writes", "./build", "--reason", "scratch\nfiles")
    assert added.stdout == f"Added allow touch* to {rules}\n"
    assert hitl("policy", "add", "git push*", "--ask").returncode == 0
    assert hitl("policy", "add", "ls*").stdout.startswith("Already there:")
    refused = hitl("policy", "add", "python3*")
    assert refused.returncode == ExitStatus.USAGE
    assert "an interpreter runs any code" in refused.stderr
    assert "a path where it may write is empty" in hitl("policy", "add", "touch x", "--writes", "").stderr
    assert rules.read_text().startswith("# my rules\n")
    listed = hitl("policy", "list").stdout
    assert f"allow  git log*  ({rules}, line 2)" in listed
    assert "allow  touch*; writes ./build; scratch files" in listed
    assert "ask    git push*" in listed
    values = json.loads(hitl("policy", "list", "--json").stdout)
    assert {each["rule"] for each in values["rules"]} >= {"ls*", "sudo*"}
    assert (values["reads"], values["project"]) == (False, None)
    for pattern in ("git log*", "touch*", "git push*", "rm -rf*"):
        assert hitl("policy", "remove", pattern).returncode == 0
    assert hitl("policy", "remove", "git log*").returncode == ExitStatus.USAGE
    assert rules.read_text().startswith('# my rules\nallow = ["git status*", "ls*"]\n')
    assert "touch" not in rules.read_text()
    assert hitl("policy", "test").returncode == 0


def test_a_list_of_rules_is_not_rewritten(hitl: Hitl, rules: Path) -> None:
    """A table cannot be added to a list in one line; the file stays as it is."""
    rules.write_text('rule = [{allow = "ls*"}]\n')
    refused = hitl("policy", "add", "touch*", "--writes", "build")
    assert refused.returncode == ExitStatus.USAGE
    assert "nothing was added" in refused.stderr
    assert rules.read_text() == 'rule = [{allow = "ls*"}]\n'


def test_test_checks_examples(hitl: Hitl, rules: Path) -> None:
    """Each problem in one line; the exit status says that there is one."""
    rules.write_text('[[rule]]\nallow = "ls*"\nmatch = ["ls -l"]\nno_match = ["ls x"]\n')
    found = hitl("policy", "test")
    assert found.returncode == ExitStatus.USAGE
    assert f"{rules}, line 1: the rule matches 'ls x'" in found.stdout


def test_a_project_is_trusted_until_its_rules_change(hitl: Hitl, folder: Path) -> None:
    """Before, only what it denies holds; the list says so."""
    (folder / ".hitl").mkdir()
    file = folder / ".hitl" / "rules.toml"
    file.write_text('allow = ["ls*"]\ndeny = ["cat*"]\n')
    assert hitl("policy", "check", "ls").returncode == ASK
    assert hitl("policy", "check", "cat x").returncode == DENY
    assert "not trusted: allow  ls*" in hitl("policy", "list").stdout
    trusted = hitl("policy", "trust")
    assert trusted.stdout.endswith(f"Trusted {file} as it is now.\n")
    assert "allow  ls*" in trusted.stdout
    assert hitl("policy", "check", "ls").returncode == 0
    assert hitl("policy", "add", "--project", "wc*").returncode == 0
    assert hitl("policy", "check", "ls | wc").returncode == 0
    file.write_text(file.read_text() + '[[rule]]\nallow = "id"\n')
    assert hitl("policy", "check", "ls").returncode == ASK
    assert "has changed since you trusted it" in hitl("policy", "list").stdout
    assert "It does not hold before you trust" in hitl("policy", "add", "--project", "wc*").stdout
    assert "trust" not in hitl("policy", "add", "--project", "--deny", "rm*").stdout


def test_trust_without_a_project(hitl: Hitl) -> None:
    """There is nothing to trust."""
    refused = hitl("policy", "trust")
    assert refused.returncode == ExitStatus.USAGE
    assert "nothing was trusted" in refused.stderr


def test_suggestions_from_the_journal(hitl: Hitl, rules: Path, writer: Writer) -> None:
    """What was approved unchanged most often, is still asked about, and can be allowed by a rule."""
    writer.ended(
        ["git log -3", "ls", "git log --stat", "python3 x.py", "make test", "rm -rf x", "git log -3 | wc -l"]
    )
    journal = writer.session()
    (edited,) = writer.propose(journal, "df -h")
    writer.decide(journal, edited, text="df")
    found = json.loads(hitl("policy", "suggest", "--json").stdout)
    assert [(each["pattern"], each["count"]) for each in found] == [
        ("git log*", 3),
        ("make test", 1),
        ("wc*", 1),
    ]
    assert found[0]["examples"] == ["git log -3", "git log --stat"]
    shown = hitl("policy", "suggest").stdout
    assert "   3  git log*" in shown
    hitl("policy", "add", "git log*")
    assert "git log" not in hitl("policy", "suggest").stdout
