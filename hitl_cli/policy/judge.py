"""The verdict: may a command run without a question, must it be asked about, or must it not run?

Whatever the judge does not know is a question. An allow needs three things: the shell reads the text as the judge does,
each part matches an allow rule or only reads, and nothing about the part contradicts that.
"""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from hitl_cli.policy import moves, reader_checks, reader_table, readers, runner_table
from hitl_cli.policy.danger import Note, stands_out
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.places import Places, is_within
from hitl_cli.policy.reading import CommandReading, Part, read
from hitl_cli.policy.rules import Decision, Rule, without_flags
from hitl_cli.policy.words import ShellSyntax, Word
from hitl_cli.policy.wrappers import seen_through, started_by, without_actions


def _nothing_known_against(_: str) -> str | None:
    return None


def _nothing_configured() -> str | None:
    return None


@dataclass(frozen=True)
class Surroundings:
    """What the judge has to know about the place where a command would run.

    `doubts` hold for every command. `name_doubt` says why the name of a program may not mean it, `repository_doubt` why
    git may run something here; both return None if nothing is known against it.
    """

    shell: ShellSyntax = ShellSyntax.BASH
    folder: str = "/"
    home: str = "/"
    doubts: tuple[str, ...] = ()
    name_doubt: Callable[[str], str | None] = _nothing_known_against
    repository_doubt: Callable[[], str | None] = _nothing_configured


@dataclass(frozen=True)
class Policy:
    """All rules, and whether a command that only reads is allowed without one.

    `secrets` are the absolute paths that no command can read behind a fence, besides those that are always hidden.
    `unfenced` says that an allowed command runs without a fence where there is none.
    """

    rules: tuple[Rule, ...] = ()
    reads: bool = False
    secrets: tuple[str, ...] = ()
    unfenced: bool = False

    def rules_for(self, program: str) -> Sequence[Rule]:
        """Return the rules that may be for a command that names its program so, in their order."""
        return self._by_program.get(program.rpartition("/")[2].casefold(), ())

    @cached_property
    def _by_program(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.program.rpartition("/")[2].casefold(), []).append(rule)
        return found


@dataclass(frozen=True)
class NearMiss:
    """A rule for the same program that does not match, and why."""

    rule: Rule
    why: str


@dataclass(frozen=True)
class PartVerdict:
    """The verdict on one part of a command, from `start` to `end` of the text.

    `rule` decided it; `why` says so, or why no rule did. `only_reads` says that the part needs no right to write.
    """

    start: int
    end: int
    arguments: tuple[str | None, ...]
    decision: Decision
    why: str
    rule: Rule | None = None
    only_reads: bool = False
    near: tuple[NearMiss, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict on a command. `why` and `rule` are those of the part that decided.

    `writes` and `network` are what an allowed command may do beyond reading: the absolute paths in which it may write,
    and whether it may use the network. An enforcing fence gives it that and no more. `notes` say what stands out.
    `preview` says that a rule wants a preview of the command before the question about it.
    """

    decision: Decision
    why: str
    rule: Rule | None = None
    parts: tuple[PartVerdict, ...] = ()
    notes: tuple[Note, ...] = ()
    writes: tuple[str, ...] = ()
    network: bool = False
    preview: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of all its parts that are known."""
        return tuple(word for part in self.parts for word in part.arguments if word is not None)

    @property
    def is_allowed(self) -> bool:
        """Whether the command may run without a question."""
        return self.decision is Decision.ALLOW

    @property
    def is_denied(self) -> bool:
        """Whether the command must not run, whatever a person says."""
        return self.decision is Decision.DENY

    @property
    def is_destructive(self) -> bool:
        """Whether the command does something that cannot be undone."""
        return any(note.kind.is_destructive for note in self.notes)


# What an allow rule without `writes` cannot mean.
_WRITING = frozenset([Kind.WRITES, Kind.OUTSIDE, Kind.DELETES])
# What an allow rule can mean only if it spells out every word.
_GRAVE = frozenset([Kind.ROOT, Kind.SECRETS, Kind.HISTORY, Kind.CODE, Kind.SYSTEM])
# Programs that write every operand.
_WRITES_EACH = frozenset(["touch", "mkdir", "rm", "rmdir", "unlink", "tee", "mkfifo"])
_MOST_NEAR = 3


def judge(text: str, policy: Policy, around: Surroundings = Surroundings()) -> Verdict:
    """Return the verdict on the command `text`. An error in the judge itself is a question."""
    try:
        return _Judge(text, policy, around).verdict()
    except Exception as problem:  # noqa: BLE001  (a failure must not allow or deny anything)
        why = f"the judge failed on it ({type(problem).__name__})"
        return Verdict(Decision.ASK, why, notes=(Note(Kind.UNREAD, why, 0, len(text)),))


@dataclass
class _Judge:
    text: str
    policy: Policy
    around: Surroundings
    reading: CommandReading = field(init=False)
    notes: tuple[Note, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._repository_doubt = cache(self.around.repository_doubt)  # it reads files

    def verdict(self) -> Verdict:
        return replace(self._verdict(), preview=self._wants_preview())

    def _wants_preview(self) -> bool:
        """Return whether an ask rule with a preview is for a part, even if another rule decided about that."""
        return self.reading.is_complete and any(
            rule.preview and rule.hits(each.words)
            for part in self.reading.parts
            for each in started_by(part)
            for rule in self._rules(Decision.ASK, each)
        )

    def _verdict(self) -> Verdict:
        self.reading = read(self.text, self.around.shell, self.around.home)
        self.notes = stands_out(self.reading, self.around.folder, self.around.home)
        judged = [self._part(at, part) for at, part in enumerate(self.reading.parts)]
        for decision in (Decision.DENY, Decision.ASK):
            for each in judged:
                if each.decision is decision and (decision is Decision.DENY or each.rule is not None):
                    return self._decided(each, judged)
        if doubt := self._doubt():
            return Verdict(Decision.ASK, doubt, parts=tuple(judged), notes=self.notes)
        for each in judged:
            if each.decision is Decision.ASK:
                return self._decided(each, judged)
        if not judged:
            return Verdict(Decision.ASK, "there is no command", notes=self.notes)
        return self._allowed(judged)

    def _decided(self, part: PartVerdict, judged: Sequence[PartVerdict]) -> Verdict:
        return Verdict(part.decision, part.why, part.rule, tuple(judged), self.notes)

    def _doubt(self) -> str | None:
        """Return why nothing in this text, or here, can be allowed; None if it can."""
        if self.reading.doubts:
            return self.reading.doubts[0].why
        if self.around.doubts:
            return self.around.doubts[0]
        return next((f"it {note.text}" for note in self.notes if note.kind.is_destructive), None)

    def _allowed(self, judged: Sequence[PartVerdict]) -> Verdict:
        rules = [each.rule for each in judged if each.rule is not None]
        network = any(rule.network for rule in rules)
        if network and len(judged) > 1 and not self._flows_from_network(judged):
            why = "one part may use the network, and another reads: together they could send what they read"
            return Verdict(Decision.ASK, why, parts=tuple(judged), notes=self.notes)
        writes = tuple(dict.fromkeys(self._absolute(path, rule) for rule in rules for path in rule.writes))
        first = judged[0]
        return Verdict(Decision.ALLOW, first.why, first.rule, tuple(judged), self.notes, writes, network)

    def _flows_from_network(self, judged: Sequence[PartVerdict]) -> bool:
        """Return whether one rule decided all, or the parts after the first only read what that prints."""
        if all(each.rule is not None and each.rule is judged[0].rule for each in judged):
            return True
        if any(each.rule is not None and each.rule.network for each in judged[1:]):
            return False
        others = [seen_through(part).words for part in self.reading.parts[1:]]
        known = [(words, reader_table.reader_of(words)) for words in others]
        return all(at in self.reading.piped for at in range(1, len(judged))) and all(
            reader is not None and readers.finding(reader[0], words, reader[1]) is None
            for words, reader in known
        )

    def _absolute(self, path: str, rule: Rule) -> str:
        if path == "~" or path.startswith("~/"):
            path = self.around.home + path[1:]
        return posixpath.normpath(posixpath.join(rule.folder or self.around.folder, path))

    def _part(self, at: int, part: Part) -> PartVerdict:
        """Return the verdict on one part; deny before ask before allow."""
        base = PartVerdict(part.start, part.end, part.arguments, Decision.ASK, "")
        if self.reading.is_complete:
            started = list(started_by(part))
            for decision in (Decision.DENY, Decision.ASK):
                if rule := self._hit(started, decision):
                    said = "denies" if decision is Decision.DENY else "asks about"
                    why = rule.reason or f"a rule {said} {rule}"
                    return replace(base, decision=decision, rule=rule, why=why)
        if self.around.shell is ShellSyntax.UNKNOWN or part.is_nested:
            return replace(base, why=self._why_doubtful(part))
        inner = seen_through(part)
        wrappers = (word.text or "" for word in part.words[: len(part.words) - len(inner.words)])
        if why_wrapper := next(filter(None, map(self.around.name_doubt, wrappers)), None):
            return replace(base, why=why_wrapper)
        finder, actions = without_actions(inner)
        for action in actions:
            found = self._by_rules(action, at, replace(base, start=action.start, end=action.end))
            if found.decision is not Decision.ALLOW:
                return replace(base, why=found.why, near=found.near)
        return self._by_rules(finder, at, base)

    def _by_rules(self, inner: Part, at: int, base: PartVerdict) -> PartVerdict:
        """Return the verdict of the allow rules, and of what only reads, on a command that is seen whole."""
        near: list[NearMiss] = []
        objection: str | None = None
        for rule in self._rules(Decision.ALLOW, inner):
            mismatch = rule.mismatch(inner.words)
            against = mismatch or self._objection(rule, inner, at)
            if against is None:
                return replace(
                    base,
                    decision=Decision.ALLOW,
                    rule=rule,
                    why=f"{rule} is allowed",
                    only_reads=not rule.writes,
                )
            if mismatch is None:
                objection = objection or against
            if rule.names(inner.words):
                near.append(NearMiss(rule, against))
        no_read = self._why_no_read(inner, at)
        if no_read is None and self.policy.reads:
            return replace(base, decision=Decision.ALLOW, why="it only reads", only_reads=True)
        reason = objection or (no_read if self.policy.reads else None)
        shown = self.text[base.start : base.end] if inner.words else "it"
        return replace(base, why=reason or f"no rule allows {_short(shown)}", near=tuple(near[:_MOST_NEAR]))

    def _why_doubtful(self, part: Part) -> str:
        inside = (
            each.why for each in self.reading.doubts if part.start <= each.start and each.end <= part.end
        )
        return next(
            inside, self.reading.doubts[0].why if self.reading.doubts else "it is inside another command"
        )

    def _rules(self, decision: Decision, part: Part) -> Iterator[Rule]:
        """Yield the rules for the program of `part` that hold here."""
        name = (part.words[0].text or "") if part.words else ""
        for rule in self.policy.rules_for(name):
            if rule.decision is decision and rule.holds_in(self.around.folder):
                yield rule

    def _hit(self, started: Sequence[Part], decision: Decision) -> Rule | None:
        hits = (rule for each in started for rule in self._rules(decision, each) if rule.hits(each.words))
        return next(hits, None)

    def _objection(self, rule: Rule, part: Part, at: int) -> str | None:
        """Return why an allow rule that matches is not enough; None if it is."""
        words = without_flags(part.words)
        if (known := reader_table.reader_of(words)) is not None:
            for found in readers.findings(known[0], words, known[1]):
                if found.why == readers.NETWORK and rule.network:
                    continue
                if not rule.is_exact and (found.at >= rule.spelled or found.at == 0):
                    place = words[found.at].raw if found.at < len(words) else words[0].raw
                    return f"{place} {found.why}"
        elif not rule.is_exact:
            if word := next((word for word in words if word.text is None or word.may_be_option), None):
                return f"{word.raw} may become an option, depending on the names of files"
            if why := runner_table.why_uncovered(
                words, rule.spelled, self.around.folder, network=rule.network
            ):
                return why
        for note in self._notes_of(part):
            if note.kind in _WRITING and not rule.writes:
                return f"it {note.text}, and the rule does not say where it may write"
            if note.kind is Kind.NETWORK and not rule.network:
                return "it reaches the network, and the rule does not allow that"
            if note.kind in _GRAVE and not rule.is_exact:
                return f"it {note.text}, and the rule does not spell that out"
        if rule.writes and (why := self._why_too_wide(rule) or self._why_not_there(rule, part)):
            return why
        return self._why_elsewhere(part, at, bound=bool(rule.folder or rule.writes or "/" in rule.program))

    def _why_too_wide(self, rule: Rule) -> str | None:
        """Return why the rule may write too much here."""
        places = Places(self.around.folder, self.around.home)
        for path in (self._absolute(path, rule) for path in rule.writes):
            what = places.precious(Word(path, path, 0, 0))
            if what is not None and what not in ("this folder", "a repository's history"):
                return f"the rule may write everywhere in {what}"
        return None

    def _why_not_there(self, rule: Rule, part: Part) -> str | None:
        """Return why a rule with `writes` does not cover what the command writes, as far as its words say that."""
        allowed = [self._absolute(path, rule) for path in rule.writes]
        within = all(is_within(path, self.around.folder) for path in allowed)
        if within and any(note.kind is Kind.OUTSIDE for note in self._notes_of(part)):
            return "it writes outside the folder, and the rule does not"
        if part.words[0].text not in _WRITES_EACH:
            return None
        places = Places(self.around.folder, self.around.home)
        for word in part.words[1:]:
            path = None if (word.text or "-").startswith("-") else places.path(word)
            if path is not None and not any(is_within(path, each) for each in allowed):
                return f"the rule does not allow to write {word.raw}"
        return None

    def _why_no_read(self, part: Part, at: int) -> str | None:
        """Return why a command is not a pure read; None if it is."""
        words = without_flags(part.words)
        if (
            moves.changes_folder(part) and len(self.reading.parts) > 1
        ):  # nothing is left of it after the command
            places = Places(self.around.folder, self.around.home)
            return None if moves.moved(part, places) else "it may change to any folder"
        known = reader_table.reader_of(words)
        if known is None or not self._is_by_name(part):
            return f"the judge does not know whether {words[0].raw if words else 'it'} only reads"
        found = readers.finding(known[0], words, known[1])
        if found is not None:
            return f"{words[min(found.at, len(words) - 1)].raw} {found.why}"
        if note := next((note for note in self._notes_of(part) if note.kind is not Kind.NETWORK), None):
            return f"it {note.text}"
        has_input = at in self.reading.piped or any(each.operator.startswith("<") for each in part.redirects)
        if why := reader_checks.why_unending(words, has_input=has_input):
            return why
        return self._why_elsewhere(part, at, bound=False)

    def _is_by_name(self, part: Part) -> bool:
        return "/" not in (part.words[0].text or "/")

    def _notes_of(self, part: Part) -> Iterator[Note]:
        return (note for note in self.notes if part.start < note.end and note.start < part.end)

    def _why_elsewhere(self, part: Part, at: int, *, bound: bool) -> str | None:
        """Return why the name of the program, the repository or the folder may not be what it seems."""
        name = part.words[0].text or ""
        if why := self.around.name_doubt(name):
            return why
        moved = any(map(moves.changes_folder, self.reading.parts[:at]))
        if name.rpartition("/")[2] == "git":
            return "it follows a change of the folder" if moved else self._repository_doubt()
        return "it follows a change of the folder" if moved and bound else None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
