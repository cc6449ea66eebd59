"""Messages for an invalid command line: what is wrong, and what to type instead."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.exceptions import TyperException

from hitl_cli.errors import LoadError, UsageError
from hitl_cli.text.suggestions import similar

if TYPE_CHECKING:
    from typer._click.core import Context

_PLAIN = re.compile(r"[^\"$`\\!]+")  # needs no escapes within double quotes
_SIMILAR = 0.65  # of 1; run and rum are this similar, resume and free are not
_UNEXPECTED = re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)", re.DOTALL)


def unknown_command(path: str, words: Sequence[str], known: Sequence[str]) -> UsageError:
    """Return the error for `words` after `path`, such as `hitl catalogue`, whose first is none of the `known` commands.

    If the first word after `hitl` is a workflow, `run` is missing. If it is not similar to any command, the words are
    probably a request.
    """
    close = similar(words[0], known, cutoff=_SIMILAR, most=1)
    error = f"Unknown command {_name(path, words[0])!r}; nothing ran."
    if path == "hitl" and _is_workflow(words[0]):
        return UsageError(f"{error} To run this workflow: hitl run {_run_arguments(words)}. See hitl --help.")
    if path == "hitl" and not close:
        return UsageError(
            f"{error} To send this as a request: hitl run agent {_quoted(' '.join(words))}. See hitl --help."
        )
    return UsageError(f"{error}{_suggestion(close)} See {path} --help.")


def usage_error(problem: TyperException, words: Sequence[str]) -> UsageError:
    """Return the message for an error of the parser; `words` is the command line."""
    # The subclasses of Typer's exception are private; their attributes are not.
    known: dict[str, Any] = vars(problem)
    context, option, parameter = (known.get(name) for name in ("ctx", "option_name", "param"))
    path = context.command_path if context is not None else "hitl"
    said = problem.format_message()
    if "possibilities" in known:
        option = _option_meant(str(option), words)
        close = similar(f"--{option.lstrip('-')}", _options(context), cutoff=_SIMILAR, most=1)
        hint = _suggestion(close) or _place_of(option, context)
        return UsageError(f"Unknown option {option!r} of {path}; nothing ran.{hint} See {path} --help.")
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


def _is_workflow(word: str) -> bool:
    from hitl_cli.loading.references import Reference

    try:
        Reference.parse(word, Path.cwd())
    except (LoadError, OSError):
        return False
    return True


def _run_arguments(words: Sequence[str]) -> str:
    """Return what to write after `hitl run` for `words`: a request of several words is one argument."""
    workflow, *rest = words
    if not rest or any(word.startswith("-") for word in rest):
        return shlex.join(words)
    return f"{shlex.quote(workflow)} {_quoted(' '.join(rest))}"


def _option_meant(option: str, words: Sequence[str]) -> str:
    """Return the word in which `option` is, as `-model` of which the parser reads `-m`."""
    whole = (word.partition("=")[0] for word in words if word.startswith(option) and len(option) == 2)
    return next(whole, option)


def _options(context: "Context | None") -> list[str]:
    if context is None:
        return []
    parameters = context.command.get_params(context)
    return [name for each in parameters for name in each.opts if name.startswith("--")]


def _place_of(option: str, context: "Context | None") -> str:
    """Return a sentence if `option` stands before the command that has it."""
    commands: dict[str, Any] = getattr(context.command, "commands", {}) if context is not None else {}
    having = [name for name, each in commands.items() if any(option in one.opts for one in each.params)]
    if not having or context is None:
        return ""
    return f" It is an option of {context.command_path} {having[0]}, and goes after that."


def _name(path: str, word: str) -> str:
    return " ".join([*path.split()[1:], word])


def _suggestion(close: Sequence[str]) -> str:
    return f" Did you mean {close[0]!r}?" if close else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else shlex.quote(text)
