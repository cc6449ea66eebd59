"""`hitl list`: what can be run."""

import ast
import os
import stat
import warnings
from pathlib import Path
from typing import NamedTuple

from hitl_cli.loader import BUNDLED, FACTORY, INSTANCE, bundled_folder
from hitl_cli.text.amounts import counted

MOST_BYTES = 262_144
"""Bytes of a file that is looked at; a larger one is no workflow that somebody wrote."""

_MOST_FILES = 10_000
_MOST_PARSED = 8 * MOST_BYTES  # bytes of all files together that are parsed
_MOST_COLUMNS = 200  # of a summary


class Runnable(NamedTuple):
    """A workflow that can be run: how to name it, and what it says of itself."""

    reference: str
    summary: str


class Found(NamedTuple):
    """What can be run, and a sentence about files that were not looked at, or the empty text."""

    workflows: list[Runnable]
    left_out: str


def runnable(folder: Path) -> Found:
    """Return the bundled workflows, then those in the files of `folder`. The files are read, never run.

    Time and memory are limited, whatever the folder holds.
    """
    bundled = {bundled_folder() / file: name for name, file in BUNDLED.items()}
    found = [Runnable(name, _summary(_source(path) or b"") or "") for path, name in bundled.items()]
    names = _files(folder)
    left_out = max(len(names) - _MOST_FILES, 0)
    room = _MOST_PARSED
    for name in names[:_MOST_FILES]:
        path = folder / name
        source = None if path in bundled else _source(path)
        if source is None or not (INSTANCE.encode() in source or FACTORY.encode() in source):
            continue
        if len(source) > min(MOST_BYTES, room):
            left_out += 1
            continue
        room -= len(source)
        if (text := _summary(source)) is not None:
            found.append(Runnable(f"./{name}", text))
    sentence = ""
    if left_out:
        sentence = f"{counted(left_out, 'file')} of this folder not looked at: too many, or too large."
    return Found(found, sentence)


def _files(folder: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    except OSError:
        return []


def _source(path: Path) -> bytes | None:
    """Return the content of a regular file, as far as one byte more than is looked at; None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            return file.read(MOST_BYTES + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    except (OSError, ValueError):
        return None


def _summary(source: bytes) -> str | None:
    """Return the first line of the docstring of a workflow file, or None where the file offers no workflow."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: it is nested too deeply
        return None
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    if names.isdisjoint((FACTORY, INSTANCE)):
        return None
    line = (ast.get_docstring(tree) or "").partition("\n")[0]
    return line if len(line) <= _MOST_COLUMNS else f"{line[: _MOST_COLUMNS - 1]}…"
