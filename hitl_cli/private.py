"""Keeps the program's own files and folders private: only their owner may read or write them.

Checks use the open descriptor where possible, so that the checked file is the one that is used.
"""

import contextlib
import os
import pwd
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

_OTHERS = 0o077  # the rights of the group and of all others
_OTHERS_WRITE = 0o022
_MAX_SETTINGS_BYTES = 1_048_576  # maximum bytes of a settings file


class NotPrivateError(Exception):
    """A file or folder cannot be used safely; the message says why and what to do, in full sentences."""


def make_folder(path: Path) -> str | None:
    """Create `path` and its missing parents with mode 0700; remove the rights of others on an existing folder.

    Returns a short text on what others could do with the folder until now, or None.

    Raises:
        NotPrivateError: It belongs to another user, is not a folder, or cannot be made private.
        OSError: It cannot be created or opened.
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
    """Create the folder `path` and its missing parents with mode 0700; do not change existing ones.

    Raises:
        OSError: It cannot be created.
    """
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):  # a race: another program has just created it
            os.mkdir(each, 0o700)


def open_file(path: Path, flags: int) -> int:
    """Open one of the program's own files, set its mode to 0600, and return its descriptor.

    Raises:
        NotPrivateError: It is a link or not a regular file, belongs to another user, or cannot be made private.
        OSError: It cannot be opened.
    """
    _refuse(obstacle(path))
    # Non-blocking, because opening a pipe could block forever.
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        _refuse(_distrust(path, os.fstat(descriptor), (os.geteuid(),)))
        _restrict(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def restrict_content(folder: Path, names: Iterable[str]) -> None:
    """Remove the rights of others on the items with these names in `folder`.

    Raises:
        NotPrivateError: One of them is a link, belongs to another user, or cannot be made private.
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
    """Return why `folder`, or an item with one of these names in it, cannot be used; see `obstacle`."""
    found = [obstacle(folder, want_folder=True)]
    found += [obstacle(path, want_folder=path.is_dir()) for path in (folder / name for name in names)]
    return [each for each in found if each is not None]


def read_settings(path: Path) -> str:
    """Return the text of a file that only the user or root can have written. It may be a link.

    Raises:
        NotPrivateError: Another user may have written it, or it is not a regular file.
        OSError, UnicodeDecodeError: It cannot be read.
    """
    if os.path.islink(path):
        owner = os.lstat(path).st_uid
        _refuse(None if owner in (0, os.geteuid()) else _owner_message(path, owner))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        _refuse(None if is_own(path) else _owner_message(path, os.stat(path).st_uid))
        raise
    with open(descriptor, "rb") as file:
        if os.path.realpath(path) == os.devnull:
            return ""
        found = os.fstat(descriptor)
        _refuse(_distrust(path, found, (0, os.geteuid())) or _changeable(path, found))
        content = file.read(_MAX_SETTINGS_BYTES + 1)
    if len(content) > _MAX_SETTINGS_BYTES:
        raise NotPrivateError(
            f"{path} has more than {_MAX_SETTINGS_BYTES:,} bytes, too much for a settings file."
        )
    return content.decode()


def replace_file(path: Path, text: str) -> None:
    """Atomically replace the content of `path`, or of the file it links to, with `text`, and set its mode to 0600.

    Raises:
        OSError: It cannot be written; the file is unchanged.
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
    """Whether `path` exists, is not a link, and belongs to the user of this process."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)


def exposure(path: Path) -> str | None:
    """Return a short text on what others may do with the file or folder `path`, or None if nothing."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None
    if not mode & _OTHERS:
        return None
    return f"{'changed' if mode & _OTHERS_WRITE else 'read'} by others (mode {mode:04o})"


def exposed_parents(path: Path) -> list[Path]:
    """Return the folders above `path` in which any user can replace the next part of the path."""
    found = []
    for parent in path.parents:
        with contextlib.suppress(OSError):
            mode = parent.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                found.append(parent)
    return found


def obstacle(path: Path, *, want_folder: bool = False) -> str | None:
    """Return why `path` cannot be used, in full sentences, or None if it can be used or does not exist yet.

    A link to a file is never followed; a link to a folder is followed if the user owns both.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            if not want_folder:
                return (
                    f"{path} is a symbolic link. hitl does not follow it, because that could overwrite another file. "
                    "Remove the link, or replace it with the file."
                )
            if found.st_uid != os.geteuid():
                return _owner_message(path, found.st_uid)
            found = os.stat(path)
    except FileNotFoundError:
        return f"{path} is a broken symbolic link. Remove it." if os.path.islink(path) else None
    return _distrust(path, found, (os.geteuid(),), want_folder=want_folder)


def _distrust(
    path: Path, found: os.stat_result, owners: Iterable[int], *, want_folder: bool = False
) -> str | None:
    if want_folder and not stat.S_ISDIR(found.st_mode):
        return f"{path} is not a folder. Move it away."
    if not want_folder and not stat.S_ISREG(found.st_mode):
        return f"{path} is not a regular file. Move it away."
    return None if found.st_uid in owners else _owner_message(path, found.st_uid)


def _changeable(path: Path, found: os.stat_result) -> str | None:
    """Return a message if others can change the file; the user's own group does not count as others."""
    mode = stat.S_IMODE(found.st_mode)
    others = mode & stat.S_IWOTH
    group = mode & stat.S_IWGRP and found.st_gid != os.getegid()
    if not others and not group:
        return None
    return f"{path} can be changed by others (mode {mode:04o}). Fix that with `chmod go-w {path}`."


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise NotPrivateError(reason)


def _owner_message(path: Path, owner: int) -> str:
    """Return a message that `path` belongs to `owner`, and what to do about it."""
    me = os.geteuid()
    if owner == 0:
        return (
            f"{path} belongs to root, probably because of `sudo hitl` or `sudo -E hitl`. "
            f"Take it back with `sudo chown -R {name_of(me)} {path}`."
        )
    if me == 0:
        return (
            f"{path} belongs to {name_of(owner)}, but hitl runs as root, for example with `sudo -E hitl`. "
            "Run it without sudo, or with `sudo -H`."
        )
    return f"{path} belongs to {name_of(owner)}, not to {name_of(me)}. Move it away, or use another folder."


def name_of(user: int) -> str:
    """Return the name of a user, or the user id if it has no name."""
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
            f"{path} can be {exposure(path)}, and the mode cannot be changed. "
            "Use a folder on a file system that supports file modes."
        )
