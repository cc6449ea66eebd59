"""Rule files: reads and checks them, remembers which projects' files the person trusts, and changes them.

docs/policy.md describes the format. A file with any mistake is refused as a whole.
"""

import hashlib
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hitl_cli import private
from hitl_cli.errors import UsageError
from hitl_cli.policy.judge import Policy, Surroundings, judge
from hitl_cli.policy.project_file import project_file
from hitl_cli.policy.rules import Decision, InvalidRuleError, Rule, Source, checked, parsed_pattern
from hitl_cli.policy.words import ShellSyntax
from hitl_cli.text.suggestions import ended, or_similar

_BUILTIN = Path(__file__).with_name("builtin.toml")
_TRUSTED = "trusted-rules.json"
_DECISIONS = {each.value: each for each in Decision}
_KEYS = frozenset(
    [
        *_DECISIONS,
        "decision",
        "program",
        "subcommands",
        "arguments",
        "folder",
        "writes",
        "network",
        "preview",
        "reason",
        "match",
    ]
) | {"no_match"}
_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]", re.MULTILINE)
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


class RuleFileError(UsageError):
    """A rule file is invalid; no rule of it holds, and nothing may run. The message names the file and the line."""


@dataclass(frozen=True)
class ProjectRules:
    """The rule file of a project. Without trust, only its deny and ask rules hold.

    `has_changed` says that the person trusted it before its last change.
    """

    file: Path
    digest: str
    is_trusted: bool
    has_changed: bool
    policy: Policy


@dataclass(frozen=True)
class LoadedRules:
    """The rules that hold, and the project's file if there is one."""

    policy: Policy
    project: ProjectRules | None = None


def load(user_file: Path, folder: Path, state_folder: Path, home: str, *, reads: bool = False) -> LoadedRules:
    """Return the rules for a command in `folder`: the built-in ones, those of `user_file`, those of the project.

    With `reads`, commands that only read are allowed, as with `reads = "allow"` in the file.

    Raises:
        RuleFileError: A file is invalid or cannot be read.
    """
    own = read_file(user_file, home) if user_file.exists() else Policy()
    rules = [*builtin_rules(), *own.rules]
    allows_reads, secrets = reads or own.reads, own.secrets
    project = project_rules(folder, state_folder, home)
    if project is not None:
        theirs, is_trusted = project.policy, project.is_trusted
        # Without trust, a rule only tightens: a preview would run a command before the person has seen it.
        rules += (
            theirs.rules
            if is_trusted
            else [
                replace(each, preview=False) for each in theirs.rules if each.decision is not Decision.ALLOW
            ]
        )
        allows_reads = allows_reads or (is_trusted and theirs.reads)
        secrets += theirs.secrets
    return LoadedRules(Policy(tuple(rules), allows_reads, secrets, own.unfenced), project)


@lru_cache(maxsize=1)
def builtin_rules() -> tuple[Rule, ...]:
    """Return the rules that hold for everybody; their examples are checked by the tests, not here."""
    return _parse(_BUILTIN.read_text(encoding="utf-8"), "built-in rules", "", "/", check_examples=False).rules


def read_file(file: Path, home: str, base: str = "") -> Policy:
    """Return the rules of `file`. With a `base`, they hold in that folder and below, unless they name another.

    Raises:
        RuleFileError: The file is invalid or cannot be read.
    """
    return parse(_read(file), str(file), base, home)


def _read(file: Path) -> str:
    try:
        return private.read_settings(file)
    except private.NotPrivateError as problem:
        raise RuleFileError(f"Cannot use the rules: {problem} Nothing ran.") from problem
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else f"it is not valid UTF-8 ({problem})"
        raise RuleFileError(f"Cannot read the rules in {file}: {why}. Nothing ran.") from problem


def project_rules(folder: Path, state_folder: Path, home: str) -> ProjectRules | None:
    """Return the rules of the project that `folder` is in; None if it has none.

    Raises:
        RuleFileError: The file is invalid or cannot be read.
    """
    file = project_file(folder)
    if file is None:
        return None
    text = _read(file)
    parsed = parse(text, str(file), str(file.parent.parent), home)
    now = digest(text)
    known = _trusted(state_folder).get(str(file))
    return ProjectRules(file, now, known == now, known not in (None, now), parsed)


def trust(project: ProjectRules, state_folder: Path) -> None:
    """Remember that the person trusts the file of `project` as it is now.

    Raises:
        OSError, NotPrivateError: That cannot be written.
    """
    private.make_folder(state_folder)
    known = {**_trusted(state_folder), str(project.file): project.digest}
    private.replace_file(state_folder / _TRUSTED, json.dumps(known, indent=2) + "\n")


def _trusted(state_folder: Path) -> dict[str, str]:
    """Return the digests of the trusted files. What cannot be read is not trusted."""
    try:
        known = json.loads(private.read_settings(state_folder / _TRUSTED))
    except (OSError, ValueError, RecursionError, private.NotPrivateError):
        return {}
    return known if isinstance(known, dict) else {}


def parse(text: str, name: str, base: str, home: str) -> Policy:
    """Return the rules in `text`, the content of the file `name`.

    Raises:
        RuleFileError: It is invalid.
    """
    return _parse(text, name, base, home, check_examples=True)


def _parse(text: str, name: str, base: str, home: str, *, check_examples: bool) -> Policy:
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        place = _AT_LINE.search(str(problem))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        said = _AT_LINE.sub("", str(problem)) or "it is nested too deeply"
        raise _invalid(name, line, f"invalid TOML: {said[:1].lower()}{said[1:]}") from problem
    rules: list[Rule] = []
    secrets: tuple[str, ...] = ()
    for key, value in content.items():
        line = _line_of_key(text, key)
        if key in _DECISIONS:
            if not isinstance(value, list):
                raise _invalid(name, line, f'{key} must be a list of patterns, such as ["git status*"]')
            lines = _lines_of_items(text, line, value)
            for pattern, at in zip(value, lines, strict=True):
                rules.append(_rule({key: pattern}, Source(name, at), base, home, check_examples))
        elif key == "rule":
            if not isinstance(value, list):
                raise _invalid(name, line, "a rule is a table with double brackets: [[rule]]")
            for table, at in zip(value, _lines_of_tables(text, len(value)), strict=True):
                rules.append(_table(table, text, Source(name, at), base, home, check_examples))
        elif key in ("reads", "unfenced"):
            if value not in ("allow", "ask"):
                raise _invalid(name, line, f'{key} must be "allow" or "ask", not {value!r}')
            if key == "unfenced" and base:
                raise _invalid(name, line, "unfenced is yours to say; only your own rules can have it")
        elif key == "secrets":
            try:
                secrets = tuple(resolved_path(each, base or home, home) for each in _texts(content, key))
            except InvalidRuleError as problem:
                raise _invalid(name, line, str(problem)) from problem
        else:
            known = [*_DECISIONS, "reads", "unfenced", "secrets", "[[rule]]"]
            near = or_similar(key, known)
            raise _invalid(name, line, f"unknown key {key!r}; the keys are {', '.join(known)}{near}")
    reads, unfenced = (content.get(key) == "allow" for key in ("reads", "unfenced"))
    return Policy(tuple(rules), reads, secrets, unfenced)


def _invalid(name: str, line: int, what: str) -> RuleFileError:
    return RuleFileError(f"{ended(f'{name}, line {line}: {what}')} No rule holds, and nothing ran.")


def _table(table: Any, text: str, source: Source, base: str, home: str, check_examples: bool) -> Rule:
    if not isinstance(table, dict):
        raise _invalid(source.file, source.line, "a rule is a table with double brackets: [[rule]]")
    if unknown := next((key for key in table if key not in _KEYS), None):
        line = _line_of_key(text, unknown, source.line)
        known = ", ".join(sorted(_KEYS))
        near = or_similar(unknown, _KEYS)
        raise _invalid(source.file, line, f"unknown key {unknown!r}; the keys of a rule are {known}{near}")
    return _rule(table, source, base, home, check_examples)


def _rule(table: dict[str, Any], source: Source, base: str, home: str, check_examples: bool) -> Rule:
    try:
        rule = checked(_built(table, source, base, home))
        if check_examples:
            check_rule_examples(rule, home)
    except InvalidRuleError as problem:
        raise _invalid(source.file, source.line, str(problem)) from problem
    return rule


def _built(table: dict[str, Any], source: Source, base: str, home: str) -> Rule:
    """Return the rule that `table` describes."""
    short = [key for key in _DECISIONS if key in table]
    if len(short) + ("decision" in table) != 1:
        raise InvalidRuleError(
            f"a rule needs one of {', '.join(_DECISIONS)}, with a pattern, or decision and program"
        )
    if short:
        program, words, open_ended = parsed_pattern(_text(table, short[0]))
        decision = _DECISIONS[short[0]]
        if other := next((key for key in ("program", "subcommands", "arguments") if key in table), None):
            raise InvalidRuleError(f"{other} does not go together with a pattern; use decision and program")
        subcommands: tuple[str, ...] = ()
    else:
        said = _text(table, "decision")
        if said not in _DECISIONS:
            raise InvalidRuleError(f"decision must be one of {', '.join(_DECISIONS)}, not {said!r}")
        decision, program = _DECISIONS[said], _text(table, "program")
        if re.search(r"\s", program):
            raise InvalidRuleError("program is one word; use subcommands and arguments for the others")
        subcommands = _texts(table, "subcommands")
        words = _texts(table, "arguments")
        open_ended = "arguments" not in table or words[-1:] == ("*",)
        words = words[:-1] if words[-1:] == ("*",) else words
    folder = _text(table, "folder") if "folder" in table else ""
    return Rule(
        decision=decision,
        program=program,
        words=words,
        open_ended=open_ended,
        source=source,
        subcommands=subcommands,
        folder=resolved_path(folder, base or home, home) if folder else base,
        writes=_texts(table, "writes"),
        network=_switch(table, "network"),
        preview=_switch(table, "preview"),
        reason=_text(table, "reason") if "reason" in table else "",
        match=_texts(table, "match"),
        no_match=_texts(table, "no_match"),
    )


def resolved_path(text: str, base: str, home: str) -> str:
    """Return `text` as an absolute path, relative to `base`; `~` is the home folder."""
    if text == "~" or text.startswith("~/"):
        text = home + text[1:]
    return posixpath.normpath(posixpath.join(base or "/", text))


def check_rule_examples(rule: Rule, home: str) -> None:
    """Check that `rule` matches each example in `match`, and none in `no_match`.

    Raises:
        InvalidRuleError: An example fails.
    """
    for examples, expected in ((rule.match, True), (rule.no_match, False)):
        for example in examples:
            around = Surroundings(ShellSyntax.BASH, rule.folder or home or "/", home or "/")
            verdict = judge(example, Policy((replace(rule, match=(), no_match=()),)), around)
            matches = verdict.decision is rule.decision and verdict.rule is not None
            if matches is not expected:
                why = f": {verdict.why}" if expected else ""
                raise InvalidRuleError(
                    f"the rule {'does not match' if expected else 'matches'} {example!r}{why}"
                )


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRuleError(f"{key} must be a text that is not empty")
    return value


def _switch(table: dict[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InvalidRuleError(f"{key} must be true or false")
    return value


def _texts(table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise InvalidRuleError(f"{key} must be a list of texts")
    return tuple(value)


def _line_of_key(text: str, key: str, start: int = 1) -> int:
    pattern = re.compile(rf"^\s*(?:\[+\s*)?[\"']?{re.escape(key)}\b")
    lines = text.splitlines()
    return next(
        (number for number in range(start, len(lines) + 1) if pattern.match(lines[number - 1])), start
    )


def _lines_of_tables(text: str, count: int) -> list[int]:
    lines = [text.count("\n", 0, found.end()) + 1 for found in _HEADER.finditer(text)]
    return lines if len(lines) == count else [lines[0] if lines else 1] * count


def _lines_of_items(text: str, start: int, items: Sequence[object]) -> Iterator[int]:
    """Yield the line of each text in the list that begins on line `start`."""
    line, at = start, 0
    for _ in range(start - 1):
        at = text.index("\n", at) + 1
    for item in items:
        found = text.find(json.dumps(item, ensure_ascii=False), at)
        end = found if found >= 0 else len(text)
        literal = text.find(f"'{item}'", at, end)  # whichever form comes first
        found = literal if literal >= 0 else max(found, at)
        line += text.count("\n", at, found)
        at = found
        yield line


def digest(text: str) -> str:
    """Return the digest of a rule file with this text, by which it is trusted."""
    return hashlib.sha256(text.encode()).hexdigest()
