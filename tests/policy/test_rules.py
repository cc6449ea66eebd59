"""Rules: their short form, what they match, and those that cannot exist."""

import pytest

from hitl_cli.policy.rules import Decision, InvalidRuleError, parsed_pattern
from tests.policy.helpers import judged, rule


@pytest.mark.parametrize(
    ("pattern", "parsed"),
    [
        ("git status*", ("git", ("status",), True)),
        ("git status *", ("git", ("status",), True)),
        ("git status", ("git", ("status",), False)),
        ("ls*", ("ls", (), True)),
        ("ls *", ("ls", (), True)),
        ("pwd", ("pwd", (), False)),
        ("npm run test:*", ("npm", ("run", "test:*"), True)),
        ("git log:*", ("git", ("log:*",), True)),
        ("cat src/*", ("cat", ("src/*",), False)),
        ("cat src/* *", ("cat", ("src/*",), True)),
        ("grep -rn 'a b' *", ("grep", ("-rn", "a b"), True)),
        ("./check.sh*", ("./check.sh", (), True)),
    ],
)
def test_the_short_form(pattern: str, parsed: tuple[str, tuple[str, ...], bool]) -> None:
    """A star at the end of the last word leaves the rest open; elsewhere it stands for a part of a word."""
    assert parsed_pattern(pattern) == parsed


@pytest.mark.parametrize(
    ("pattern", "command", "matches"),
    [
        ("git status*", "git status", True),
        ("git status*", "git status -s x", True),
        ("git status*", "git statusx", False),
        ("git status*", "git log", False),
        ("git status*", "git -C x status", False),
        ("git status*", "git --no-pager status", True),
        ("git status*", "/usr/bin/git status", True),
        ("git status*", "/tmp/git status", False),
        ("git status*", "./git status", False),
        ("git status", "git status -s", False),
        ("npm run test:*", "npm run test", True),
        ("npm run test:*", "npm run test:unit", True),
        ("npm run test:*", "npm run testunit", False),
        ("npm run test:*", "npm run build", False),
        ("cat src/*", "cat src/a.py", True),
        ("cat src/*", "cat src/a/b.py", False),
        ("cat src/**", "cat src/a/b.py", True),
        ("cat src/**", "cat src/../x", False),
        ("cat src/*", "cat src/..", False),
        ("cat src/*", "cat src/a src/b", False),
        ("cat src/*", "cat src/*.py", True),
        ("mytool * --dry-run", "mytool x --dry-run", True),
        ("mytool * --dry-run", "mytool -x --dry-run", False),
        ("mytool * --dry-run", "mytool x", False),
    ],
)
def test_what_an_allow_rule_matches(pattern: str, command: str, matches: bool) -> None:
    """Word by word, and nothing that it does not say."""
    assert (judged(command, pattern).decision is Decision.ALLOW) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "bash*", "sh -c *", "/bin/zsh*", "fish*", "python3*", "python3 x.py",
        "python3.12 -m pytest*", "node*", "perl -ne *",
        "awk*", "env*", "timeout*", "xargs*", "xargs ls*", "sudo ls*", "nohup*", "time*",
        "watch*", "ssh*", "vim*", "less*",
        "man*", "find*", "find *", "sed*", "git*", "git *", "git -C x *", "git commit*",
        "git rebase*", "git bisect*", "docker*",
        "kubectl *", "npm*", "npm run*", "npm run *", "npm exec x*", "npx*", "make*", "tar*",
        "curl*", "eval*", "source x",
        "alias*", "export*", "[[*", "if*", "{ ls*", "!*", "dd*", "mkfs.ext4*", "systemctl*",
        "hitl*", "*", "* x", "l*s", "uv run*", "poetry run *", "bundle exec*", "uv run python*", "go run*",
        "coverage run *", "python3 --version x",
        "echo $x", "ls; x", "ls && x", "ls | x", "ls > x", "ls `x`", "ls 'x", "", "./x*", "../x",
    ],
)  # fmt: skip
def test_rules_that_cannot_exist(pattern: str) -> None:
    """No judge can make them safe, or they are not for one command; the refusal says why."""
    with pytest.raises(InvalidRuleError) as refusal:
        rule(pattern)
    assert len(str(refusal.value)) > 10
    assert pattern != "*" or "no rule can allow *:" in str(refusal.value)


@pytest.mark.parametrize(
    "pattern", ["python3 --version", "java -version*", "dpkg -l*", "crontab -l", "uv run pytest*"]
)
def test_forms_that_only_read_can_be_allowed(pattern: str) -> None:
    """Also of programs of which nothing else can."""
    command = pattern.removesuffix("*")
    assert judged(command, pattern).is_allowed
    assert not judged(f"{command} -c x", pattern).is_allowed


@pytest.mark.parametrize(
    "pattern", ["rm -rf*", "git push --force*", "sudo*", "python3*", "bash*", "curl*", "git*", "find*"]
)
def test_any_program_can_be_denied(pattern: str) -> None:
    """Tightening is always possible."""
    assert rule(pattern, Decision.DENY).decision is Decision.DENY


@pytest.mark.parametrize(
    ("pattern", "command", "hits"),
    [
        ("git push --force*", "git push --force", True),
        ("git push --force*", "git push origin main -f", True),
        ("git push --force*", "git push --force-with-lease", True),
        ("git push --force*", "git push --forc", True),
        ("git push --force*", "git -C /x push --force", True),
        ("git push --force*", "git -c a=b push -f", True),
        ("git push --force*", "git push", False),
        ("git push*", "git stash push", False),
        ("git push*", "git log", False),
        ("docker volume rm*", "docker --context x volume rm y", True),
        ("kubectl delete*", "kubectl -n x delete pod y", True),
        ("npm publish", "npm publish", True),
        ("npm publish", "npm publish --tag x", False),
        ("curl*", "/usr/bin/curl x", True),
    ],
)
def test_what_a_deny_rule_hits(pattern: str, command: str, hits: bool) -> None:
    """Generously: options in any order and form, also before the subcommand."""
    from hitl_cli.policy.reading import read

    words = read(command).parts[0].words
    assert rule(pattern, Decision.DENY).hits(words) is hits


def test_a_rule_reads_as_it_was_written() -> None:
    """The short form of a rule can be parsed again and is the same rule."""
    for pattern in (
        "git status*",
        "npm run test:*",
        "pwd",
        "grep -rn 'a b' *",
        "cat src/*",
        "mytool * --dry-run",
    ):
        assert parsed_pattern(str(rule(pattern))) == parsed_pattern(pattern)
