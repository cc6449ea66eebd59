"""What was recorded: `hitl sessions`, `hitl log`, `hitl show` and `hitl prune`."""

import json
from collections.abc import Callable
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

T = TypeVar("T")

verbs = typer.Typer()

Limit = Annotated[str, typer.Option("--limit", "-n", metavar="NUMBER", help="How many to show at most.")]


@verbs.command(cls=TextCommand)
def sessions(
    everywhere: Annotated[bool, typer.Option("--all", help="Those of every folder.")] = False,
    limit: Limit = "50",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the sessions of this folder, the latest first.

    Each says what waits, what runs and how it ended.
    """
    from hitl_cli.commands import history_lines
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    count = _understood("--limit", limit, _count)
    environment = Environment.from_process()
    store = history_lines.stored(environment)
    found = history.sessions(store, None if everywhere else environment.folder, count) if store else []
    if as_json:
        _print_json("sessions", [history_lines.session_values(each) for each in found])
        return
    for line in history_lines.session_lines(found, Page.of(environment), folders=everywhere):
        echo(line)
    if not found:
        hint = "" if everywhere else f" in {environment.folder}; --all lists those of every folder"
        report(f"No session was started{hint}.")


@verbs.command(cls=TextCommand)
def log(
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this session: its id, or how that begins.")
    ] = None,
    folder: Annotated[str | None, typer.Option(metavar="FOLDER", help="In this folder, or below it.")] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="From a date, a day such as today, or an age such as 3d."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to such a date, day or age.")] = None,
    program: Annotated[str | None, typer.Option(metavar="NAME", help="That call this program.")] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="STATUS",
            help="waiting, approved, running, background, unknown, rejected, answered, refused, finished, "
            "dropped, or failed.",
        ),
    ] = None,
    limit: Limit = "50",
    verify: Annotated[
        bool, typer.Option("--verify", help="Look whether all records are as they were written.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="CHAIN", help="With --verify: a chain noted earlier, which must still be there."
        ),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write all records to a new file, or to - as lines of JSON."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the commands that were proposed, the latest last.

    Each says what was decided and how it ended.
    """
    from hitl_cli.commands import history_lines
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    environment = Environment.from_process()
    filters = (session, folder, since, until, program, status)
    if (verify and export) or ((verify or export) and any(each is not None for each in filters)):
        raise UsageError(
            "--verify and --export are about all records, each by itself; leave the other options out."
        )
    if expect is not None and not verify:
        raise UsageError("--expect says what --verify must find; add --verify.")
    if verify:
        _verify(environment, expect, as_json)
        return
    if export is not None:
        _export(environment, export)
        return
    if status is not None and status not in history.STATUSES:
        raise UsageError(f"There is no status {status!r}; there are {', '.join(history.STATUSES)}.")
    count = _understood("--limit", limit, _count)
    wanted = history.CommandFilter(
        session=session,
        folder=environment.path_of(folder).resolve() if folder else None,
        since=_moment("--since", since, end=False),
        until=_moment("--until", until, end=True),
        program=program,
        status=status,
    )
    store = history_lines.stored(environment)
    found = history.commands(store, wanted, count) if store else []
    if as_json:
        _print_json("commands", [history_lines.command_values(each) for each in found])
        return
    for line in history_lines.log_lines(found, Page.of(environment)):
        echo(line)
    if not found:
        report("No such command is recorded.")


@verbs.command(cls=TextCommand)
def show(
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The number of the command, as `hitl log` shows it.")
    ],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show all that is known of one command.

    What was proposed and approved, who decided, how it ended, and its output.
    """
    from hitl_cli.commands import history_lines
    from hitl_cli.commands.table import Page
    from hitl_cli.journal import history

    environment = Environment.from_process()
    wanted = history_lines.command_number(number)
    store = history_lines.stored(environment)
    if store is None:
        raise UsageError("Nothing is recorded yet.")
    command, events = history.command(store, wanted)
    if as_json:
        _print_json("command", history_lines.command_values(command, events))
        return
    for line in history_lines.command_lines(command, events, Page.of(environment)):
        echo(line)


@verbs.command(cls=TextCommand)
def prune(
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Sessions that did not change for so long, as in 90d.")
    ] = None,
    larger_than: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="As many of the oldest as it takes to come down to this size, as in 200M."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Take old sessions out of the journal.

    Their output logs go with them. A session that still waits for somebody stays.
    """
    from hitl_cli.commands import history_lines
    from hitl_cli.journal.prune import Pruned, prune
    from hitl_cli.text.amounts import age, format_size, size

    if older_than is None and larger_than is None:
        raise UsageError(
            "Nothing was pruned: say how old with --older-than 90d, how large with --larger-than 200M."
        )
    environment = Environment.from_process()
    seconds = _understood("--older-than", older_than, age)
    limit = _understood("--larger-than", larger_than, size)
    store = history_lines.stored(environment)
    if store is None:
        found = Pruned((), 0, 0, 0)
    else:
        outputs = environment.state_folder / "output"
        found = prune(store, outputs, older_than=seconds, larger_than=limit, dry_run=dry_run)
    if as_json:
        _print_json("pruned", {**asdict(found), "dry_run": dry_run})
    else:
        how = "Would be taken" if dry_run else "Taken"
        say(
            f"{how} out: {counted(len(found.sessions), 'session')} with {counted(found.commands, 'command')}, "
            f"about {format_size(found.bytes)}."
        )
        if found.kept:
            kept = counted(found.kept, "session")
            say(f"Kept: {kept} in which something waits, runs, or has an outcome that is not known.")
    if store and found.sessions and not dry_run:
        store.shrink()


def _verify(environment: Environment, expect: str | None, as_json: bool) -> None:
    from hitl_cli.commands import history_lines
    from hitl_cli.journal.verify import Verification, verify

    store = history_lines.stored(environment)
    found = verify(store, expect) if store else Verification()
    if as_json:
        _print_json("verification", history_lines.verification_values(found))
    else:
        for line in history_lines.verification_lines(found):
            say(line)
    if found.problems:
        raise JournalError(
            f"The journal in {environment.state_folder} is not whole: "
            f"{counted(len(found.problems), 'problem')}, named above. "
            "Do not rely on it; compare it with a copy or an export."
        )
    if expect is not None and not found.noted:
        raise JournalError(
            f"No record has the chain that was noted, so records are missing at the end of the journal in "
            f"{environment.state_folder}, or all of it was written anew."
        )


def _export(environment: Environment, file: str) -> None:
    from hitl_cli.commands import history_lines
    from hitl_cli.journal import export

    store = history_lines.stored(environment)
    if store is None:
        raise UsageError("Nothing is recorded yet, so nothing was exported.")
    if file == "-":
        for line in export.lines(store):
            echo(line)
        return
    path = environment.path_of(file)
    say(f"{export.export(store, path):,} records are in {path}")


def _moment(option: str, text: str | None, *, end: bool) -> float | None:
    from hitl_cli.text.amounts import moment

    return _understood(option, text, lambda given: moment(given, datetime.now(), end=end))


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < len(text) < 18 or int(text) == 0:
        raise ValueError("expected a positive number")
    return int(text)


@overload
def _understood(option: str, text: str, read: Callable[[str], T]) -> T: ...
@overload
def _understood(option: str, text: str | None, read: Callable[[str], T]) -> T | None: ...
def _understood(option: str, text: str | None, read: Callable[[str], T]) -> T | None:
    try:
        return None if text is None else read(text)
    except ValueError as problem:
        raise UsageError(f"Invalid {option} {text!r}: {problem}.") from problem


def _print_json(name: str, value: Any) -> None:
    from hitl_cli.commands.history_lines import VERSION

    typer.echo(json.dumps({"version": VERSION, name: value}, indent=2))
