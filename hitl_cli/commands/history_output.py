"""Formats journal entries for `hitl sessions`, `hitl log` and `hitl show`: lines for people, values for JSON."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hitl_cli.commands.table import Page, TableRow, table
from hitl_cli.decisions import Decider
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.journal.history import CommandEvent, LoggedCommand, LoggedSession
from hitl_cli.journal.projection import CommandState
from hitl_cli.journal.store import Store
from hitl_cli.text.amounts import counted, format_duration
from hitl_cli.text.changed_variable import ChangedVariable
from hitl_cli.text.difference import inline_diff
from hitl_cli.text.piped_input import own_words
from hitl_cli.text.visible import visible
from hitl_cli.text.wrapping import wrapped

if TYPE_CHECKING:
    from hitl_cli.journal.verify import Problem, Verification

VERSION = 1
"""The version of the `--json` format; an incompatible change increases it."""

_INDENT = " " * 12  # of the values that `hitl show` prints
_NOUNS = {"tool": "call", "code": "code"}
_MOST_PROBLEMS = 200  # that are listed one by one


def open_store(environment: Environment) -> Store | None:
    """Open the journal, or return None if nothing is recorded yet.

    Raises:
        JournalError: The journal cannot be read.
    """
    return Store.open_existing(environment.state_folder)


def session_lines(sessions: Sequence[LoggedSession], page: Page, *, folders: bool) -> list[str]:
    """Return a line for each session; with `folders`, each shows its folder."""
    headings = ("session", "changed", "state", "workflow", *(["folder"] if folders else []), "request")
    rows = [
        TableRow(
            (
                each.id,
                _brief_moment(each.changed, page),
                each.state_text,
                each.workflow,
                *([each.folder] if folders else []),
                own_words(each.request) or "-",
            ),
            failed=(2,) if each.state_text == "failed" else (),
        )
        for each in sessions
    ]
    return table(headings, rows, page)


def session_values(session: LoggedSession) -> dict[str, Any]:
    """Return a session as values for JSON."""
    return {**asdict(session), "told": session.state_text}


def log_lines(commands: Sequence[LoggedCommand], page: Page) -> list[str]:
    """Return a line for each command."""
    headings = ("number", "proposed", "status", "exit", "time", "command")
    rows = [_log_row(each, page) for each in commands]
    return table(headings, rows, page, right=(0, 1, 3, 4))


def _log_row(command: LoggedCommand, page: Page) -> TableRow:
    text, mark = command.proposed if command.approved is None else command.approved, ""
    text = f"!{text}" if command.is_own else text
    state, words = command.state_text, _words(command)
    if page.columns is not None:
        text, *others = text.split("\n")
        mark = f" (+{counted(len(others), 'line')})" if others else ""
        state = "ended by hitl" if command.ended_because else state
    return TableRow(
        (
            str(command.number),
            _brief_moment(command.proposed_at, page),
            state,
            "-" if command.exit_status is None else str(command.exit_status),
            "-" if command.duration is None else format_duration(command.duration),
            f"{text} · {words[0]}: {words[1]}" if words else text,
        ),
        failed=(2, 3) if command.exit_status else (),
        mark=mark,
    )


def _words(command: LoggedCommand) -> tuple[str, str] | None:
    """Return what the person said with their decision, and its label; None if they said nothing."""
    if not command.words or command.decided_by != Decider.PERSON:
        return None
    is_reason = command.state == CommandState.REJECTED
    return "reason" if is_reason else "comment" if command.approved is not None else "answer", command.words


def command_lines(command: LoggedCommand, events: Sequence[CommandEvent], page: Page) -> Iterator[str]:
    """Yield what is recorded about a command; lines that are too wide for a terminal are wrapped and indented."""
    for line in _command_lines(command, events):
        yield wrapped(line, page.columns, 0 if line.startswith(_INDENT) else len(_INDENT))


def command_values(command: LoggedCommand, events: Sequence[CommandEvent] | None = None) -> dict[str, Any]:
    """Return a command as values for JSON, with its recorded `events` if given."""
    fields = asdict(command)
    del fields["request"]
    values = {
        **fields,
        "edited": command.approved is not None and command.approved != command.proposed,
        "own": command.is_own,
    }
    if events is not None:
        values["events"] = [{"time": event.time, "kind": event.kind, **event.body} for event in events]
    return values


def verification_lines(found: "Verification") -> Iterator[str]:
    """Yield the result of a verification: each problem or that there is none, and the latest chain."""
    for problem in found.problems[:_MOST_PROBLEMS]:
        yield visible(_describe_problem(problem), single_line=True)
    if len(found.problems) > _MOST_PROBLEMS:
        yield f"and {len(found.problems) - _MOST_PROBLEMS:,} more"
    if not found.problems:
        pruned = f", {found.pruned:,} of them pruned" if found.pruned else ""
        yield f"The journal is intact: {found.records:,} records{pruned}."
    yield f"Latest chain: {visible(found.chain, single_line=True)}"


def verification_values(found: "Verification") -> dict[str, Any]:
    """Return the result of a verification as values for JSON."""
    return {
        "whole": not found.problems,
        "records": found.records,
        "pruned": found.pruned,
        "chain": found.chain,
        "problems": [asdict(problem) for problem in found.problems],
    }


def command_number(text: str) -> int:
    """Parse the number of a command.

    Raises:
        UsageError: `text` is not a valid number.
    """
    if not text.isdecimal() or len(text) > 18:
        raise UsageError(f"Invalid command number {text!r}. List the numbers with: hitl log")
    return int(text)


def _command_lines(command: LoggedCommand, events: Sequence[CommandEvent]) -> Iterator[str]:
    facts = _facts(events)
    is_form = facts.get("kind") == "form" or facts.get("decision") == "respond"
    yield from _field(
        "question" if is_form else _NOUNS.get(facts.get("kind", ""), "command"), str(command.number)
    )
    yield from _field("session", f"{command.session}, run {command.run}")
    yield from _field("folder", command.folder)
    yield from _field("status", _status(command, facts))
    proposed = "asked" if is_form else "typed" if command.is_own else "proposed"
    yield from _field(proposed, command.proposed, _moment(command.proposed_at, exact=True))
    if facts.get("purpose"):
        yield from _field("purpose", facts["purpose"], "as the model said")
    if facts.get("held_run"):
        yield from _field("again", f"without the fence that stopped command {facts['held_run']}")
    if command.decided_at is not None:
        decided = "answered" if is_form else "decided"
        yield from _field(decided, f"by {command.decided_by}", _moment(command.decided_at, exact=True))
    if command.approved is not None and command.approved == command.proposed:
        yield from _field("approved", f"as {proposed}")
    elif command.approved is not None:
        yield from _field("approved", command.approved, "edited")
        yield from _field("difference", inline_diff(command.proposed, command.approved))
    if facts.get("again"):
        yield from _field("from now on", "this text runs here without a question until the session ends")
    for each in facts.get("previews", ()):
        of = "of what was proposed" if each["text"] == command.proposed else f"of {each['text']}"
        is_decided_on = each["text"] == (command.approved or command.proposed)
        yield from _field("preview", each["summary"], "" if is_decided_on else of)
    if facts.get("masked"):
        yield from _field("masked", "secrets are masked here; the command ran with them")
    if words := _words(command):
        yield from _field(*words)
    elif command.words:
        yield from _field("words", command.words)
    if facts.get("shown"):
        yield from _field("digest", f"{facts['shown']} (SHA-256 of what was shown)")
    for event in events:
        yield from _event_lines(event)
    if facts.get("log"):
        yield from _field("log", str(facts["log"]))
    if facts.get("output"):
        yield from _field("output", str(facts["output"]).rstrip("\n").expandtabs())


def _facts(events: Iterable[CommandEvent]) -> dict[str, Any]:
    """Return the latest recorded value of each field."""
    facts: dict[str, Any] = {}
    for event in events:
        facts |= {name: value for name, value in event.body.items() if value is not None}
    return facts


def _status(command: LoggedCommand, facts: dict[str, Any]) -> str:
    parts = [command.state]
    if facts.get("ending"):
        parts.append(str(facts["ending"]))
    if command.duration is not None:
        parts.append(f"after {format_duration(command.duration)}")
    return ", ".join(parts)


def _event_lines(event: CommandEvent) -> Iterator[str]:
    body = event.body
    match event.kind:
        case "rule":
            what = f"{body.get('rule')}, made at this question, kept {body.get('kept')}"
        case "started":
            guardian = body.get("guardian")
            what = (
                f"as process {body.get('process')}, under guardian {guardian}"
                if guardian
                else "in hitl itself"
            )
        case "paused":
            what = "the tool itself waits for a person"
        case "background":
            what = f"in the background, as job {body.get('background')}"
        case "unknown":
            process = "was still running" if body.get("alive") else "no longer existed"
            is_call = "alive" not in body
            what = "it did not return" if is_call else f"no end was recorded; its process {process}"
        case "settled":
            what = f"{body.get('by')} said: {body.get('said')}"
        case "finished":
            what = f"{body.get('ending')}, reported by {body.get('by')}"
        case _:
            return
    yield from _field(event.kind, what, _moment(event.time, exact=True))
    if event.kind == "unknown" and body.get("output"):
        yield from _field("output", str(body["output"]).rstrip("\n").expandtabs())
    for note in body.get("notes") or ():
        yield from _field("note", str(note))
    for change in body.get("changed") or ():
        variable = ChangedVariable(*(change.get(name) for name in ("name", "old", "new")))
        yield from _field("changed", str(variable))


def _field(name: str, text: str, note: str = "") -> Iterator[str]:
    first, *others = visible(text).split("\n")
    beside = f"  ({visible(note, single_line=True)})" if note and not others else ""
    yield f"{name:{len(_INDENT) - 1}} {first}{beside}".rstrip()
    for line in others:
        yield f"{_INDENT}{line}".rstrip()
    if note and others:
        yield f"{_INDENT}({visible(note, single_line=True)})"


def _moment(seconds: float, *, exact: bool = False) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S" if exact else "%Y-%m-%d %H:%M", time.localtime(seconds))


def _brief_moment(seconds: float, page: Page) -> str:
    """Return a time; at a terminal without the date if that is today's."""
    moment, today = _moment(seconds), time.strftime("%Y-%m-%d ")
    return moment.removeprefix(today) if page.columns is not None else moment


def _describe_problem(problem: "Problem") -> str:
    where = []
    if problem.number is not None:
        where.append(f"record {problem.number}" + (f" ({problem.kind})" if problem.kind is not None else ""))
    if problem.session:
        where.append(f"session {problem.session}")
    return ", ".join(where) + (": " if where else "") + problem.wrong
