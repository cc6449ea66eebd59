"""Options that several commands share, and functions that print."""

import sys
from typing import Annotated

import typer

from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of, wrapped

_debug = False


def debug_is_wanted() -> bool:
    """Whether the command line asked for tracebacks."""
    return _debug


def reset() -> None:
    """Clear what earlier command lines of this process set."""
    global _debug
    _debug = False


def _set_debug(wanted: bool) -> None:
    global _debug
    _debug = _debug or wanted


Debug = Annotated[bool, typer.Option("--debug", callback=_set_debug, help="Show a traceback with an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def echo(line: str) -> None:
    """Print `line` on standard output. Typer would print UTF-8 even if the charset of the output is ASCII."""
    if sys.stdout is not None:
        print(line, flush=True)


def say(text: str, indent: int = 0) -> None:
    """Print `text`, one or more lines, with control characters escaped.

    A line that is too wide for the terminal is wrapped between words; continuation lines are indented by `indent`.
    """
    echo(wrapped(printable(text), columns_of(sys.stdout), indent))


def say_command(command: str, before: str = "    ") -> None:
    """Print `command` after the prefix `before`, escaped as in `say` but never wrapped."""
    echo(printable(before + command))
