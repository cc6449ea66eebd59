"""`hitl policy`: judge commands, and list, check, change and trust the rules."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitl_cli import private, system
from hitl_cli.decisions import Decider
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, UsageError
from hitl_cli.journal import history
from hitl_cli.journal.store import Store
from hitl_cli.policy import files, readers
from hitl_cli.policy.danger import Note
from hitl_cli.policy.effects import Kind
from hitl_cli.policy.files import LoadedRules, RuleFileError
from hitl_cli.policy.judge import PartVerdict, Policy, Surroundings, Verdict, judge
from hitl_cli.policy.reading import Part, read
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source, checked, parsed_pattern
from hitl_cli.policy.surroundings import surroundings
from hitl_cli.shell.shell import shell_program
from hitl_cli.text import charset

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

STATUS = {
    Decision.ALLOW: ExitStatus.FINISHED,
    Decision.ASK: ExitStatus.UNDECIDED,
    Decision.DENY: ExitStatus.REJECTED,
}
"""The exit status of `hitl policy check` for each decision."""

_MOST_COMMANDS = 10_000  # of the journal, for suggestions
_MOST_SUGGESTIONS = 10
_MOST_EXAMPLES = 3


def home_of(environment: Environment) -> str:
    """Return the person's home folder, or an empty text."""
    return environment.variables.get("HOME", "")


def rules_for(environment: Environment, policy: str | None, *, reads: bool = False) -> LoadedRules:
    """Return the rules that hold in the current folder; those of the file `policy` in place of the person's own.

    Raises:
        UsageError: A file of rules does not exist, is invalid, or cannot be read.
    """
    own = environment.own_rules
    if policy is not None:
        own = environment.path_of(policy)
        if not own.is_file():
            raise UsageError(f"Cannot find the file {policy}; nothing was checked.")
    return files.load(own, environment.folder, environment.state_folder, home_of(environment), reads=reads)


def surroundings_of(environment: Environment) -> Surroundings:
    """Return the surroundings of a command that the person's shell would run in the current folder."""
    variables = environment.variables
    return surroundings(shell_program(variables), environment.folder, home_of(environment), variables)


def commands_in(environment: Environment, source: str) -> list[str]:
    """Return the commands in the file `source`, or in standard input for `-`.

    They are separated by NUL characters if there are any, otherwise by line breaks. Empty lines are skipped.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        if source == "-":
            if environment.stdin is None:
                raise UsageError("Standard input is closed; nothing was checked.")
            data = environment.stdin.buffer.read()
        else:
            data = environment.path_of(source).read_bytes()
    except OSError as problem:
        raise UsageError(f"Cannot read {source}; nothing was checked. {system.reason(problem)}") from problem
    text = data.decode("utf-8", "surrogateescape")
    return [each for each in text.split("\0" if "\0" in text else "\n") if each.strip()]


def given_command(text: str) -> str:
    """Return a command of the command line as text; bytes that are no text stay, and are a question."""
    try:
        return charset.from_system(text)
    except UnicodeError:
        return text


def verdict_values(command: str, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON values."""
    return {
        "command": command,
        "decision": verdict.decision.value,
        "why": verdict.why,
        "rule": rule_values(verdict.rule) if verdict.rule else None,
        "parts": [_part_values(command, each) for each in verdict.parts],
        "notes": [_note_values(command, each) for each in verdict.notes],
        "destructive": verdict.is_destructive,
        "writes": list(verdict.writes),
        "network": verdict.network,
    }


def rule_values(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON values."""
    return {
        "decision": rule.decision.value,
        "rule": str(rule),
        "file": rule.source.file,
        "line": rule.source.line,
        "folder": rule.folder or None,
        "writes": list(rule.writes),
        "network": rule.network,
        "reason": rule.reason or None,
    }


def _part_values(command: str, part: PartVerdict) -> dict[str, Any]:
    return {
        "text": command[part.start : part.end],
        "start": part.start,
        "end": part.end,
        "arguments": list(part.arguments),
        "decision": part.decision.value,
        "why": part.why,
        "rule": rule_values(part.rule) if part.rule else None,
        "only_reads": part.only_reads,
        "near": [{"rule": rule_values(each.rule), "why": each.why} for each in part.near],
    }


def _note_values(command: str, note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind.value,
        "text": note.text,
        "destructive": note.kind.is_destructive,
        "part": command[note.start : note.end],
        "start": note.start,
        "end": note.end,
    }


def verdict_lines(command: str, verdict: Verdict) -> Iterator[str]:
    """Yield the lines that show a verdict to a person."""
    yield _with_place(f"{verdict.decision.value}: {verdict.why}", verdict.rule)
    if len(verdict.parts) > 1 or any(part.near for part in verdict.parts):
        for number, part in enumerate(verdict.parts, 1):
            yield f"  {number}  {_line(command[part.start : part.end])}"
            yield _with_place(f"     {part.decision.value}: {part.why}", part.rule)
            for near in part.near:
                yield _with_place(f"     not {near.rule}: {near.why}", near.rule)
    for note in verdict.notes:
        if note.kind is Kind.WRITES:  # where nothing is wrong
            continue
        mark = "cannot be undone" if note.kind.is_destructive else "note"
        place = _line(command[note.start : note.end])
        yield f"  {mark}: {note.text}" + ("" if place == _line(command) else f"  (in: {place})")
    if verdict.writes:
        yield f"  may write in: {', '.join(verdict.writes)}"
    if verdict.network:
        yield "  may use the network"


def _with_place(text: str, rule: Rule | None) -> str:
    return text if rule is None else f"{text}  ({rule.source})"


def _line(text: str) -> str:
    return " ".join(text.split())


def rule_lines(loaded: LoadedRules) -> Iterator[str]:
    """Yield the lines that list the rules, those that do not hold included."""
    project = loaded.project
    held = loaded.policy.rules
    for rule in held:
        yield rule_line(rule)
    if loaded.policy.reads:
        yield "allow  every command that only reads"
    if project is not None and not project.is_trusted:
        ignored = [rule for rule in project.rules if rule.decision is Decision.ALLOW]
        state = "has changed since you trusted it" if project.has_changed else "is not trusted"
        yield f"The project's file {project.file} {state}: only its deny and ask rules hold."
        for rule in ignored:
            yield f"  not trusted: {rule_line(rule)}"
        yield "  Read it, then trust it with: hitl policy trust"


def list_values(loaded: LoadedRules) -> dict[str, Any]:
    """Return the rules that hold as JSON values, and whether the project's are trusted."""
    project = loaded.project
    return {
        "rules": [rule_values(rule) for rule in loaded.policy.rules],
        "reads": loaded.policy.reads,
        "project": None if project is None else {"file": str(project.file), "trusted": project.is_trusted},
    }


def rule_line(rule: Rule) -> str:
    """Return one line for a rule."""
    more = [
        *([f"writes {', '.join(rule.writes)}"] if rule.writes else []),
        *(["network"] if rule.network else []),
        *([f"in {rule.folder}"] if rule.folder else []),
        *([rule.reason] if rule.reason else []),
    ]
    return f"{rule.decision.value:5}  {rule}{''.join(f'; {each}' for each in more)}  ({rule.source})"


def check_files(environment: Environment, given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Check the files `given`, by default the built-in rules, the person's own and the project's.

    Returns a line for each valid file, and the problems.
    """
    home = home_of(environment)
    good, wrong = [], []
    for rule in files.builtin_rules() if not given else ():
        try:
            files.check_rule_examples(rule, home)
        except InvalidRuleError as problem:
            wrong.append(f"{rule.source}: {problem}")
    project = files.project_file(environment.folder)
    usual = [each for each in (environment.own_rules, project) if each is not None and each.exists()]
    for file in [environment.path_of(each) for each in given] or usual:
        base = str(file.parent.parent) if file == project else ""
        try:
            count = len(files.read_file(file, home, base).rules)
            good.append(f"{file}: {count} rule{'' if count == 1 else 's'}, all examples hold")
        except RuleFileError as problem:
            wrong.append(str(problem))
    return good, wrong


@dataclass(frozen=True)
class NewRule:
    """A rule that the person adds."""

    pattern: str
    decision: Decision
    folder: str | None = None
    writes: tuple[str, ...] = ()
    network: bool = False
    reason: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return what a table for the rule has beside its pattern."""
        fields = {
            "folder": self.folder,
            "writes": list(self.writes),
            "network": self.network,
            "reason": self.reason,
        }
        return {name: value for name, value in fields.items() if value}


def rule_file(environment: Environment, *, project: bool) -> tuple[Path, str]:
    """Return the file of the person's own rules, or of the project's, and the folder in which its rules hold."""
    if not project:
        return environment.own_rules, ""
    file = files.project_file(environment.folder) or environment.folder / files.PROJECT_FILE
    return file, str(file.parent.parent)


def add(environment: Environment, new: NewRule, *, project: bool) -> tuple[Path, bool]:
    """Add a rule to a file; return the file, and whether the rule was not there before.

    Raises:
        UsageError: The rule cannot exist, or the file is invalid or cannot be written.
    """
    file, base = rule_file(environment, project=project)
    home = home_of(environment)
    try:
        program, words, open_ended = parsed_pattern(new.pattern)
        checked(
            Rule(
                new.decision, program, words, open_ended, Source(str(file), 0), folder=new.folder or base,
                writes=new.writes, network=new.network,
            )
        )  # fmt: skip
    except InvalidRuleError as problem:
        raise UsageError(f"Nothing was added to {file}: {problem}.") from problem
    fields, key, added = new.fields(), new.decision.value, True

    def edit(document: "TOMLDocument") -> None:
        nonlocal added
        import tomlkit

        if fields:
            table = tomlkit.table()
            table[key] = new.pattern
            for name, value in fields.items():
                table[name] = value
            tables = document.get("rule")
            if tables is None:
                tables = tomlkit.aot()
                document["rule"] = tables
            table.add(tomlkit.nl())
            tables.append(table)
            return
        patterns = document.get(key)
        if patterns is None:
            patterns = tomlkit.array()
            document[key] = patterns
        if new.pattern in list(patterns):
            added = False
            return
        patterns.append(new.pattern)

    _change(environment, file, base, home, edit)
    return file, added


def remove(environment: Environment, pattern: str, *, project: bool) -> tuple[Path, int]:
    """Remove the rules with this pattern from a file; return the file and how many there were.

    Raises:
        UsageError: There is none, or the file is invalid or cannot be written.
    """
    file, base = rule_file(environment, project=project)
    removed = 0

    def edit(document: "TOMLDocument") -> None:
        nonlocal removed
        for key in (each.value for each in Decision):
            patterns = document.get(key, [])
            for at in reversed(range(len(patterns))):
                if str(patterns[at]) == pattern:
                    del patterns[at]
                    removed += 1
        tables = document.get("rule", [])
        for at in reversed(range(len(tables))):
            said = [str(tables[at].get(each.value)) for each in Decision]
            if pattern in said or pattern == str(_rule_of(tables[at].unwrap())):
                del tables[at]
                removed += 1
        if "rule" in document and not len(tables):
            del document["rule"]

    if not file.exists():
        raise UsageError(f"There are no rules in {file}; nothing was removed.")
    _change(environment, file, base, home_of(environment), edit)
    if not removed:
        raise UsageError(
            f"{file} has no rule {pattern}; nothing was removed. List the rules with: hitl policy list"
        )
    return file, removed


def _rule_of(table: dict[str, Any]) -> str:
    words = [table.get("program", ""), *table.get("subcommands", []), *table.get("arguments", ["*"])]
    return " ".join(map(str, words))


def _change(
    environment: Environment, file: Path, base: str, home: str, edit: "Callable[[TOMLDocument], None]"
) -> None:
    """Change a rule file; a project's file that was trusted stays trusted, because the person changed it."""
    before = files.project_rules(environment.folder, environment.state_folder, home) if base else None
    files.change(file, edit, home, base)
    after = files.project_rules(environment.folder, environment.state_folder, home) if base else None
    if before is not None and before[0].is_trusted and after is not None:
        _trust(environment, after[0])


def trust(environment: Environment) -> files.ProjectRules:
    """Trust the project's rules as they are now, and return them.

    Raises:
        UsageError: There is no such file, it is invalid, or the trust cannot be stored.
    """
    found = files.project_rules(environment.folder, environment.state_folder, home_of(environment))
    if found is None:
        raise UsageError(
            f"There is no {files.PROJECT_FILE} in {environment.folder} or above; nothing was trusted."
        )
    _trust(environment, found[0])
    return found[0]


def _trust(environment: Environment, project: files.ProjectRules) -> None:
    try:
        files.trust(project, environment.state_folder)
    except (OSError, private.NotPrivateError) as problem:
        why = system.reason(problem) if isinstance(problem, OSError) else str(problem)
        raise UsageError(f"{project.file} is not trusted: that cannot be stored. {why}") from problem


@dataclass(frozen=True)
class Suggestion:
    """A rule that would have allowed what the person approved: how often, and examples."""

    pattern: str
    count: int
    examples: tuple[str, ...]


def suggest(environment: Environment) -> list[Suggestion]:
    """Return rules for what the person approved unchanged most often and is still asked about.

    Raises:
        JournalError: The journal cannot be read.
        UsageError: A rule file is invalid.
    """
    store = Store.open_existing(environment.state_folder)
    if store is None:
        return []
    policy = rules_for(environment, None).policy
    around = Surroundings(home=home_of(environment))
    counts: Counter[str] = Counter()
    examples: dict[str, Counter[str]] = {}
    for logged in history.commands(store, history.CommandFilter(), _MOST_COMMANDS):
        if (
            logged.approved != logged.proposed
            or logged.decided_by != Decider.PERSON
            or logged.approved is None
        ):
            continue
        patterns = set()
        for part in read(logged.approved, around.shell, around.home).parts:
            text = logged.approved[part.start : part.end]
            place = Surroundings(folder=logged.folder, home=around.home)
            if judge(text, policy, place).decision is Decision.ASK and (
                pattern := _narrowest(part, text, place)
            ):
                patterns.add(pattern)
                examples.setdefault(pattern, Counter())[text] += 1
        counts.update(patterns)
    return [
        Suggestion(pattern, count, tuple(text for text, _ in examples[pattern].most_common(_MOST_EXAMPLES)))
        for pattern, count in counts.most_common(_MOST_SUGGESTIONS)
    ]


def _narrowest(part: Part, text: str, around: Surroundings) -> str | None:
    """Return the pattern of the narrowest useful rule that allows a command; None if no rule can."""
    exact = shlex.join(word.text or word.raw for word in part.words)
    known = readers.reader_of(part.words)
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
