"""Decisions, results and start values as the journal stores them: to JSON, and back from every earlier format."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter

from hitl_cli.decisions import Answer, Decider, Decision, Refuse, Reject, Respond, Run
from hitl_cli.forms import summary
from hitl_cli.gate import digest
from hitl_cli.journal.entries import DecisionEntry
from hitl_cli.journal.stored_session import PausedRun
from hitl_cli.shell import CommandResult
from hitl_cli.starting.values import StartValues
from hitl_cli.text.visible import shown_form

_DECISIONS: Sequence[type[Decision]] = (Run, Reject, Answer, Respond, Refuse)


def verdict_of(decision: Decision, by: Decider) -> DecisionEntry:
    """Return `decision`, taken `by` somebody, as the journal stores it."""
    exact = decision_values(decision)
    match decision:
        case Run(command=command, comment=comment, rule=rule):
            return DecisionEntry(decision.kind, by, exact, command, exact["shown"], comment or rule)
        case Reject(reason=words) | Answer(text=words) | Refuse(reason=words):
            return DecisionEntry(decision.kind, by, exact, words=words)
        case Respond():
            return DecisionEntry(decision.kind, by, exact, words=summary(decision))


def decision_values(decision: Decision) -> dict[str, Any]:
    """Return `decision` as JSON, with the name and the version of its kind; what was shown as its digest.

    Secrets are left out: a form with secrets cannot be answered again from what is stored.
    """
    values = {"kind": decision.kind, "version": decision.version, **asdict(decision)}
    if isinstance(decision, Respond):
        values["values"] = {k: each for k, each in decision.values.items() if k not in decision.secrets}
    return {**values, "shown": digest(decision.command)} if isinstance(decision, Run) else values


def decision_of(values: Mapping[str, Any], request_id: str) -> Decision:
    """Return the decision that `decision_values` serialized; earlier versions did not store the request id.

    Raises:
        ValueError: It is invalid, or of an unknown kind or version.
    """
    given = {"version": 1, "request_id": request_id, **values}
    kind, version = given.pop("kind", None), given.pop("version")
    found = next((each for each in _DECISIONS if (each.kind, each.version) == (kind, version)), None)
    if found is None or given["request_id"] != request_id:
        raise ValueError(f"decision of unknown kind {kind!r}, version {version!r}")
    if found is Run:
        given["shown"] = shown_form(str(given.get("command")))  # the gate accepted no other
    decision: Decision = TypeAdapter(found).validate_python(given)
    return decision


def result_values(result: CommandResult) -> dict[str, Any]:
    """Return `result` as JSON, with its ending in words."""
    return {**asdict(result), "ending": result.ending}


def result_of(values: Mapping[str, Any]) -> CommandResult:
    """Return the result that `result_values` serialized.

    Raises:
        ValueError: It is invalid.
    """
    names = {each.name for each in fields(CommandResult)}
    kept = {name: value for name, value in values.items() if name in names}
    result: CommandResult = TypeAdapter(CommandResult).validate_python(kept)
    return result


def started_with(paused: PausedRun) -> StartValues:
    """Return what a run started with; earlier formats stored only the prompt."""
    if paused.start is None:
        return StartValues.of_prompt(paused.prompt)
    return StartValues(paused.prompt, paused.start)
