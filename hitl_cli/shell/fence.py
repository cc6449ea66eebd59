"""A fence around a command, which the kernel enforces: it can read, and change nothing but what it may.

On Linux, Landlock decides about files and signals, or bubblewrap where the kernel has no Landlock that does. A seccomp
filter refuses what these do not cover: modes, owners, times and attributes of files, sockets, shared memory and other
processes. On macOS, its own sandbox decides about everything. A fence lasts until
the command and its descendants end. On Linux, a command of root loses all of root's privileges but reading any file.
"""

import errno
import functools
import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitl_cli.errors import CommandStartError
from hitl_cli.policy.places import SECRET_PLACES
from hitl_cli.shell.fences import bubblewrap, call_filter, landlock, seatbelt

if TYPE_CHECKING:
    from landlockpy import Ruleset

HELD = "it ran behind a fence, which refused it something"
"""How the note on a command begins that failed because of its fence."""

_LONGEST_LINE = 200  # characters of a line that is quoted
_REFUSALS = tuple(map(os.strerror, (errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOSYS)))
# What programs say in their own words about a file that they cannot write, the network, or privileges.
_ENGLISH_REFUSALS = (
    "operation not permitted",
    "permission denied",
    "read-only file system",
    "readonly database",
    "unable to open database file",
    "not writable",
    "could not resolve host",
    "could not resolve proxy",
    "unable to resolve host",
    "temporary failure in name resolution",
    "name or service not known",
    "failure in name resolution",
    "eai_again",
    "eacces",
    "eperm",
    "no new privileges",
    "bwrap: ",
    "sandbox-exec: ",
)


# Programs that list processes; a fence that a program makes hides those of others from them.
_ABOUT_PROCESSES = frozenset(["fuser", "htop", "lsof", "pgrep", "pidof", "ps", "pstree", "top", "w"])


class FenceError(CommandStartError):
    """A command could not be fenced; nothing ran."""


class FenceKind(NamedTuple):
    """What makes fences: its name, and the program that does if it is one. `lacking` says why there is none."""

    name: str = ""
    program: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class Fence:
    """What a fenced command may do beyond reading.

    It can write below `writes` and `scratch` and to its own terminal, reach the internet if `network`, and not read the
    `hidden` files and folders. It cannot change modes or owners anywhere, nor times if it may not write, and can signal
    only its own processes. `kind` makes it, by default what this system has.
    """

    writes: tuple[Path, ...] = ()
    network: bool = False
    hidden: tuple[Path, ...] = ()
    scratch: Path | None = None
    kind: FenceKind | None = None

    def with_scratch(self, folder: Path) -> "Fence":
        """Return this fence, where the command can also write below `folder`, for its temporary files."""
        return replace(self, scratch=folder)

    def wrapped(self, words: Sequence[str], folder: Path) -> list[str]:
        """Return the words that start the command `words` in `folder`, through a program if that makes the fence.

        Raises:
            FenceError: This system has no fence.
        """
        kind = self._kind()
        if kind.name == bubblewrap.NAME:
            return bubblewrap.wrapped(words, folder, self._changes, self.hidden, kind.program)
        if kind.name == seatbelt.NAME:
            return seatbelt.wrapped(
                words, self._changes, self.hidden, network=self.network, program=kind.program
            )
        return list(words)

    @property
    def has_ruleset(self) -> bool:
        """Whether the fence has rules about files and signals; otherwise a program makes it.

        Raises:
            FenceError: This system has no fence.
        """
        return not self._kind().program

    def ruleset(self) -> "Ruleset":
        """Return the rules about files and signals, for a fence that has some; the caller closes them.

        Raises:
            FenceError: This system has no fence.
        """
        self._kind()
        try:
            return landlock.ruleset(self._changes, self.hidden)
        except OSError as problem:
            raise FenceError(f"The fence cannot be set up: {problem.strerror}. Nothing ran.") from problem

    def filter(self) -> bytes:
        """Return the filter of system calls, an array of `struct sock_filter`; empty if the fence takes none.

        Raises:
            FenceError: This system has no fence.
        """
        if self._kind().name == seatbelt.NAME:
            return b""
        return call_filter.made(self.network, sets_times=bool(self.writes))

    @property
    def _changes(self) -> tuple[Path, ...]:
        return (*self.writes, self.scratch) if self.scratch else self.writes

    def _kind(self) -> FenceKind:
        if (kind := self.kind or _found()).lacking:
            raise FenceError(f"{kind.lacking} Nothing ran.")
        return kind


def hidden_places(home: Path, own: Collection[Path]) -> tuple[Path, ...]:
    """Return the places for secrets that this user could read: those of a person with this `home`, and `own` ones."""
    listed = (Path(str(home) + each[1:]) if each.startswith("~") else Path(each) for each in SECRET_PLACES)
    return tuple(each for each in (*listed, *own) if os.access(each, os.R_OK))


def refusal_in(output: str) -> str:
    """Return the first line of a failed command's output that says that something was refused; empty if none does."""
    refusals = {each.lower() for each in (*_REFUSALS, *_ENGLISH_REFUSALS)}
    for line in output.splitlines():
        words = line.lower()
        if any(each in words for each in refusals):
            return " ".join(line.split())[:_LONGEST_LINE]
    return ""


def why_unavailable() -> str:
    """Return a sentence that says why there is no fence; empty if there is one."""
    return _found().lacking


def name() -> str:
    """Return what makes the fence, such as `Landlock and seccomp`; empty if there is none."""
    return _found().name


BEHIND = "behind a fence"


def in_words(fence: Fence | None) -> str:
    """Return in words where a command runs that a rule allows: behind which fence, or without one."""
    if fence is None:
        return "without a fence"
    return BEHIND if fence.has_ruleset else f"{BEHIND} of {name().partition(' ')[0]}"


def why_misleading(words: Collection[str]) -> str:
    """Return a sentence that says why a command of these words would see too little in the fence; usually empty."""
    if _found().program and any(os.path.basename(word) in _ABOUT_PROCESSES for word in words):
        return "The fence here hides the processes of others, which the command would list."
    return ""


@functools.cache
def _found() -> FenceKind:
    """Return the fence that this system has, which was tried."""
    if sys.platform == "darwin":
        lacking = seatbelt.why_unavailable()
        return FenceKind(seatbelt.NAME, seatbelt.PROGRAM, f"There is no fence: {lacking}." if lacking else "")
    if not sys.platform.startswith("linux"):
        return FenceKind(lacking="There is no fence on this system: hitl has one only on Linux and macOS.")
    try:
        instructions = call_filter.made(False, sets_times=False)
    except (ImportError, RuntimeError):
        return FenceKind(
            lacking="There is no fence: the system library libseccomp is missing. Install it (Debian: libseccomp2)."
        )
    except OSError as problem:
        return FenceKind(
            lacking=f"There is no fence: the filter of system calls cannot be made ({problem.strerror})."
        )
    if not (lacking := landlock.why_unavailable(instructions)):
        return FenceKind(landlock.NAME)
    if not (also := bubblewrap.why_unavailable(instructions)) and (tool := bubblewrap.found()):
        return FenceKind(bubblewrap.NAME, tool.path)
    return FenceKind(lacking=f"There is no fence: {lacking}. Also, {also}.")
