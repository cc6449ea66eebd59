"""What authors of workflows need: `hitl inspect`."""

import json
import sys
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug
from hitl_cli.cli.parser import TextCommand
from hitl_cli.environment import Environment

verbs = typer.Typer()


@verbs.command(cls=TextCommand)
def inspect(
    workflow: Annotated[str, typer.Argument(metavar="WORKFLOW", help="As for `hitl run`.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Draw a workflow, and warn of mistakes in it.

    It shows steps, events, where a person is asked, start fields and tools. The workflow is imported, and not run.
    """
    from hitl_cli.commands.inspect import inspected

    structure = inspected(workflow, Environment.from_process().folder)
    if as_json:
        typer.echo(json.dumps(structure.values(), indent=2))
        return
    from hitl_cli.inspection.drawing import draw

    draw(structure, workflow, sys.stdout)
