"""What the next command inherits, read from the report of a shell; an untrusted command could have written it."""

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
"""The maximum size of a report; a longer one is ignored, because no command could be given that much."""

NO_REPORT = "this shell reported no folder or variables; the next command starts"
"""The start of the note on a command that reported nothing; the folder of the next command follows."""

_LONGEST = 2**16  # bytes of a variable
_MANY = 8  # names in one note
_LONGEST_NAME = 80  # characters of a name in a note
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OF_THE_SHELL = frozenset({"_", "SHLVL", "PWD", "SHELLOPTS", "BASHOPTS", "PS1", "PS2"})
"""Variables that describe one shell process; the next shell sets them itself, or has no use for them."""
_SET_BY_SHELLS = ("LOGNAME", "USER")
_OWN = "__hitl"
_BLANKS = re.compile(r"[\s;]+")


@dataclass(frozen=True)
class Inheritance:
    """The folder and the variables for the next command.

    `folder` is None if the shell's last folder no longer exists. Two lists name exports that the next command does not
    get: `code` has functions and loader variables, `invalid` has variables with an invalid name or too long a value.
    """

    folder: Path | None
    variables: dict[str, str]
    code: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()

    def notes(self, folder: Path) -> Iterator[str]:
        """Yield notes for the person and the model; the next command starts in `folder`."""
        if self.folder is None:
            yield f"the command's last folder no longer exists; the next command starts in {displayable(folder)}"
        if self.code:
            names = _listed(self.code)
            yield f"not passed to the next command (functions and loader variables never are): {names}"
        if self.invalid:
            names = _listed(self.invalid)
            yield f"not passed to the next command (too long, or invalid name): {names}"


def read_report(report: bytes, given: Mapping[str, str]) -> Inheritance | None:
    """Parse the `report` of a shell that was `given` variables; return None if it is incomplete.

    The report is the folder, a newline and NUL, then the environment as `env -0` prints it.
    """
    place, _, environment = report.partition(b"\0")
    if len(report) > MOST_BYTES or not environment.endswith(b"\0"):
        return None  # incomplete, for example because the disk is full, or too long
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


def displayable(folder: Path) -> str:
    """Return the name of a folder as valid Unicode, with other bytes escaped, since a model may read it."""
    return os.fsencode(folder).decode("utf-8", "backslashreplace")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MANY]) + more


def _kept(reported: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the next command; those that a command cannot set keep their `given` values."""
    kept = {name: value for name, value in reported.items() if keeps(name, value)}
    return kept | {
        name: value
        for name, value in given.items()
        if name not in kept and (name in reported or not keeps(name, value))
    }


def _code(reported: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the functions and loader variables that differ from the `given` ones."""
    names = set()
    for name, value in reported.items():
        if is_function(name, value):
            # A shell reformats a function that it inherits.
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
    """Return the user's account name, which some shells export themselves."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return None
