"""The program's own files and folders: nobody but their owner may read or write them.

What can be opened is checked on the open descriptor, so that what was checked is what is used.
"""

import contextlib
import os
import pwd
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

_OTHERS = 0o077  # the rights of the group and of everybody else
_OTHERS_WRITE = 0o022
_MOST = 1_048_576  # bytes of a file of settings; nobody writes as much


class NotPrivateError(Exception):
    """A file or folder cannot be used safely; the text says why and what to do, in whole sentences."""


def make_folder(path: Path) -> str | None:
    """Make `path` and its missing parents with mode 0700, and take the rights of others on an existing folder away.

    Returns what others could do with the folder until now, in a few words, or None.

    Raises:
        NotPrivateError: It belongs to somebody else, is no folder, or cannot be made private.
        OSError: It cannot be made or opened.
    """
    make_missing(path)
    _refuse(obstacle(path, want_folder=True))
    before = exposure(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _restrict(descriptor, path)
    finally:
        os.close(descriptor)
    return before


def make_missing(path: Path) -> None:
    """Make the folder `path` and its missing parents with mode 0700; leave what is there as it is.

    Raises:
        OSError: It cannot be made.
    """
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another program has made it meanwhile
            os.mkdir(each, 0o700)


def open_file(path: Path, flags: int) -> int:
    """Open a file of the program's own, and return its descriptor; it has mode 0600 from then on.

    Raises:
        NotPrivateError: It is a link or no regular file, belongs to somebody else, or cannot be made private.
        OSError: It cannot be opened.
    """
    _refuse(obstacle(path))
    # A pipe that somebody put there would have the program wait for ever.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        _refuse(_mistrust(path, os.fstat(descriptor), (os.geteuid(),)))
        _restrict(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def restrict_content(folder: Path, names: Iterable[str]) -> None:
    """Take the rights of others on what `folder` has under these names away.

    Raises:
        NotPrivateError: One of them is a link, belongs to somebody else, or cannot be made private.
        OSError: One of them cannot be opened.
    """
    for name in names:
        path = folder / name
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.lstat(path).st_mode):
                make_folder(path)
            else:
                os.close(open_file(path, os.O_RDONLY))


def obstacles(folder: Path, names: Iterable[str]) -> list[str]:
    """Return why `folder`, or what it has under these names, is not used; see `obstacle`."""
    found = [obstacle(folder, want_folder=True)]
    found += [obstacle(path, want_folder=path.is_dir()) for path in (folder / name for name in names)]
    return [each for each in found if each is not None]


def read_settings(path: Path) -> str:
    """Return the text of a file that only the person, or root, can have written. A link may lead to it.

    Raises:
        NotPrivateError: Somebody else may have written it, or it is no regular file.
        OSError, UnicodeDecodeError: It cannot be read.
    """
    if os.path.islink(path):
        owner = os.lstat(path).st_uid
        _refuse(None if owner in (0, os.geteuid()) else _of_another(path, owner))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        _refuse(None if is_own(path) else _of_another(path, os.stat(path).st_uid))
        raise
    with open(descriptor, "rb") as file:
        if os.path.realpath(path) == os.devnull:
            return ""
        found = os.fstat(descriptor)
        _refuse(_mistrust(path, found, (0, os.geteuid())) or _changeable(path, found))
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise NotPrivateError(f"{path} has more than {_MOST:,} bytes, so it is no file of settings.")
    return content.decode()


def replace_file(path: Path, text: str) -> None:
    """Write `text` into the file `path`, or into that to which it links, in one step; it has mode 0600 then.

    Raises:
        OSError: It cannot be written; the file is as it was.
    """
    path = Path(os.path.realpath(path))
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def is_own(path: Path) -> bool:
    """Whether `path` is there, is no link and belongs to the user as whom the program runs."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)


def exposure(path: Path) -> str | None:
    """Return in a few words what others may do with the file or folder `path`; None where they may do nothing."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None
    if not mode & _OTHERS:
        return None
    return f"{'changed' if mode & _OTHERS_WRITE else 'read'} by others (mode {mode:04o})"


def exposed_parents(path: Path) -> list[Path]:
    """Return the folders above `path` in which everybody can replace what leads to it."""
    found = []
    for parent in path.parents:
        with contextlib.suppress(OSError):
            mode = parent.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                found.append(parent)
    return found


def obstacle(path: Path, *, want_folder: bool = False) -> str | None:
    """Return why `path` is not used, in whole sentences; None where it may be used, or is not there yet.

    A link to a file is never followed, one to a folder only where link and folder are the person's own.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            if not want_folder:
                return (
                    f"{path} is a symbolic link, and hitl does not follow it: what it writes there could end up in "
                    "another file. Remove the link, or move the file that it leads to here."
                )
            if found.st_uid != os.geteuid():
                return _of_another(path, found.st_uid)
            found = os.stat(path)
    except FileNotFoundError:
        return f"{path} is a symbolic link that leads nowhere. Remove it." if os.path.islink(path) else None
    return _mistrust(path, found, (os.geteuid(),), want_folder=want_folder)


def _mistrust(
    path: Path, found: os.stat_result, owners: Iterable[int], *, want_folder: bool = False
) -> str | None:
    if want_folder and not stat.S_ISDIR(found.st_mode):
        return f"{path} is no folder. Move it away."
    if not want_folder and not stat.S_ISREG(found.st_mode):
        return f"{path} is no regular file. Move it away."
    return None if found.st_uid in owners else _of_another(path, found.st_uid)


def _changeable(path: Path, found: os.stat_result) -> str | None:
    """Return that others can change a file, and what to do about it; a group of the person's own is not others."""
    others = found.st_mode & stat.S_IWOTH
    group = found.st_mode & stat.S_IWGRP and found.st_gid != os.getegid()
    if not others and not group:
        return None
    return f"{path} can be changed by others (mode {stat.S_IMODE(found.st_mode):04o}): `chmod go-w {path}`."


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise NotPrivateError(reason)


def _of_another(path: Path, owner: int) -> str:
    """Return that `path` belongs to `owner`, and what to do about it."""
    me = os.geteuid()
    if owner == 0:
        return (
            f"{path} belongs to root, as after `sudo hitl` or `sudo -E hitl`. "
            f"To take it back: `sudo chown -R {name_of(me)} {path}`."
        )
    if me == 0:
        return (
            f"{path} belongs to {name_of(owner)}, and hitl runs as root, as with `sudo -E hitl`. "
            "Run it without sudo, or with `sudo -H`."
        )
    return (
        f"{path} belongs to {name_of(owner)}, and not to {name_of(me)}. Move it away, or use another folder."
    )


def name_of(user: int) -> str:
    """Return the name of a user, or their number where they have none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _restrict(descriptor: int, path: Path) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if not mode & _OTHERS:
        return
    with contextlib.suppress(PermissionError):
        os.fchmod(descriptor, mode & ~_OTHERS)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) & _OTHERS:
        raise NotPrivateError(
            f"{path} can be {exposure(path)}, and that cannot be changed here. "
            "Use a folder on a file system that keeps the rights of files."
        )
