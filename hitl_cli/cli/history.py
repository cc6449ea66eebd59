"""Commands on the journal: `hitl sessions`, `hitl log`, `hitl show`, `hitl discard` and `hitl prune`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, TypeVar, overload

import typer

from hitl_cli.cli.options import AsJson, Debug, echo, say
from hitl_cli.cli.parser import TextCommand
from hitl_cli.environment import Environment
from hitl_cli.errors import JournalError, UsageError
from hitl_cli.report import report
from hitl_cli.text.amounts import counted
from hitl_cli.text.suggestions import did_you_mean, ended

T = TypeVar("T")

subcommands = typer.Typer()

Limit = Annotated[str, typer.Option("--limit", "-n", metavar="NUMBER", help="Show at most this many.")]


@subcommands.command(cls=TextCommand)
def sessions(
    everywhere: Annotated[bool, typer.Option("--all", help="Sessions of all folders.")] = False,
    limit: Limit = "50",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the sessions of this folder, the latest first.

    Each line shows whether a session is pending or running, or how it ended.
    """
    from hitl_cli.commands import history_output
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    count = _parsed("--limit", limit, _count)
    environment = Environment.from_process()
    store = history_output.open_store(environment)
    found = history.sessions(store, None if everywhere else environment.folder, count) if store else []
    if as_json:
        _print_json("sessions", [history_output.session_values(each) for each in found])
        return
    for line in history_output.session_lines(found, Page.of(environment), folders=everywhere):
        echo(line)
    if not found:
        hint = "" if everywhere else f" for {environment.folder}. List those of all folders with --all"
        report(f"No sessions are recorded{hint}.")


@subcommands.command(cls=TextCommand)
def log(
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this session: its id, or the first characters.")
    ] = None,
    folder: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Only in this folder or below it.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only since a date, a day such as today, or an age such as 3d."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only up to such a date, day or age.")
    ] = None,
    program: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only commands that call this program.")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS",
            help="Only with this status: waiting, approved, running, background, unknown, rejected, answered, "
            "refused, delegated, finished, dropped, discarded, or failed.",
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Only what was decided by: person, rule, or hitl.")
    ] = None,
    limit: Limit = "50",
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that all records are as they were written.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="CHAIN", help="With --verify: a chain that you noted earlier and that must still exist."
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write all records as lines of JSON to a new file; - is standard output."
        ),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the proposed commands, the latest last.

    Each line shows what was decided and how the command ended.
    """
    from hitl_cli.commands import history_output
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    environment = Environment.from_process()
    filters = (session, folder, since, until, program, status, by)
    if (verify and export) or ((verify or export) and any(each is not None for each in filters)):
        raise UsageError(
            "Use --verify or --export without each other and without filters: both cover all records."
        )
    if expect is not None and not verify:
        raise UsageError("--expect works only together with --verify. Add --verify.")
    if verify:
        _verify(environment, expect, as_json)
        return
    if export is not None:
        _export(environment, export)
        return
    if status is not None and status not in history.STATUSES:
        raise _not_one_of("--status", status, history.STATUSES)
    from hitl_cli.decisions import Decider

    if by is not None and by not in tuple(Decider):
        raise _not_one_of("--by", by, tuple(Decider))
    count = _parsed("--limit", limit, _count)
    wanted = history.CommandFilter(
        session=session,
        folder=environment.path_of(folder).resolve() if folder else None,
        since=_moment("--since", since, end=False),
        until=_moment("--until", until, end=True),
        program=program,
        status=status,
        by=by,
    )
    store = history_output.open_store(environment)
    found = history.commands(store, wanted, count) if store else []
    if as_json:
        _print_json("commands", [history_output.command_values(each) for each in found])
        return
    for line in history_output.log_lines(found, Page.of(environment)):
        echo(line)
    if not found:
        report("No matching command is recorded.")


@subcommands.command(cls=TextCommand)
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the command, from `hitl log`.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show everything that is recorded about one command.

    This includes what was proposed and approved, who decided, how it ended, and its output.
    """
    from hitl_cli.commands import history_output
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    environment = Environment.from_process()
    wanted = history_output.command_number(number)
    store = history_output.open_store(environment)
    if store is None:
        raise UsageError("Nothing is recorded yet.")
    command, events = history.command(store, wanted)
    if as_json:
        _print_json("command", history_output.command_values(command, events))
        return
    for line in history_output.command_lines(command, events, Page.of(environment)):
        echo(line)


@subcommands.command(cls=TextCommand)
def discard(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="A session from `hitl sessions`: its id, or the first characters."),
    ],
    debug: Debug = False,
) -> None:
    """Discard waiting sessions that you no longer want.

    What waits in them never runs, and they cannot be resumed. The journal keeps what they did, and that you decided so.
    """
    from hitl_cli.commands.discard import discard_sessions

    for sentence in discard_sessions(Environment.from_process(), ids):
        say(sentence)


@subcommands.command(cls=TextCommand)
def prune(
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Sessions that have not changed for this long, for example 90d."),
    ] = None,
    larger_than: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="The oldest sessions, until the rest fits this size, for example 200M."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Delete old sessions from the journal.

    Their output logs are deleted too. Unfinished sessions are kept.
    """
    from hitl_cli.commands import history_output
    from hitl_cli.journal.prune import Pruned, prune
    from hitl_cli.text.amounts import age, format_size, size

    if older_than is None and larger_than is None:
        raise UsageError(
            "Nothing was deleted: no limit was given. Add --older-than 90d or --larger-than 200M."
        )
    environment = Environment.from_process()
    seconds = _parsed("--older-than", older_than, age)
    limit = _parsed("--larger-than", larger_than, size)
    store = history_output.open_store(environment)
    if store is None:
        found = Pruned((), 0, 0, 0)
    else:
        outputs = environment.state_folder / "output"
        found = prune(store, outputs, older_than=seconds, larger_than=limit, dry_run=dry_run)
    if as_json:
        _print_json("pruned", {**asdict(found), "dry_run": dry_run})
    else:
        done = "Would delete" if dry_run else "Deleted"
        say(
            f"{done} {counted(len(found.sessions), 'session')} with {counted(found.commands, 'command')}, "
            f"about {format_size(found.bytes)}."
        )
        if found.kept:
            kept = counted(found.kept, "session")
            say(f"Kept {kept} with commands that are pending, running or of unknown outcome.")
    if store and found.sessions and not dry_run:
        store.shrink()


def _verify(environment: Environment, expect: str | None, as_json: bool) -> None:
    from hitl_cli.commands import history_output
    from hitl_cli.journal.verify import Verification, verify

    store = history_output.open_store(environment)
    found = verify(store, expect) if store else Verification()
    if as_json:
        _print_json("verification", history_output.verification_values(found))
    else:
        for line in history_output.verification_lines(found):
            say(line)
    if found.problems:
        raise JournalError(
            f"The journal in {environment.state_folder} is damaged or was changed: "
            f"{counted(len(found.problems), 'problem')}, listed above. "
            "Do not rely on it; compare it with a copy or an export."
        )
    if expect is not None and not found.noted:
        raise JournalError(
            f"The chain from --expect is not in the journal in {environment.state_folder}: records are missing at its "
            "end, or all of it was rewritten. Do not rely on it; compare it with a copy or an export."
        )


def _export(environment: Environment, file: str) -> None:
    from hitl_cli.commands import history_output
    from hitl_cli.journal import export

    store = history_output.open_store(environment)
    if store is None:
        raise UsageError("Nothing is recorded yet, so nothing was exported.")
    if file == "-":
        for line in export.lines(store):
            echo(line)
        return
    path = environment.path_of(file)
    say(f"Exported {export.export(store, path):,} records to {path}")


def _moment(option: str, text: str | None, *, end: bool) -> float | None:
    from hitl_cli.text.amounts import moment

    return _parsed(option, text, lambda given: moment(given, datetime.now(), end=end))


def _not_one_of(option: str, given: str, choices: Sequence[str]) -> UsageError:
    near = did_you_mean(given, choices)
    return UsageError(f"Invalid {option} {given!r}: expected one of {', '.join(choices)}. {near}".rstrip())


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < len(text) < 18 or int(text) == 0:
        raise ValueError("expected a number of 1 or more")
    return int(text)


@overload
def _parsed(option: str, text: str, parse: Callable[[str], T]) -> T: ...
@overload
def _parsed(option: str, text: str | None, parse: Callable[[str], T]) -> T | None: ...
def _parsed(option: str, text: str | None, parse: Callable[[str], T]) -> T | None:
    try:
        return None if text is None else parse(text)
    except ValueError as problem:
        raise UsageError(ended(f"Invalid {option} {text!r}: {problem}")) from problem


def _print_json(name: str, value: Any) -> None:
    from hitl_cli.commands.history_output import VERSION

    typer.echo(json.dumps({"version": VERSION, name: value}, indent=2))
