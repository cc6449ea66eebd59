"""Messages for an invalid command line: what is wrong, and what to type instead."""

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.exceptions import TyperException

from hitl_cli.errors import UsageError

_PLAIN = re.compile(r"[^\"$`\\!]+")  # needs no escapes within double quotes
_SIMILAR = 0.65  # of 1; run and rum are this similar, resume and free are not
_UNEXPECTED = re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)", re.DOTALL)


def unknown_command(path: str, words: Sequence[str], known: Sequence[str]) -> UsageError:
    """Return the error for `words` after `path`, such as `hitl catalogue`, whose first is none of the `known` commands.

    If the first word after `hitl` is not similar to any command, the words are probably a request.
    """
    close = get_close_matches(words[0], known, n=1, cutoff=_SIMILAR)
    error = f"Unknown command {_name(path, words[0])!r}; nothing ran."
    if path == "hitl" and not close:
        return UsageError(
            f"{error} To send this as a request: hitl run agent {_quoted(' '.join(words))}. See hitl --help."
        )
    return UsageError(f"{error}{_suggestion(close)} See {path} --help.")


def usage_error(problem: TyperException) -> UsageError:
    """Return the message for an error of the parser."""
    # The subclasses of Typer's exception are private; their attributes are not.
    known: dict[str, Any] = vars(problem)
    context, option, parameter = (known.get(name) for name in ("ctx", "option_name", "param"))
    path = context.command_path if context is not None else "hitl"
    said = problem.format_message()
    if "possibilities" in known:
        close = get_close_matches(str(option), known["possibilities"] or (), n=1, cutoff=_SIMILAR)
        return UsageError(
            f"Unknown option {option!r} of {path}; nothing ran.{_suggestion(close)} See {path} --help."
        )
    if option is not None:
        needs = "takes no value" if "does not take" in said else "needs a value"
        return UsageError(f"Option {option!r} {needs}; nothing ran.")
    if parameter is not None and said.startswith("Missing"):
        name = parameter.metavar or parameter.name.upper()
        return UsageError(f"Missing {name} for {path}; nothing ran. See {path} --help.")
    if unexpected := _UNEXPECTED.fullmatch(said):
        return UsageError(
            f"Unexpected arguments {unexpected[1]!r} for {path}; nothing ran. See {path} --help."
        )
    return UsageError(f"{said.rstrip('.')}; nothing ran. See {path} --help.")


def _name(path: str, word: str) -> str:
    return " ".join([*path.split()[1:], word])


def _suggestion(close: Sequence[str]) -> str:
    return f" Did you mean {close[0]!r}?" if close else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else shlex.quote(text)
