"""The rules that are proposed for a command: narrow, honest about what they allow, and none where none can be."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from hitl_cli.policy.changing import NewRule, RuleFile, as_written
from hitl_cli.policy.files import read_file
from hitl_cli.policy.judge import Policy, judge
from hitl_cli.policy.proposals import NoRuleError, newly_allowed, proposals
from hitl_cli.policy.rules import Decision
from tests.policy.helpers import HOME, around, rule
from tests.policy.test_fuzz import COMMANDS

NONE = Policy()


@pytest.mark.parametrize(
    ("command", "patterns"),
    [
        ("git status -s", ["git status -s", "git status -s", "git status*", "git status*"]),
        ("ls *.py", ["ls*", "ls*"]),
        ("npm run build", ["npm run build"] * 3 + ["npm run build*"] * 2),
        ("pytest -q", ["pytest -q"] * 3),
        ("touch 'a b'", ["touch 'a b'"]),
        ("./check", ["./check"] * 2),
        ("git status && npm test", ["git status, npm test"] * 3 + ["git status*, npm test*"] * 2),
        ("kubectl get pods", ["kubectl get pods"] * 2),
    ],
)
def test_the_narrowest_first(command: str, patterns: list[str]) -> None:
    """Exact words come before other arguments, this folder before any; what may write is for one folder."""
    found = proposals(command, NONE, around())
    assert [each.patterns for each in found] == patterns
    for each in found:
        assert all(new.folder == "~/work" for new in each.new) or "in any folder" in each.breadth
        assert not any(new.writes for new in each.new) or "in this folder" in each.breadth
        policy = Policy(each.rules(HOME))
        examples = newly_allowed(each, command, NONE, around())
        assert (examples[0], len(examples)) == (command, 3)
        for example in examples:
            assert judge(example, NONE, around()).decision is Decision.ASK
            assert judge(example, policy, around()).is_allowed
        if "these words only" in each.breadth:
            assert not judge(f"{command} more", policy, around()).is_allowed


def test_what_is_allowed_already_is_no_example() -> None:
    """Only parts that no rule allows get one, and an example is a command that is asked about today."""
    policy = Policy((rule("git status*"),))
    (here, anywhere, *_) = proposals("git status && wc -l x", policy, around())
    assert here.patterns == anywhere.patterns == "wc -l x"
    reads = Policy(reads=True)
    assert "cat" not in newly_allowed(proposals("./x", reads, around())[0], "./x", reads, around())


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("python3 x.py", "an interpreter runs any code"),
        ("vim x", "an editor can write any file"),
        ("sudo ls", "it runs the command in its arguments"),
        ("timeout 5 ls", "it runs the command in its arguments"),
        ("git *", "git has subcommands"),
        ("git commit -m x", "git commit runs hooks"),
        ("for f in *; do ls; done", "it uses a for loop"),
        ("echo $USER", "depends on a variable"),
        ("echo hi > made", "it redirects with >"),
        ("rm -rf ~", "removes the home folder: ~, and that cannot be undone"),
        ("touch ../made", "it writes outside the folder"),
        ("curl -s https://x.example", "it reaches the network"),
        ("ls && python3 x.py", "an interpreter"),
        ("a1; a2; a3; a4; a5", "5 rules"),
        ("'", "not valid shell"),
        ("", "there is no command"),
    ],
)
def test_the_reason_why_there_is_none(command: str, reason: str) -> None:
    """It is one sentence."""
    with pytest.raises(NoRuleError) as raised:
        proposals(command, NONE, around())
    said = str(raised.value)
    assert reason in said
    assert said[0].isupper()
    assert said.endswith(".")


def test_other_rules_come_first() -> None:
    """A rule that asks or denies is not overruled, and what is allowed needs no other rule."""
    for decision, why in (
        (Decision.ASK, "asks about"),
        (Decision.DENY, "denies"),
        (Decision.ALLOW, "needed"),
    ):
        with pytest.raises(NoRuleError, match=why):
            proposals("wc -l x", Policy((rule("wc*", decision),)), around())


@settings(max_examples=60)
@given(COMMANDS)
def test_each_proposal_allows_the_command(command: str) -> None:
    """Whatever the text is, and it is written as it is judged."""
    try:
        found = proposals(command, NONE, around())
    except NoRuleError:
        return
    for each in found:
        assert judge(command, Policy(each.rules(HOME)), around()).is_allowed


def test_it_is_saved_as_it_was_shown(tmp_path: Path) -> None:
    """Into an empty file as it is, below rules and comments too, and once only."""
    file = RuleFile(tmp_path / "rules.toml", HOME, tmp_path)
    plain, here = NewRule("wc*"), NewRule("touch 'a \"b'", folder="~/work", writes=(".",))
    file.add([here])
    assert file.path.read_text().strip() == as_written([here])
    assert (file.add([plain, here]), file.add([plain])) == (1, 0)
    saved = {str(each): each for each in read_file(file.path, HOME).rules}
    assert set(saved) == {"wc*", "touch 'a \"b'"}
    assert saved["touch 'a \"b'"].folder == f"{HOME}/work"
    assert saved["touch 'a \"b'"].writes == (".",)
    assert saved["wc*"].folder == ""
