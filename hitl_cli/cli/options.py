"""The options that several commands have."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from hitl_cli.text.prose import printable

if TYPE_CHECKING:
    from typer._click.core import Context, Parameter

_debug = False


def debug_is_wanted() -> bool:
    """Whether the command line asked for tracebacks."""
    return _debug


def forget() -> None:
    """Go by the next command line alone."""
    global _debug
    _debug = False


def _set_debug(wanted: bool) -> None:
    global _debug
    _debug = _debug or wanted


Debug = Annotated[bool, typer.Option("--debug", callback=_set_debug, help="Show a traceback with an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


class TextCommand(TyperCommand):
    """A command whose values are all texts or switches, and are taken as they were given.

    Typer would load pydantic to hand a text on unchanged, which takes longer than all that such a command does.
    """

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _as_given(super().get_params(ctx))


class TextGroup(TyperGroup):
    """A group of commands whose own values are taken as they were given, as those of a `TextCommand`."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":
        """Return the parameters."""
        return _as_given(super().get_params(ctx))


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


def say(text: str, *, to_stderr: bool = False) -> None:
    """Print `text`, a line or several; nothing in it reaches the terminal raw, wherever it comes from."""
    typer.echo(printable(text), err=to_stderr)
