"""What the next command inherits, from the report of a shell: data that an untrusted command could have written."""

import contextlib
import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hitl_cli.shell.hook_scripts import LOADER_PREFIX, POSIX_MARK
from hitl_cli.shell.influence import is_function, is_loader

MOST_BYTES = 2**20
"""A report that is longer counts as none: the next command could not be given so much anyway."""

NO_REPORT = "this shell reported no folder or variables; the next command starts"
"""The beginning of the note on a command of which nothing is inherited; after it, where the next one starts."""

_LONGEST = 2**16  # bytes of a variable
_MANY = 8  # names in one note
_LONGEST_NAME = 80  # characters of a name in a note
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OF_THE_SHELL = frozenset({"_", "SHLVL", "PWD", "SHELLOPTS", "BASHOPTS"})
"""What says something about one shell, and the next one finds out for itself."""
_SET_BY_SHELLS = ("LOGNAME", "USER")
_OWN = "__hitl"
_BLANKS = re.compile(r"[\s;]+")


@dataclass(frozen=True)
class Inheritance:
    """The folder and the variables for the next command.

    `folder` is None where the one in which the shell ended is gone. `code` names functions and loader variables, and
    `invalid` variables with an impossible name or too long a value, that it exported and the next command does not get.
    """

    folder: Path | None
    variables: dict[str, str]
    code: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()

    def notes(self, folder: Path) -> Iterator[str]:
        """Yield what to say of it to the person and the model; the next command starts in `folder`."""
        if self.folder is None:
            yield f"the folder in which it ended is gone; the next command starts in {told(folder)}"
        if self.code:
            names = _listed(self.code)
            yield f"not kept for the next command, as functions and loader variables never are: {names}"
        if self.invalid:
            names = _listed(self.invalid)
            yield f"not kept for the next command, as too long or without a valid name: {names}"


def read_report(report: bytes, given: Mapping[str, str]) -> Inheritance | None:
    """Return what a shell that was `given` variables left, by its `report`; None where that is not complete.

    The report is the folder, a line end and NUL, then the environment as `env -0` prints it.
    """
    place, _, environment = report.partition(b"\0")
    if len(report) > MOST_BYTES or not environment.endswith(b"\0"):
        return None  # cut short, because the disk is full, or far too long
    reported = {
        os.fsdecode(name): os.fsdecode(value)
        for name, separator, value in (entry.partition(b"=") for entry in environment.split(b"\0"))
        if name and separator
    }
    if reported.get("POSIXLY_CORRECT") == POSIX_MARK != given.get("POSIXLY_CORRECT"):
        del reported["POSIXLY_CORRECT"]
    for name in _SET_BY_SHELLS:
        if name not in given and reported.get(name) == _user():
            del reported[name]
    folder = os.fsdecode(place.removesuffix(b"\n"))
    return Inheritance(
        Path(folder) if os.path.isabs(folder) and os.path.isdir(folder) else None,
        _kept(reported, given),
        _code(reported, given),
        _invalid(reported, given),
    )


def keeps(name: str, value: str) -> bool:
    """Return whether a command can set this variable for the next one."""
    return (
        name not in _OF_THE_SHELL
        and not name.startswith(_OWN)
        and _NAME.fullmatch(name) is not None
        and not is_function(name, value)
        and not is_loader(name)
        and len(os.fsencode(value)) <= _LONGEST
    )


def told(folder: Path) -> str:
    """Return the name of a folder in Unicode, whatever bytes it has: a model may read it."""
    return os.fsencode(folder).decode("utf-8", "backslashreplace")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MANY]) + more


def _kept(reported: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the next command: what a command cannot set is as it was `given`."""
    kept = {name: value for name, value in reported.items() if keeps(name, value)}
    return kept | {
        name: value
        for name, value in given.items()
        if name not in kept and (name in reported or not keeps(name, value))
    }


def _code(reported: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the functions and loader variables that are not those that were `given`."""
    names = set()
    for name, value in reported.items():
        if is_function(name, value):
            # A shell that inherits a function writes it down in its own way.
            if _BLANKS.sub("", value) != _BLANKS.sub("", given.get(name, "")):
                names.add(
                    f"the function {name.removeprefix('BASH_FUNC_').removesuffix('%%').removesuffix('()')}"
                )
        elif name.startswith(LOADER_PREFIX):
            loader = name.removeprefix(LOADER_PREFIX)
            names |= {loader} if value != given.get(loader) else set()
        elif is_loader(name):
            names |= {name} if value != given.get(name) else set()
    return tuple(sorted(names))


def _invalid(reported: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        sorted(
            name
            for name, value in reported.items()
            if (_NAME.fullmatch(name) is None or len(os.fsencode(value)) > _LONGEST)
            and not (name.startswith(_OWN) or is_function(name, value) or is_loader(name))
            and value != given.get(name)
        )
    )


@lru_cache(maxsize=1)
def _user() -> str | None:
    """Return the name of the person's account, which some shells export by themselves."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return None
