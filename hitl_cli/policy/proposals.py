"""Proposes rules for a command that was asked about, and says what they would newly allow."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hitl_cli.policy import reader_table
from hitl_cli.policy.cautions import MORE_WORDS, has_subcommands
from hitl_cli.policy.changing import NewRule
from hitl_cli.policy.judge import Policy, Surroundings, Verdict, judge
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.reading import Part, read
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source

_SUBCOMMAND = re.compile(r"[a-z][a-z0-9:_-]*")
NO_FILE = Source("", 0)
_HERE = (".",)
_WRITING = {Kind.WRITES, Kind.OUTSIDE, Kind.DELETES}
_MOST_PARTS = 4  # that need a rule
_MOST_EXAMPLES = 3


class NoRuleError(Exception):
    """No rule can allow a command; the message is a sentence that says why."""


@dataclass(frozen=True)
class Proposal:
    """Rules that together allow one command, and in words what they match and where."""

    new: tuple[NewRule, ...]
    breadth: str

    @property
    def patterns(self) -> str:
        """The patterns of the rules."""
        return ", ".join(each.pattern for each in self.new)

    @property
    def rights(self) -> str:
        """What a command may do beyond reading, in words; empty for nothing."""
        writes = ["may write in this folder"] if any(each.writes for each in self.new) else []
        network = ["may use the network"] if any(each.network for each in self.new) else []
        return ", ".join(writes + network)

    def rules(self, home: str, source: Source = NO_FILE) -> tuple[Rule, ...]:
        """Return the rules as the judge takes them.

        Raises:
            InvalidRuleError: One of them cannot exist.
        """
        return tuple(each.rule(source, home) for each in self.new)


def narrowest_pattern(part: Part, text: str, around: Surroundings) -> str | None:
    """Return the pattern of the narrowest useful rule that allows the command `part`, whose text is `text`.

    For a program or subcommand that only reads, that is any harmless use of it; otherwise these exact words. None if no
    rule can allow it.
    """
    patterns = filter(None, (_reading_pattern(part), _exact_pattern(part)))
    return next((each for each in patterns if _why_not(NewRule(each), text, around) is None), None)


def proposals(text: str, policy: Policy, around: Surroundings) -> list[Proposal]:
    """Return rules that would allow `text`, which `policy` asks about, the narrowest first.

    Raises:
        NoRuleError: No rule can.
    """
    verdict = judge(text, policy, around)
    _check(verdict)
    asked = _asked_about(text, verdict, around)
    if len(asked) > _MOST_PARTS:
        raise NoRuleError(f"It would need {len(asked)} rules; add them with hitl policy add.")
    exact = [_exact_rule(part, piece, around) for part, piece in asked]
    wide = [_wide_rule(part, piece, around) for part, piece in asked]
    sets = [exact]
    if any(map(_may_write_unseen, asked, exact)):
        sets.append([replace(each, writes=_HERE) if isinstance(each, NewRule) else each for each in exact])
    if any(wide):
        sets.append([new or exact[at] for at, new in enumerate(wide)])
    why, found = "", []
    for rules in sets:
        if problem := next((each for each in rules if isinstance(each, str)), ""):
            why = why or problem
            continue
        for each in _here_and_everywhere([each for each in rules if isinstance(each, NewRule)], around):
            verdict = _verdict_with(each, text, policy, around)
            if verdict.is_allowed:
                found.append(each)
            why = why or verdict.why
    if not found:
        raise NoRuleError(_sentence(why))
    return found


def newly_allowed(proposal: Proposal, text: str, policy: Policy, around: Surroundings) -> list[str]:
    """Return up to three commands that `policy` asks about and that the rules of `proposal` allow, `text` first."""
    found: list[str] = []
    for command in dict.fromkeys((text, *_similar(proposal, text, around))):
        if (
            judge(command, policy, around).decision is Decision.ASK
            and _verdict_with(proposal, command, policy, around).is_allowed
        ):
            found.append(command)
        if len(found) == _MOST_EXAMPLES:
            break
    return found


def _check(verdict: Verdict) -> None:
    """Raise if it is clear that no rule can change the verdict to an allow."""
    if note := next((note for note in verdict.notes if note.kind.is_destructive), None):
        raise NoRuleError(_sentence(f"it {note.text}, and that cannot be undone"))
    if verdict.is_denied or not verdict.parts:
        raise NoRuleError(_sentence(verdict.why))
    if verdict.is_allowed:
        raise NoRuleError(f"No new rule is needed: {verdict.why}. You are asked for another reason.")


def _sentence(why: str) -> str:
    return f"N{why[1:]}." if why.startswith("no rule ") else f"No rule can allow this command: {why}."


def _asked_about(text: str, verdict: Verdict, around: Surroundings) -> list[tuple[Part, str]]:
    """Return the parts of `text` that no rule allows, and the text of each."""
    reading = read(text, around.shell, around.home)
    if doubts := [*(each.why for each in reading.doubts), *around.doubts]:
        raise NoRuleError(_sentence(doubts[0]))
    pairs = zip(reading.parts, verdict.parts, strict=True)
    return [(part, text[part.start : part.end]) for part, each in pairs if each.decision is Decision.ASK]


def _exact_rule(part: Part, text: str, around: Surroundings) -> NewRule | str:
    """Return the rule for these exact words here, with no more rights than they need; or why there is none."""
    kinds = {note.kind for note in judge(text, Policy(), around).notes}
    new = NewRule(
        _exact_pattern(part),
        folder=_folder(around),
        writes=_HERE if kinds & _WRITING else (),
        # Other programs than those that only read could send what they can read.
        network=Kind.NETWORK in kinds and reader_table.reader_of(part.words) is not None,
    )
    return _why_not(new, text, around) or new


def _wide_rule(part: Part, text: str, around: Surroundings) -> NewRule | None:
    """Return the rule for other uses of the same program and subcommand here, if there is one."""
    patterns = filter(None, (_reading_pattern(part), _subcommand_pattern(part)))
    rules = (NewRule(each, folder=_folder(around)) for each in patterns)
    return next((each for each in rules if _why_not(each, text, around) is None), None)


def _here_and_everywhere(rules: Sequence[NewRule], around: Surroundings) -> Iterator[Proposal]:
    """Yield the rules for this folder, and those for any folder unless they may write or name a relative path."""
    yield Proposal(tuple(rules), _breadth(rules, around.home))
    if any(each.writes or "/" in each.pattern.partition(" ")[0] for each in rules):
        return
    everywhere = tuple(replace(each, folder=None) for each in rules)
    yield Proposal(everywhere, _breadth(everywhere, around.home))


def _exact_pattern(part: Part) -> str:
    return shlex.join(word.raw if word.text is None else word.text for word in part.words)


def _reading_pattern(part: Part) -> str | None:
    known = reader_table.reader_of(part.words)
    return " ".join(word.text or "" for word in part.words[: known[1]]) + "*" if known else None


def _subcommand_pattern(part: Part) -> str | None:
    """Return the pattern for any use of a subcommand, None if there is none."""
    program, *texts = (word.text or "" for word in part.words)
    if not has_subcommands(program):
        return None
    count = 2 if texts[:1] and texts[0] in MORE_WORDS else 1
    named = texts[:count]
    if len(named) < count or not all(map(_SUBCOMMAND.fullmatch, named)):
        return None
    return f"{shlex.join([program, *named])}*"


def _may_write_unseen(asked: tuple[Part, str], rule: NewRule | str) -> bool:
    """Return whether the command may write something that its words do not say."""
    return isinstance(rule, NewRule) and not rule.writes and reader_table.reader_of(asked[0].words) is None


def _why_not(new: NewRule, text: str, around: Surroundings) -> str | None:
    """Return why a rule does not allow `text`, None if it does."""
    try:
        rule = new.rule(NO_FILE, around.home)
    except InvalidRuleError as problem:
        return str(problem)
    verdict = judge(text, Policy((rule,)), around)
    if verdict.is_allowed:
        return None
    near = [each.why for part in verdict.parts for each in part.near]
    return near[0] if near else verdict.why


def _verdict_with(proposal: Proposal, text: str, policy: Policy, around: Surroundings) -> Verdict:
    return judge(text, replace(policy, rules=(*policy.rules, *proposal.rules(around.home))), around)


def _folder(around: Surroundings) -> str:
    """Return the folder as it is written in a rule."""
    home, folder = around.home.rstrip("/"), around.folder
    return f"~{folder[len(home) :]}" if home and f"{folder}/".startswith(f"{home}/") else folder


def _breadth(new: Sequence[NewRule], home: str) -> str:
    """Return what the rules match, and where, in words."""
    rules = [each.rule(NO_FILE, home) for each in new]
    if any(rule.open_ended for rule in rules):
        what = "with other arguments too"
    else:
        what = "these words only" if all(rule.is_exact for rule in rules) else "* stands for any name"
    where = "in this folder and below" if any(each.folder for each in new) else "in any folder"
    return f"{what}, {where}"


def _similar(proposal: Proposal, text: str, around: Surroundings) -> Iterator[str]:
    """Yield commands like `text` that the rules may match."""
    parts = read(text, around.shell, around.home).parts
    for rule in proposal.rules(around.home):
        base = shlex.join([rule.program, *rule.words])
        if rule.open_ended:
            yield base
            part = next((each for each in parts if rule.mismatch(each.words) is None), None)
            if part is not None and (known := reader_table.reader_of(part.words)) and known[1] == 1:
                yield f"{_without_operand(part, rule.spelled)} /etc/passwd"
            for more in ("-v", "-a", "--all", "--verbose", "x", ".."):
                yield f"{base} {more}"
        yield f"{base} 2>/dev/null"
        yield f"timeout 60 {base}"
        yield f"{base} < /dev/null"


def _without_operand(part: Part, spelled: int) -> str:
    """Return the command without its last word, unless that is an option or named by the rule."""
    words = [word.raw for word in part.words]
    is_operand = len(words) > spelled and not words[-1].startswith("-")
    return " ".join(words[:-1] if is_operand else words)
