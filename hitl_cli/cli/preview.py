"""`hitl preview`."""

from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug
from hitl_cli.cli.parser import TextCommand
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError

subcommands = typer.Typer()


# A command may start with a hyphen.
@subcommands.command(cls=TextCommand, context_settings={"ignore_unknown_options": True})
def preview(
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="One command, quoted.")],
    diff: Annotated[bool, typer.Option("--diff", help="Also show how short texts would change.")] = False,
    time_limit: Annotated[
        str | None,
        typer.Option(
            "--time-limit", metavar="SECONDS", help="Stop the command after this time; 30 by default."
        ),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what a command would change, without changing anything.

    It runs for real, on copies of all files that are then discarded, without network and with no other process in
    reach. The exit status is 0 if the preview was made, however the command ended; 71 if there can be none here, which
    `hitl doctor` explains; and 130 if Ctrl-C ended it.
    """
    from hitl_cli.commands.preview import preview_command

    seconds = None
    if time_limit is not None:
        try:
            seconds = float(time_limit)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise UsageError(f"Invalid --time-limit {time_limit!r}: expected seconds. Nothing ran.")
    raise typer.Exit(
        preview_command(
            Environment.from_process(), command, as_json=as_json, with_diff=diff, time_limit=seconds
        )
    )
