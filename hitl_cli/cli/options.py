"""The options that several commands have."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

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

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for parameter in self.params:
            parameter.process_value = _as_given(parameter)  # type: ignore[method-assign]


def _as_given(parameter: Any) -> Callable[[Any, Any], Any]:
    process = parameter.process_value

    def process_value(context: Any, value: Any) -> Any:
        is_ready = isinstance(value, str) or (value is None and not parameter.required)
        if not is_ready or parameter.callback is not None:
            return process(context, value)
        return value

    return process_value
