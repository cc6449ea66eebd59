"""Commands that tools have been talked into running, and commands that nobody wants to be asked about.

Each row of the data has the allow rule under which it is judged. The judge works alone here: no fence, and nothing is
known about the repository.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.policy.judge import Policy, Verdict, judge
from hitl_cli.policy.rules import Decision, InvalidRuleError
from tests.policy.helpers import around, judged, rule

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file."""
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def can_exist(pattern: str) -> bool:
    """Return whether a rule that allows the pattern can be made."""
    try:
        rule(pattern)
    except InvalidRuleError:
        return False
    return True


def allowed(kind: str) -> list[str]:
    """Return the bypasses of a kind that the judge allows."""
    found = [row for row in rows("bypass.jsonl") if row["kind"] == kind]
    return [
        row["command"]
        for row in found
        if judged(row["command"], row["rule"], shell=row["shell"]).decision is Decision.ALLOW
    ]


def test_no_bypass_by_the_grammar_of_the_shell_is_allowed() -> None:
    """No compound, substitution, redirection, quoting or other syntax gets a command past its rule."""
    assert allowed("structural") == []


def test_options_that_write_or_run_something_are_not_allowed() -> None:
    """Only what git does because of the settings of a repository is invisible in a command."""
    assert allowed("semantic") == ["git diff HEAD~1"]


def test_harmless_commands_are_allowed() -> None:
    """At least 95 % of the commands whose rules can exist are allowed."""
    fair = [row for row in rows("benign.jsonl") if all(map(can_exist, row["rules"]))]
    assert len(fair) > 70
    asked = [
        row["command"] for row in fair if judged(row["command"], *row["rules"]).decision is not Decision.ALLOW
    ]
    assert len(asked) <= 0.05 * len(fair), asked


def test_more_commands_of_these_kinds_are_asked_about() -> None:
    """More options, wrappers, redirections and forms of the same kinds are neither allowed by a rule nor pure reads."""
    wrong = [
        row
        for row in rows("asked.jsonl")
        for reads in (False, True)
        if judged(row["command"], row["rule"], reads=reads).decision is Decision.ALLOW
    ]
    assert wrong == []


def test_more_harmless_commands_are_allowed() -> None:
    """Usual commands are allowed with their rule, pipes and lists included."""
    others = (
        "ls*",
        "wc*",
        "head*",
        "sort*",
        "uniq*",
        "grep*",
        "cat*",
        "echo*",
        "git ls-files*",
        "cd*",
        "find . -name*",
    )
    asked = {
        row["command"]: verdict.why
        for row in rows("allowed.jsonl")
        if (verdict := judged(row["command"], row["rule"], *others)).decision is not Decision.ALLOW
    }
    assert asked == {}


@pytest.mark.parametrize("kind", ["structural", "semantic"])
def test_no_bypass_is_a_pure_read(kind: str) -> None:
    """With reads allowed and no rules, no bypass is allowed either, but for that of the repository's settings."""
    found = [row for row in rows("bypass.jsonl") if row["kind"] == kind]
    verdicts = {
        row["command"]: judged(row["command"], reads=True, shell=row["shell"]).decision for row in found
    }
    assert {command for command, decision in verdicts.items() if decision is Decision.ALLOW} <= {
        "git diff HEAD~1"
    }


EVERY = pytest.param(1, marks=pytest.mark.slow)


def lines(name: str) -> list[str]:
    """Return the commands of a file that has one on each line."""
    return (DATA / name).read_text().splitlines()


@pytest.mark.parametrize("every", [5, EVERY])
def test_what_a_program_can_be_made_to_do_is_asked_about(every: int) -> None:
    """Neither a rule that a person would write nor allowed reads make it run: many programs, many forms."""
    wrong = [
        command
        for row in rows("more_asked.jsonl")[::every]
        for command in row["commands"]
        if judged(command, row["rule"], reads=True).decision is Decision.ALLOW
    ]
    assert wrong == []


@pytest.mark.parametrize("every", [5, EVERY])
def test_everyday_commands_are_allowed(every: int) -> None:
    """Those of developers and administrators, with the rules that a person would write for them."""
    asked = {
        command: verdict.why
        for row in rows("more_allowed.jsonl")[::every]
        for command in row["commands"]
        if not (verdict := judged_with(command, row)).is_allowed
    }
    assert asked == {}


def judged_with(command: str, row: dict[str, Any]) -> Verdict:
    """Return the verdict under the rules of a row, the first of which may use the network if the row says so."""
    network = [row.get("network", False), *[False] * len(row["rules"])]
    made = tuple(rule(each, network=may) for each, may in zip(row["rules"], network, strict=False))
    return judge(command, Policy(made), around())


@pytest.mark.parametrize("every", [5, EVERY])
def test_what_reads_is_told_from_what_only_looks_like_it(every: int) -> None:
    """Without a rule: what shows variables or secrets, changes something, waits for input or never ends is no read."""
    assert [each for each in lines("reads.txt")[::every] if not judged(each, reads=True).is_allowed] == []
    assert [each for each in lines("not_reads.txt")[::every] if judged(each, reads=True).is_allowed] == []
