"""Commands for authors of workflows: `hitl new` and `hitl inspect`."""

import json
import sys
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, say
from hitl_cli.cli.parser import TextCommand
from hitl_cli.environment import Environment

subcommands = typer.Typer()


@subcommands.command(cls=TextCommand)
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the workflow: letters, digits, - and _.")
    ],
    debug: Debug = False,
) -> None:
    """Write a new workflow and its test into this folder.

    Existing files are not overwritten.
    """
    from hitl_cli.commands.new import make

    made = make(name, Environment.from_process().folder)
    say(f"Wrote {made.files[0]} and {made.files[1]}.")
    say(f"Run it:   {made.run}", 10)
    say(f"Test it:  {made.test}", 10)


@subcommands.command(cls=TextCommand)
def inspect(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", help="A workflow, as for `hitl run`.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Draw a workflow and warn of mistakes in it.

    It shows steps, events, questions to a person, start fields and tools. The workflow is imported but not run.
    """
    from hitl_cli.commands.inspect import inspect_workflow

    structure = inspect_workflow(workflow, Environment.from_process().folder)
    if as_json:
        typer.echo(json.dumps(structure.values(), indent=2))
        return
    from hitl_cli.inspection.drawing import draw

    draw(structure, workflow, sys.stdout)
