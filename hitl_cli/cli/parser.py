"""Base classes of all commands: how they parse arguments and lay out their help."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from hitl_cli.cli.usage_errors import unknown_command
from hitl_cli.errors import ExitStatus

if TYPE_CHECKING:
    from typer._click.core import Command, Context, Parameter
    from typer._click.formatting import HelpFormatter

_MOST_COLUMNS = 80
_FEWEST_COLUMNS = 24
_NARROW = 60  # columns; below this width, an explanation is printed under its name, not beside it
_NAME_COLUMNS = 30
_NAME_COLUMNS_NARROW = 4


def help_columns() -> int:
    """Return the width of help texts: that of the terminal, within limits, less a margin."""
    return max(_FEWEST_COLUMNS, min(_MOST_COLUMNS, shutil.get_terminal_size().columns)) - 2


class TextCommand(TyperCommand):
    """A command that receives strings, lists of them and flags unchanged.

    Typer would import pydantic to convert a string to a string, which takes longer than running such a command.
    """

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _unconverted(super().get_params(ctx))

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Return the parts of the usage line."""
        return _usage(self, ctx)

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the arguments and the options."""
        _write_parameters(self, ctx, formatter)


class TextGroup(TyperGroup):
    """A group of commands that receives its own options unchanged, like a `TextCommand`."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _unconverted(super().get_params(ctx))

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Parse the arguments; show the help if a command is required and none was given."""
        if not args and self.no_args_is_help:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(ExitStatus.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Return the name of the command in `args`, the command, and its arguments.

        Raises:
            UsageError: There is no such command.
        """
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise unknown_command(ctx.command_path, args, list(self.commands))
        return super().resolve_command(ctx, args)

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Return the parts of the usage line."""
        return [*_usage(self, ctx), "COMMAND [ARGUMENT...]"]

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the options, then the commands with their full summaries."""
        _write_parameters(self, ctx, formatter)
        commands = [(name, each.get_short_help_str(limit=1_000)) for name, each in self.commands.items()]
        _write_definitions(formatter, "Commands", commands)


def _usage(command: "Command", context: "Context") -> list[str]:
    pieces = ["[OPTIONS]"]
    for each in command.get_params(context):
        if each.param_type_name == "argument":
            name = _argument_name(each)
            pieces.append(name if each.required else f"[{name}]")
    return pieces


def _write_parameters(command: "Command", context: "Context", formatter: "HelpFormatter") -> None:
    arguments, options = [], []
    for each in command.get_params(context):
        record = each.get_help_record(context)
        if each.param_type_name == "argument":
            arguments.append((_argument_name(each), getattr(each, "help", None) or ""))
        elif record is not None:
            options.append(record)
    _write_definitions(formatter, "Arguments", arguments)
    _write_definitions(formatter, "Options", options)


def _write_definitions(
    formatter: "HelpFormatter", title: str, definitions: Sequence[tuple[str, str]]
) -> None:
    if definitions:
        with formatter.section(title):
            narrow = formatter.width < _NARROW
            formatter.write_dl(definitions, col_max=_NAME_COLUMNS_NARROW if narrow else _NAME_COLUMNS)


def _argument_name(argument: "Parameter") -> str:
    name = argument.metavar or str(argument.name).upper()
    return name if argument.nargs == 1 else f"{name}..."


def _unconverted(parameters: "list[Parameter]") -> "list[Parameter]":
    for each in parameters:
        if "process_value" not in vars(each):
            vars(each)["process_value"] = partial(_process_unconverted, each, each.process_value)
    return parameters


def _process_unconverted(
    parameter: "Parameter", process: Callable[["Context", Any], Any], context: "Context", value: Any
) -> Any:
    if isinstance(value, tuple) and value and all(isinstance(each, str) for each in value):
        value = list(value)
    if isinstance(value, (str, list)) or (value is None and not parameter.required):
        return parameter.callback(context, parameter, value) if parameter.callback else value
    return process(context, value)
