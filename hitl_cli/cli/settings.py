"""What there is to run with: `hitl list`, `hitl config` and `hitl doctor`."""

import json
from typing import Annotated

import typer

from hitl_cli.cli.options import AsJson, Debug, say
from hitl_cli.cli.parser import TextCommand, TextGroup
from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus
from hitl_cli.report import report

verbs = typer.Typer()


@verbs.command("list", cls=TextCommand)
def list_workflows(as_json: AsJson = False, debug: Debug = False) -> None:
    """List what can be run.

    These are the bundled workflows, the names in pyproject.toml or a file of LlamaIndex's own tools, those that
    installed packages register, and the files of this folder and its project that have one. None of them is run.
    """
    from hitl_cli.commands.list import runnable

    found, left_out = runnable(Environment.from_process().folder)
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    width = max(len(each.reference) for each in found)
    for each in found:
        say(f"{each.reference:{width}}  {each.summary}".rstrip(), width + 2)
    for sentence in left_out:
        report(sentence)


config = typer.Typer(cls=TextGroup, help="Show or set the settings.", invoke_without_command=True)
verbs.add_typer(config, name="config")


@config.callback()
def show_settings(context: typer.Context, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show each setting, its value and where it came from."""
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


# What begins with a hyphen is a value, too.
@config.command("set", cls=TextCommand, context_settings={"ignore_unknown_options": True})
def set_setting(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A setting, as `hitl config` shows it, or keys. and an action, as in keys.reject.",
        ),
    ],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Its value; of keys several, as in f4,ctrl-g.")
    ],
    debug: Debug = False,
) -> None:
    """Write a setting into the settings file.

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
    name: Annotated[str, typer.Argument(metavar="NAME", help="A setting, or an action, as in keys.reject.")],
    debug: Debug = False,
) -> None:
    """Take a setting out of the settings file.

    Comments and other settings stay as they are.
    """
    from hitl_cli.commands.config import unset_in_file

    environment = Environment.from_process()
    was_there = unset_in_file(environment, name)
    say(f"{name} is {'no longer' if was_there else 'not'} set in {environment.settings_file}")


@verbs.command(cls=TextCommand)
def doctor(
    contact: Annotated[
        bool, typer.Option("--contact", help="Also ask the base URL that is set for its models.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say what can be used here, and what is broken.

    Only this machine is contacted. The status is that with which `hitl run` would end because of what is broken.
    """
    from hitl_cli.commands.doctor import findings

    found = list(findings(Environment.from_process(), contact=contact))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        for each in found:
            say(f"{each.what:13}  {each.found}", 15)
    raise typer.Exit(next((each.status for each in found if each.status), ExitStatus.FINISHED))
