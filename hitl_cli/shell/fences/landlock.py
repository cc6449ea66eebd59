"""A fence of Landlock (https://docs.kernel.org/userspace-api/landlock.html), which decides about files and signals."""

import errno
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.shell.guardian.fencing import enclose

if TYPE_CHECKING:
    from landlockpy import Ruleset

NAME = "Landlock and seccomp"
_NEEDED_ABI = 6
"""The first version of Landlock that can refuse signals to other processes, that of Linux 6.12."""

_OWN_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


def ruleset(writes: Collection[Path], hidden: Collection[Path]) -> "Ruleset":
    """Return rules that let a command read what is not `hidden`, and write below `writes`; the caller closes them.

    Raises:
        OSError: They cannot be set up.
    """
    from landlockpy import AccessFS, AccessNet, Ruleset, Scope

    look = AccessFS.READ_FILE | AccessFS.EXECUTE
    rules = Ruleset(
        scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET, handled_net=AccessNet.NONE
    )  # the filter refuses sockets
    try:
        rules.allow_path("/", AccessFS.READ_DIR)
        for path in _readable(hidden):
            _allow(rules, path, look)
        for device in _OWN_DEVICES:
            _allow(rules, device, AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.IOCTL_DEV)
        changes = rules.handled_fs & ~(look | AccessFS.READ_DIR | AccessFS.IOCTL_DEV)
        for place in writes:
            _allow(rules, place, changes if place.is_dir() else AccessFS.WRITE_FILE | AccessFS.TRUNCATE)
    except BaseException:
        rules.close()
        raise
    return rules


def why_unavailable(instructions: bytes) -> str:
    """Return why there is no such fence with this filter of system calls, as words; empty if there is one."""
    try:
        import landlockpy
    except (ImportError, OSError) as problem:
        return f"{problem}; reinstall hitl"
    version = landlockpy.abi_version() if landlockpy.supported() else 0
    if version < _NEEDED_ABI:
        found = f"version {version}" if version else "none"
        return f"it needs Landlock version {_NEEDED_ABI} (Linux 6.12), and this kernel has {found}"
    refused = _attempt(instructions)
    return f"the kernel refuses to set one up ({refused})" if refused else ""


def _attempt(instructions: bytes) -> str:
    """Put a thread behind a fence, which ends with it; return why that failed, empty if it did not.

    A container can refuse what the kernel has.
    """
    from landlockpy import AccessNet, Ruleset, Scope

    refused = []

    def enclosed() -> None:
        try:
            with Ruleset(scoped=Scope.SIGNAL, handled_net=AccessNet.NONE) as rules:
                rules.allow_path("/", rules.handled_fs)
                enclose(rules.fileno(), instructions)
        except OSError as problem:
            refused.append(problem.strerror or str(problem))

    thread = threading.Thread(target=enclosed)
    thread.start()
    thread.join()
    return "".join(refused)


def _allow(rules: "Ruleset", path: Path | str, access: int) -> None:
    """Allow `access` below `path`, if it exists."""
    from landlockpy import AccessFS

    try:
        rules.allow_path(path, AccessFS(access))
    except OSError as problem:
        if problem.errno not in (errno.ENOENT, errno.EACCES, errno.ENOTDIR):
            raise


def _readable(hidden: Collection[Path]) -> Iterator[str]:
    """Yield files and folders that together hold everything but what is `hidden`, and but the devices."""
    out = {"/dev", *map(os.path.realpath, hidden)}
    above = {str(parent) for each in out for parent in Path(each).parents}
    yield from _around("/", out - above, above)


def _around(folder: str, out: Collection[str], above: Collection[str]) -> Iterator[str]:
    """Yield what is below `folder` but not in `out`, as few paths as possible; `above` are all folders above `out`."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        path = entry.path
        if path in out or entry.is_symlink():  # what a link leads to counts where it is
            continue
        if path in above:
            yield from _around(path, out, above)
        else:
            yield path
