"""`hitl list`, `hitl config` and `hitl doctor`: what can run here, and with which settings."""

import json
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, say
from hitl_cli.cli.parser import TextCommand, TextGroup
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus
from hitl_cli.report import report

subcommands = typer.Typer()


@subcommands.command("list", cls=TextCommand)
def list_workflows(as_json: AsJson = False, debug: Debug = False) -> None:
    """List the workflows that can be run here.

    These are the bundled workflows, the names in pyproject.toml or in a file of LlamaIndex's own tools, those that
    installed packages register, and those in the files of this folder and its project. Nothing is imported or run.
    """
    from hitl_cli.commands.list import runnable

    found, problems = runnable(Environment.from_process().folder)
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    width = max(len(each.reference) for each in found)
    for each in found:
        say(f"{each.reference:{width}}  {each.summary}".rstrip(), width + 2)
    for sentence in problems:
        report(sentence)


config = typer.Typer(cls=TextGroup, help="Show or set the settings.", invoke_without_command=True)
subcommands.add_typer(config, name="config")


@config.callback()
def show_settings(context: typer.Context, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show each setting with its value and source."""
    if context.invoked_subcommand is not None:
        return
    from hitl_cli.commands.config import as_written, setting_lines
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    lines = setting_lines(Settings.load(environment), environment.variables)
    if as_json:
        typer.echo(json.dumps([line._asdict() for line in lines], indent=2))
        return
    rows = [(*row, line) for line in lines for row in as_written(line)]
    width = max(len(name) for name, _, _ in rows)
    for name, value, line in rows:
        remark = f"; {line.remark}" if line.remark else ""
        say(f"{name:{width}}  {value}  ({line.source}{remark})", width + 2)
    say(f"{'file':{width}}  {environment.settings_file}", width + 2)


# A value may start with a hyphen.
@config.command("set", cls=TextCommand, context_settings={"ignore_unknown_options": True})
def set_setting(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A setting from `hitl config`, or a key such as keys.reject.",
        ),
    ],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The value; for keys also several, such as f4,ctrl-g.")
    ],
    debug: Debug = False,
) -> None:
    """Set a value in the settings file.

    Comments and other settings stay as they are.
    """
    from hitl_cli.commands.config import set_in_file, setting_lines
    from hitl_cli.settings import Settings

    environment = Environment.from_process()
    set_in_file(environment, name, value)
    lines = setting_lines(Settings.usable(environment)[0], environment.variables)
    remark = next((line.remark for line in lines if line.name == name and line.remark), None)
    say(f"{name} is set in {environment.settings_file}" + (f"; {remark}" if remark else ""))


@config.command("unset", cls=TextCommand)
def unset_setting(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A setting, or a key such as keys.reject.")],
    debug: Debug = False,
) -> None:
    """Remove a setting from the settings file.

    Comments and other settings stay as they are.
    """
    from hitl_cli.commands.config import unset_in_file

    environment = Environment.from_process()
    was_there = unset_in_file(environment, name)
    say(f"{name} is {'no longer' if was_there else 'not'} set in {environment.settings_file}")


@subcommands.command(cls=TextCommand)
def doctor(
    contact: Annotated[
        bool,
        typer.Option("--contact", help="Also contact the base URL from the settings and list its models."),
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what works here, and how to fix what does not.

    Only this machine is contacted. If something is broken, the exit status is the one that `hitl run` would have.
    """
    from hitl_cli.commands.doctor import findings

    found = list(findings(Environment.from_process(), contact=contact))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        for each in found:
            say(f"{each.what:13}  {each.found}", 15)
    raise typer.Exit(next((each.status for each in found if each.status), ExitStatus.FINISHED))
