"""The options that several commands have, and how a command prints."""

import sys
from typing import Annotated

import typer

from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of, wrapped

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


def echo(line: str) -> None:
    """Print `line` on standard output. Typer would print UTF-8 where the charset of that is ASCII."""
    if sys.stdout is not None:
        print(line, flush=True)


def say(text: str, indent: int = 0) -> None:
    """Print `text`, a line or several; nothing in it reaches the terminal raw, wherever it comes from.

    A line that is too wide for the terminal goes on `indent` columns further in, from the next word.
    """
    echo(wrapped(printable(text), columns_of(sys.stdout), indent))


def say_command(command: str, before: str = "    ") -> None:
    """Print `command`, with `before` in front of it, as `say` does, but break it nowhere."""
    echo(printable(before + command))
