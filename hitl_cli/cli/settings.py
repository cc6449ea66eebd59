"""What there is to run with: `hitl list`, `hitl config` and `hitl doctor`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, say
from hitl_cli.cli.parser import TextCommand, TextGroup
from hitl_cli.environment import Environment

verbs = typer.Typer()


@verbs.command("list", cls=TextCommand)
def list_workflows(as_json: AsJson = False, debug: Debug = False) -> None:
    """List what can be run.

    These are the bundled workflows, and the files of this folder that hold one.
    """
    from hitl_cli.commands.list import runnable

    found = runnable(Path.cwd())
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    width = max(len(each.reference) for each in found)
    for each in found:
        say(f"{each.reference:{width}}  {each.summary}".rstrip())


config = typer.Typer(cls=TextGroup, help="Show or set the settings.", invoke_without_command=True)
verbs.add_typer(config, name="config")


@config.callback()
def show_settings(context: typer.Context, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show each setting, its value and where it came from."""
    if context.invoked_subcommand is not None:
        return
    from hitl_cli.commands.config import setting_lines
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    lines = setting_lines(Settings.load(environment))
    if as_json:
        typer.echo(json.dumps([line._asdict() for line in lines], indent=2))
        return
    for line in lines:
        value = "-" if line.value is None else line.value
        say(f"{line.name:13}  {value}  ({line.source})")
    say(f"{'file':13}  {environment.settings_file}")


@config.command("set", cls=TextCommand)
def set_setting(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of the setting, as `hitl config` shows it.")
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value.")],
    debug: Debug = False,
) -> None:
    """Write a setting into the settings file.

    Comments and other settings stay as they are.
    """
    from hitl_cli.commands.config import set_in_file

    environment = Environment.from_process()
    set_in_file(environment, name, value)
    say(f"{name} is set in {environment.settings_file}")


@verbs.command(cls=TextCommand)
def doctor(
    contact: Annotated[
        bool, typer.Option("--contact", help="Also ask the base URL that is set for its models.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say which models, terminal and files there are.

    Only this machine is contacted.
    """
    from hitl_cli.commands.doctor import findings
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    found = list(findings(environment, Settings.load(environment), contact=contact))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    for each in found:
        say(f"{each.what:13}  {each.found}")
