"""What a person reads whose command line cannot be understood: what is wrong, and what would be right."""

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.exceptions import TyperException

from hitl_cli.errors import UsageError

_PLAIN = re.compile(r"[^\"$`\\!]+")  # what double quotes hand on unchanged
_ALIKE = 0.65  # of 1: as run and rum are, and resume and free are not
_UNEXPECTED = re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)", re.DOTALL)


def unknown_command(path: str, words: Sequence[str], known: Sequence[str]) -> UsageError:
    """Return what is wrong with `words` after `path`: the first is none of the `known` commands.

    `path` is as in `hitl catalogue`. Words that resemble no command of `hitl` itself are taken for a request without
    its verb.
    """
    close = get_close_matches(words[0], known, n=1, cutoff=_ALIKE)
    missing = f"There is no command {_name(path, words[0])!r}; nothing ran."
    if path == "hitl" and not close:
        return UsageError(
            f"{missing} To ask for that: hitl run agent {_quoted(' '.join(words))}. hitl --help names the commands."
        )
    return UsageError(f"{missing}{_suggestion(close)} {path} --help names them.")


def explained(problem: TyperException) -> UsageError:
    """Return in one sentence what the parser found wrong."""
    # The parser's own classes are private; what they know of the matter is not.
    known: dict[str, Any] = vars(problem)
    context, option, parameter = (known.get(name) for name in ("ctx", "option_name", "param"))
    path = context.command_path if context is not None else "hitl"
    said = problem.format_message()
    if "possibilities" in known:
        close = get_close_matches(str(option), known["possibilities"] or (), n=1, cutoff=_ALIKE)
        return UsageError(
            f"{path} has no option {option!r}; nothing ran.{_suggestion(close)} {path} --help names them."
        )
    if option is not None:
        needs = "takes no value" if "does not take" in said else "needs a value"
        return UsageError(f"The option {option!r} {needs}; nothing ran.")
    if parameter is not None and said.startswith("Missing"):
        name = parameter.metavar or parameter.name.upper()
        return UsageError(f"{path} needs {name}; nothing ran. {path} --help says what that is.")
    if unexpected := _UNEXPECTED.fullmatch(said):
        return UsageError(
            f"{path} takes nothing more, and was given {unexpected[1]!r}; nothing ran. "
            f"{path} --help says what it takes."
        )
    return UsageError(f"{said.rstrip('.')}; nothing ran. {path} --help says more.")


def _name(path: str, word: str) -> str:
    return " ".join([*path.split()[1:], word])


def _suggestion(close: Sequence[str]) -> str:
    return f" Did you mean {close[0]!r}?" if close else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else shlex.quote(text)
