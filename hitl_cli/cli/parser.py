"""How a command line is read, and how help is laid out: the commands that every verb is made of."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from hitl_cli.cli.usage import unknown_command
from hitl_cli.errors import ExitStatus

if TYPE_CHECKING:
    from typer._click.core import Command, Context, Parameter
    from typer._click.formatting import HelpFormatter

_MOST_COLUMNS = 80
_FEWEST_COLUMNS = 24
_NARROW = 60  # columns; below it an explanation stands under its name, not beside it
_NAME_COLUMNS = 30
_NAME_COLUMNS_NARROW = 4


def help_columns() -> int:
    """Return how many columns a help text takes: those of the terminal, within reason, and a margin."""
    return max(_FEWEST_COLUMNS, min(_MOST_COLUMNS, shutil.get_terminal_size().columns)) - 2


class TextCommand(TyperCommand):
    """A command whose texts and switches are taken as they were given.

    Typer would load pydantic to hand a text on unchanged, which takes longer than all that such a command does.
    """

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _as_given(super().get_params(ctx))

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Return the parts of the usage line."""
        return _usage(self, ctx)

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the arguments and the options."""
        _write_parameters(self, ctx, formatter)


class TextGroup(TyperGroup):
    """A group of commands whose own values are taken as they were given, as those of a `TextCommand`."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _as_given(super().get_params(ctx))

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Take the arguments; where a command is needed and nothing was given, show the help."""
        if not args and self.no_args_is_help:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(ExitStatus.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Return the command that `args` name, and what is left for it.

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
        """Write the options, and the commands with what each does in one sentence, never cut off."""
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


def _as_given(parameters: "list[Parameter]") -> "list[Parameter]":
    for each in parameters:
        if "process_value" not in vars(each):
            vars(each)["process_value"] = partial(_processed, each, each.process_value)
    return parameters


def _processed(
    parameter: "Parameter", process: Callable[["Context", Any], Any], context: "Context", value: Any
) -> Any:
    if isinstance(value, str) or (value is None and not parameter.required):
        return parameter.callback(context, parameter, value) if parameter.callback else value
    return process(context, value)
