"""The offline catalogue: `hitl catalogue` and its subcommands."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, say, say_command
from hitl_cli.cli.parser import TextCommand, TextGroup
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, NoMatchError
from hitl_cli.text.amounts import counted

subcommands = typer.Typer(
    cls=TextGroup, help="Search, list, extend and check the offline catalogue.", no_args_is_help=True
)


@subcommands.command("search", cls=TextCommand)
def search_catalogue(
    request: Annotated[list[str], typer.Argument(metavar="REQUEST", help="What you want, in plain words.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print the commands that match, best first.

    Nothing runs. The exit status is 69 if no entry is a good match.
    """
    from hitl_cli.commands.catalogue import as_values, search
    from hitl_cli.models.offline import explain_no_match

    answer = search(Environment.from_process(), " ".join(request))
    if as_json:
        typer.echo(json.dumps([as_values(candidate) for candidate in answer.candidates], indent=2))
    else:
        for candidate in answer.candidates:
            notes = "  [changes]" if candidate.changes else ""
            say_command(candidate.command, f"{candidate.score:.2f}  ")
            say(f"      {candidate.description}{notes}")
    if not answer.candidates:
        raise NoMatchError(explain_no_match(answer))


@subcommands.command("list", cls=TextCommand)
def list_catalogue(as_json: AsJson = False, debug: Debug = False) -> None:
    """Print every task and its command, your own first."""
    from hitl_cli.commands.catalogue import entries

    found = entries(Environment.from_process())
    if as_json:
        fields = [
            {
                "id": each.id,
                "task": each.task,
                "command": each.command,
                "changes": each.changes,
                "own": each.own,
            }
            for each in found
        ]
        typer.echo(json.dumps(fields, indent=2))
        return
    for each in found:
        say(f"{each.task}{'  [changes]' if each.changes else ''}")
        say_command(each.command)


@subcommands.command("add", cls=TextCommand)
def add_to_catalogue(
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help="What the command does, in the words of a request for it."),
    ],
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="The command.")],
    reads: Annotated[
        bool,
        typer.Option("--reads", help="The command only reads; otherwise it counts as changing something."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Add a command to your own catalogue."""
    from hitl_cli.commands.catalogue import add

    environment = Environment.from_process()
    entry = add(environment, task, command, changes=not reads)
    say(f"Added {entry.id} to {environment.own_catalogue}")


@subcommands.command("check", cls=TextCommand)
def check_catalogue(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Catalogue files; by default your own.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Check entries of the catalogue; nothing runs.

    Each must have a valid format and valid slots, and its command must be valid bash.
    """
    from hitl_cli.commands.catalogue import check

    good, where, wrong = check(Environment.from_process(), [Path(each) for each in files or []])
    for sentence in wrong:
        say(sentence)
    say(f"{counted(good, 'valid command')}, {counted(len(wrong), 'problem')}: {where}")
    if wrong:
        raise typer.Exit(ExitStatus.USAGE)
