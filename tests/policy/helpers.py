"""Rules and verdicts for the tests of the policy."""

from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source, checked, parsed_pattern
from hitl_cli.policy.words import ShellSyntax

HOME = "/home/me"
FOLDER = "/home/me/work"


def rule(pattern: str, decision: Decision = Decision.ALLOW, **fields: object) -> Rule:
    """Return the rule of a pattern."""
    program, words, open_ended = parsed_pattern(pattern)
    made = Rule(decision, program, words, open_ended, Source("rules.toml", 1), **fields)  # type: ignore[arg-type]
    return checked(made)


def around(shell: str = "bash") -> Surroundings:
    """Return the surroundings of a command in a folder of a home."""
    return Surroundings(ShellSyntax.named(shell), FOLDER, HOME)


def judged(command: str, *patterns: str, reads: bool = False, shell: str = "bash") -> Verdict:
    """Return the verdict under rules that allow these patterns; those that cannot exist are left out."""
    rules = []
    for pattern in patterns:
        try:
            rules.append(rule(pattern))
        except InvalidRuleError:
            continue
    return judge(command, Policy(tuple(rules), reads), around(shell))
