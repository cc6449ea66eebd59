"""Rule files: the format, what is refused and where, trust in the file of a project."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hitl_cli.errors import ExitStatus, UsageError
from hitl_cli.policy import files
from hitl_cli.policy.changing import NewRule, RuleFile, trust
from hitl_cli.policy.files import RuleFileError, builtin_rules, check_rule_examples, parse
from hitl_cli.policy.judge import judge
from hitl_cli.policy.rules import Decision
from tests.policy.helpers import HOME, around


def rules_in(text: str, base: str = "") -> list[str]:
    """Return the rules of a file, each in one line."""
    parsed = parse(text, "rules.toml", base, HOME)
    return [f"{each.decision.value} {each} [{each.source.line}]" for each in parsed.rules]


def test_short_and_long_forms() -> None:
    """Lists of patterns, tables with a pattern, and tables with a program."""
    text = """\
# mine
reads = "allow"
allow = [
    "git status*",  # often
    'ls*',
]
deny = ["rm -rf*"]

[[rule]]
allow = "touch*"
writes = ["./build"]
reason = "scratch"

[[rule]]
decision = "ask"
program = "git"
subcommands = ["push", "pull"]

[[rule]]
decision = "allow"
program = "docker"
subcommands = ["logs", "inspect"]
arguments = ["web", "*"]
folder = "~/work"
match = ["docker logs web -f"]
no_match = ["docker logs db", "docker rm web"]
"""
    assert rules_in(text) == [
        "allow git status* [4]",
        "allow ls* [5]",
        "deny rm -rf* [7]",
        "allow touch* [9]",
        "ask git (push|pull) * [14]",
        "allow docker (logs|inspect) web* [19]",
    ]
    parsed = parse(text, "rules.toml", "", HOME)
    assert parsed.reads
    assert parsed.rules[3].writes == ("./build",)
    assert parsed.rules[5].folder == "/home/me/work"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('allow = ["ls*"\n', 2, "invalid TOML"),
        ("\n\nallow = ls", 3, "invalid TOML"),
        ('# a\nalow = ["ls*"]', 2, "unknown key 'alow'"),
        ('allow = "ls*"', 1, "allow must be a list"),
        ('allow = ["ls*",\n\n 3]', 3, "must be a text"),
        ('allow = [\n "ls*",\n "python3*",\n]', 3, "an interpreter runs any code"),
        ('allow = ["find*"]', 1, "find can delete files"),
        ('allow = ["git *"]', 1, "name one"),
        ('[[rule]]\nallow = "ls*"\n\n[[rule]]\nallow = "ls*"\nfoldr = "x"', 6, "unknown key 'foldr'"),
        ('[[rule]]\nallow = "ls*"\n[[rule]]\nreason = "x"', 3, "needs one of"),
        ('[[rule]]\nallow = "ls*"\ndeny = "ls*"', 1, "needs one of"),
        ('[[rule]]\nallow = "ls*"\nprogram = "ls"', 1, "does not go together"),
        ('[[rule]]\ndecision = "maybe"\nprogram = "ls"', 1, "decision must be one of"),
        ('[[rule]]\ndecision = "allow"', 1, "program must be"),
        ('[[rule]]\nallow = "ls*"\nnetwork = "yes"', 1, "network must be true or false"),
        ('[[rule]]\nallow = "ls*"\nwrites = "x"', 1, "writes must be a list"),
        ('[[rule]]\ndeny = "rm*"\nwrites = ["x"]', 1, "only an allow rule"),
        ('[[rule]]\nallow = "ls*"\npreview = true', 1, "only an ask rule has preview"),
        ('[[rule]]\nallow = "ls*"\nmatch = ["cat x"]', 1, "does not match 'cat x'"),
        ('[[rule]]\nallow = "ls*"\nmatch = ["ls > x"]', 1, "does not match 'ls > x'"),
        ('[[rule]]\nallow = "ls*"\nno_match = ["ls x"]', 1, "matches 'ls x'"),
        ('[[rule]]\ndeny = "rm -rf*"\nmatch = ["rm x"]', 1, "does not match 'rm x'"),
        ('[rule]\nallow = "ls*"', 1, "double brackets"),
        ('reads = "yes"', 1, "reads must be"),
        ("reads = true", 1, "reads must be"),
        ('allow = ["./x*"]', 1, "relative"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text: str, line: int, words: str) -> None:
    """One sentence names the file, the line and what is wrong; no rule of the file holds."""
    with pytest.raises(RuleFileError) as refusal:
        parse(text, "rules.toml", "", HOME)
    assert str(refusal.value).startswith(f"rules.toml, line {line}: ")
    assert words in str(refusal.value)
    assert refusal.value.exit_status == ExitStatus.USAGE


def test_the_built_in_rules_and_their_examples() -> None:
    """They can be read, and their examples hold."""
    for rule in builtin_rules():
        assert rule.decision is not Decision.ALLOW
        check_rule_examples(rule, HOME)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a rule file, in a folder without other rules."""
    folder = tmp_path / "project"
    (folder / ".hitl").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / ".hitl" / "rules.toml").write_text('reads = "allow"\nallow = ["ls*"]\ndeny = ["cat*"]\n')
    return folder


def decisions(project: Path, state: Path, *commands: str) -> list[str]:
    """Return the decisions on commands in a folder of the project."""
    loaded = files.load(project / "no.toml", project / "src", state, HOME)
    at = around().__class__(folder=str(project / "src"), home=HOME)
    return [judge(command, loaded.policy, at).decision.value for command in commands]


def test_a_project_only_tightens_until_it_is_trusted(project: Path, tmp_path: Path) -> None:
    """Its deny rules hold at once; what it allows holds after trust, until its file changes."""
    state = tmp_path / "state"
    assert decisions(project, state, "ls", "cat x", "wc x") == ["ask", "deny", "ask"]
    found = files.project_rules(project / "src", state, HOME)
    assert found is not None
    files.trust(found, state)
    assert decisions(project, state, "ls", "cat x", "wc x") == ["allow", "deny", "allow"]
    rule_file = project / ".hitl" / "rules.toml"
    rule_file.write_text(rule_file.read_text() + "# more\n")
    assert decisions(project, state, "ls", "cat x", "wc x") == ["ask", "deny", "ask"]


def test_a_project_has_nothing_previewed_until_it_is_trusted(project: Path, tmp_path: Path) -> None:
    """A preview runs a command before the person has seen it."""
    state = tmp_path / "state"
    (project / ".hitl" / "rules.toml").write_text('[[rule]]\nask = "make*"\npreview = true\n')
    at = around().__class__(folder=str(project), home=HOME)
    seen = []
    for _ in range(2):
        seen.append(
            judge("make all", files.load(project / "no.toml", project, state, HOME).policy, at).preview
        )
        found = files.project_rules(project, state, HOME)
        assert found is not None
        files.trust(found, state)
    assert seen == [False, True]


def test_the_rules_of_a_project_hold_in_it_only(project: Path, tmp_path: Path) -> None:
    """Also when they are trusted."""
    found = files.project_rules(project, tmp_path / "state", HOME)
    assert found is not None
    assert all(rule.folder == str(project) for rule in found.policy.rules)
    assert files.project_rules(tmp_path, tmp_path / "state", HOME) is None


def test_a_broken_store_of_trust_trusts_nothing(project: Path, tmp_path: Path) -> None:
    """Neither invalid JSON nor another type is a reason to trust, or to fail."""
    state = tmp_path / "state"
    state.mkdir()
    for content in ("{", "[]", '"x"', "null", "[" * 100_000):
        (state / "trusted-rules.json").write_text(content)
        assert decisions(project, state, "ls") == ["ask"]


def test_a_file_that_others_can_change_is_refused(project: Path, tmp_path: Path) -> None:
    """Rules of somebody else are not the person's."""
    rule_file = project / ".hitl" / "rules.toml"
    rule_file.chmod(0o666)
    with pytest.raises(RuleFileError, match="can be changed by others"):
        files.load(tmp_path / "no.toml", project, tmp_path / "state", HOME)


def test_a_change_keeps_comments_and_is_checked(tmp_path: Path) -> None:
    """A file is changed as a whole or not at all; a link to it stays one."""
    file, linked = RuleFile(tmp_path / "rules.toml", HOME, tmp_path / "state"), tmp_path / "linked.toml"
    linked.write_text('# mine\nallow = ["ls*"]  # often\n')
    file.path.symlink_to(linked)
    file.add([NewRule("wc*")])
    changed = '# mine\nallow = ["ls*", "wc*"]  # often\n'
    assert (file.path.is_symlink(), linked.read_text()) == (True, changed)
    with pytest.raises(UsageError, match="an interpreter"):
        file.add([NewRule("python3*")])
    linked.write_text('[[rule]]\nallow = "ls"')
    file.add([NewRule("wc", folder="~/x")])
    changed = linked.read_text()
    assert [str(rule) for rule in parse(changed, "", "", HOME).rules] == ["ls", "wc"]
    linked.chmod(0o400)
    with pytest.raises(RuleFileError, match="read-only"):
        file.add([NewRule("ls")])
    assert linked.read_text() == changed


def test_a_project_is_the_same_elsewhere(project: Path, tmp_path: Path) -> None:
    """The folder of a rule is relative to the project in its file, and holds in another checkout."""
    file = RuleFile(project / ".hitl/rules.toml", HOME, tmp_path / "state", str(project))
    file.add(
        [
            NewRule("wc*", folder=str(project)),
            NewRule("id", folder=str(project / "src")),
            NewRule("w", folder="/"),
        ]
    )
    text = file.path.read_text()
    assert 'folder = "src"' in text
    assert str(project) not in text
    elsewhere = {str(rule): rule.folder for rule in parse(text, "rules.toml", "/other", HOME).rules}
    assert (elsewhere["wc*"], elsewhere["id"], elsewhere["w"]) == ("/other", "/other/src", "/")


def test_sessions_add_rules_at_the_same_time(tmp_path: Path) -> None:
    """No rule of one is lost because of the other."""
    file = RuleFile(tmp_path / "rules.toml", HOME, tmp_path / "state")
    names = [f"{letter}{number}" for letter in "ab" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: file.add([NewRule(f"ls {name}")]), names))
    assert sorted(str(rule) for rule in files.read_file(file.path, HOME).rules) == [
        f"ls {name}" for name in names
    ]


def test_what_others_write_meanwhile_is_not_trusted(project: Path, tmp_path: Path) -> None:
    """A rule is added to a trusted file while something else replaces it."""

    class Raced(RuleFile):
        def project_rules(self) -> files.ProjectRules | None:
            found = super().project_rules()
            self.path.write_text('allow = ["wc*"]\n')
            return found

    state = tmp_path / "state"
    before = files.project_rules(project, state, HOME)
    assert before is not None
    trust(before, state)
    Raced(before.file, HOME, state, str(project)).add([NewRule("ls")])
    assert decisions(project, state, "ls") == ["ask"]
