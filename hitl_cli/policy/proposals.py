"""Proposes a rule for a command that was asked about."""

import shlex

from hitl_cli.policy import reader_table
from hitl_cli.policy.judge import Policy, Surroundings, judge
from hitl_cli.policy.reading import Part
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source, checked, parsed_pattern


def narrowest_pattern(part: Part, text: str, around: Surroundings) -> str | None:
    """Return the pattern of the narrowest useful rule that allows the command `part`, whose text is `text`.

    For a program or subcommand that only reads, that is any harmless use of it; otherwise these exact words. None if no
    rule can allow it.
    """
    exact = shlex.join(word.text or word.raw for word in part.words)
    known = reader_table.reader_of(part.words)
    general = " ".join(word.text or "" for word in part.words[: known[1]]) + "*" if known else None
    for pattern in filter(None, (general, exact)):
        try:
            program, words, open_ended = parsed_pattern(pattern)
            rule = checked(Rule(Decision.ALLOW, program, words, open_ended, Source("", 0)))
        except InvalidRuleError:
            continue
        if judge(text, Policy((rule,)), around).decision is Decision.ALLOW:
            return pattern
    return None
