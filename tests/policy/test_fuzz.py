"""Arbitrary commands and rule files: no crash, and nothing is allowed by accident."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_cli.policy.danger import stands_out
from hitl_cli.policy.files import RuleFileError, parse
from hitl_cli.policy.judge import Policy, judge
from hitl_cli.policy.reading import read
from hitl_cli.policy.rules import Decision
from hitl_cli.policy.words import ShellSyntax
from tests.policy.helpers import FOLDER, HOME, around, rule

SYNTAX = st.sampled_from(
    ["ls", "git", "status", "touch", "-x", "--output=x", " ", " ", " ", "\n", "\t", ";", "&&", "||",
    "|", "&", ">", "<", "2>&1",
     "/dev/null", "$", "$(", ")", "`", "{", "}", ",", "'", '"', "\\", "*", "?", "[", "]", "~", "#",
     "!", "=", "$x", "${x}", "<<E", "\r",
     "\x00", "\u00a0", "\ufeff", "\ud800", "é", "case", "in", "esac", "if", "fi", "then", "do", "done",
     "for", "function", "((", "))"]
)  # fmt: skip
COMMANDS = st.lists(SYNTAX, max_size=25).map("".join) | st.text(max_size=60)
POLICY = Policy((rule("ls*"), rule("git status*")))


@settings(max_examples=100)
@given(COMMANDS, st.sampled_from(list(ShellSyntax)))
def test_a_command_is_allowed_only_if_each_program_is(command: str, shell: ShellSyntax) -> None:
    """What is allowed consists of the two programs of the rules, and the notes point into the text."""
    at = around()
    verdict = judge(command, POLICY, at.__class__(shell, FOLDER, HOME))
    assert "the judge failed" not in verdict.why
    if verdict.decision is Decision.ALLOW:
        assert {part.arguments[:1] for part in verdict.parts} <= {("ls",), ("git",)}
        assert not set(command) & set("$`\r\x00\u00a0\ufeff\ud800")
        assert "touch" not in {part.arguments[0] for part in verdict.parts}
    for note in stands_out(read(command, shell, HOME), FOLDER, HOME):
        assert 0 <= note.start <= note.end <= len(command)


@settings(max_examples=60)
@given(COMMANDS)
def test_a_deny_rule_is_never_an_allow(command: str) -> None:
    """With a rule that denies the same program, nothing with it is allowed."""
    policy = Policy((*POLICY.rules, rule("ls*", Decision.DENY)))
    verdict = judge(command, policy, around())
    if verdict.decision is Decision.ALLOW:
        assert all(part.arguments[0] == "git" for part in verdict.parts)


KEYS = st.sampled_from(
    ["allow", "ask", "deny", "reads", "rule", "decision", "program", "subcommands", "arguments",
    "folder", "writes", "network",
     "reason", "match", "no_match", "x"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["ls*", "git status*", "python3*", "allow", "deny", "*", "", "a b", "ls; x", "~", "'", "git", "ls x"]
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(0, 3), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


def as_toml(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


TABLES = st.dictionaries(KEYS, VALUES, max_size=5).map(
    lambda table: "".join(f"{key} = {as_toml(value)}\n" for key, value in table.items())
)
RULE_FILES = st.lists(
    st.sampled_from(["[[rule]]\n", "[rule]\n", "", "# x\n", "[["]) | TABLES, max_size=6
).map("".join)


@settings(max_examples=100)
@given(RULE_FILES | st.text(max_size=80))
def test_a_rule_file_is_read_or_refused_with_a_place(text: str) -> None:
    """Every file gives rules or one sentence with the line; no rule is for a program that no rule can allow."""
    refusal = ""
    parsed = None
    try:
        parsed = parse(text, "rules.toml", "", HOME)
    except RuleFileError as problem:
        refusal = str(problem)
    if parsed is None:
        assert refusal.startswith("rules.toml, line ")
        return
    tomllib.loads(text)
    assert all(each.program != "python3" or each.decision is not Decision.ALLOW for each in parsed.rules)
