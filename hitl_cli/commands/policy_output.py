"""Formats verdicts and rules for `hitl policy`: lines for people, values for JSON."""

from collections.abc import Iterator
from typing import Any

from hitl_cli.policy.danger import Note
from hitl_cli.policy.files import LoadedRules
from hitl_cli.policy.judge import PartVerdict, Verdict
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.rules import Decision, Rule
from hitl_cli.text.amounts import counted

_MOST_NOTES = 12


def verdict_values(command: str, verdict: Verdict, lacking: str, unfenced: bool) -> dict[str, Any]:
    """Return a verdict as JSON values; see `verdict_lines`."""
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
        "preview": verdict.preview,
        "fence": not lacking,
        "asks": not verdict.is_denied and not (verdict.is_allowed and (unfenced or not lacking)),
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
        "preview": rule.preview,
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


def verdict_lines(command: str, verdict: Verdict, lacking: str, unfenced: bool) -> Iterator[str]:
    """Yield the lines that show a verdict to a person.

    `lacking` says why there is no fence for it here, empty if there is one, and `unfenced` whether none is needed.
    """
    yield _with_place(f"{verdict.decision.value}: {_line(verdict.why)}", verdict.rule)
    if len(verdict.parts) > 1 or any(part.near for part in verdict.parts):
        for number, part in enumerate(verdict.parts, 1):
            yield f"  {number}  {_line(command[part.start : part.end])}"
            yield _with_place(f"     {part.decision.value}: {_line(part.why)}", part.rule)
            for near in part.near:
                yield _with_place(f"     not {near.rule}: {near.why}", near.rule)
    noted = [note for note in verdict.notes if note.kind is not Kind.WRITES]  # where nothing is wrong
    for note in noted[:_MOST_NOTES]:
        place = _line(command[note.start : note.end])
        yield f"  {note.mark}: {note.text}" + ("" if place == _line(command) else f"  (in: {place})")
    if len(noted) > _MOST_NOTES:
        yield f"  and {counted(len(noted) - _MOST_NOTES, 'more note')}"
    if verdict.writes:
        yield f"  may write in: {', '.join(verdict.writes)}"
    if verdict.network:
        yield "  may use the network"
    if verdict.preview:
        yield "  previewed before the question"
    if verdict.is_allowed and lacking:
        does = "it runs without one, as your rules say" if unfenced else "hitl run asks all the same"
        yield f"  {lacking.rstrip('.')}; {does}"


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
    if loaded.policy.unfenced:
        yield "What is allowed runs without a fence where there is none."
    if project is not None and not project.is_trusted:
        ignored = [rule for rule in project.policy.rules if rule.decision is Decision.ALLOW]
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
        "unfenced": loaded.policy.unfenced,
        "project": None if project is None else {"file": str(project.file), "trusted": project.is_trusted},
    }


def rule_line(rule: Rule) -> str:
    """Return one line for a rule."""
    more = [
        *([f"writes {', '.join(rule.writes)}"] if rule.writes else []),
        *(["network"] if rule.network else []),
        *(["preview"] if rule.preview else []),
        *([f"in {rule.folder}"] if rule.folder else []),
        *([_line(rule.reason)] if rule.reason else []),
    ]
    return f"{rule.decision.value:5}  {rule}{''.join(f'; {each}' for each in more)}  ({rule.source})"
