"""Where an author's code failed, in a few words: file, line and function."""

import os
import traceback
from traceback import FrameSummary

from hitl_cli.installing import install_command, package_of
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.loading.references import Reference
from hitl_cli.text.suggestions import did_you_mean

_IN_STORE = ("get", "set")
"""Methods that `Context` had, and its store has now."""


def described(problem: BaseException) -> str:
    """Return the type of a failure and what it says of itself."""
    said = str(problem)
    return f"{type(problem).__name__}: {said}" if said else type(problem).__name__


def place_of(problem: BaseException, own: OwnCode) -> str | None:
    """Return the innermost place of the author's code that `problem` went through, as in `flow.py:7 in ask`.

    Returns None where it went through none.
    """
    inner: BaseException | None = problem
    while inner is not None and not (frames := _own_frames(inner, own)):
        inner = inner.__cause__
    if inner is None:
        return None
    frame = frames[-1]
    named = (each.name for each in reversed(frames) if not each.name.startswith("<"))  # not <listcomp>
    return f"{own.name_of(frame.filename)}:{frame.lineno} in {next(named, frame.name)}"


def placed(problem: BaseException, own: OwnCode) -> str:
    """Return what `described` says, after the place of the author's code, if it went through any."""
    place = place_of(problem, own)
    return f"{place}: {described(problem)}" if place else described(problem)


def import_failure(problem: BaseException, reference: Reference, own: OwnCode) -> str:
    """Return the sentence on a module that cannot be imported: the line, what was wrong, and what to install."""
    file = None if reference.file is None else str(reference.file)
    frames = _own_frames(problem, own)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    innermost = (frames[-1].filename, frames[-1].lineno) if frames else None
    said = described(problem)
    if isinstance(problem, SyntaxError) and problem.filename and own.has(problem.filename):
        innermost = (problem.filename, problem.lineno)
        said = f"{type(problem).__name__}: {problem.msg}"
        if problem.filename == file:
            lines = [problem.lineno]
    where = f"{reference.title} (line {lines[-1]})" if lines else reference.title
    if innermost is not None and innermost[0] != file:
        said = f"{own.name_of(innermost[0])}, line {innermost[1]}: {said}"
    return f"Cannot import {where}: {said.rstrip('.')}.{advice(problem, own)} Nothing ran."


def _own_frames(problem: BaseException, own: OwnCode) -> list[FrameSummary]:
    return [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if os.path.isabs(frame.filename) and own.has(frame.filename)
    ]


def advice(problem: BaseException, own: OwnCode) -> str:
    """Return a sentence on what to do about a failure, with a space before it, or the empty text."""
    if type(problem).__module__ == "pydantic.errors" and "Context" in str(problem):
        return " Remove `from __future__ import annotations` from the file with the tool."
    if (
        isinstance(problem, AttributeError)
        and type(problem.obj).__name__ == "Context"
        and problem.name in _IN_STORE
    ):
        return f" In this version of the engine it is ctx.store.{problem.name}(...)."
    if not isinstance(problem, ImportError) or not problem.name:
        return ""
    top = problem.name.partition(".")[0]
    if top in own.path.reserved:
        return (
            f" The library {top} is imported, not the file or folder of that name beside yours; rename yours."
        )
    if not isinstance(problem, ModuleNotFoundError):
        return ""
    if f"{own.path.name}.".startswith(f"{problem.name}."):
        return f" {did_you_mean(problem.name, own.path.modules_beside(problem.name))}".rstrip()
    if own.path.name.partition(".")[0] == top:
        return ""
    is_there = own.path.spec_elsewhere(top) is not None
    if is_there and top not in ("llama_index", "llama_agents", "google"):
        return ""
    return f" Install it with: {install_command(package_of(problem.name))}."
