"""Compares the writable part of each overlay with what is below it.

An overlay keeps a deletion as a character device 0/0, and marks a folder that hides the one below it with an
attribute: https://docs.kernel.org/filesystems/overlayfs.html.

A change has the keys `kind` (created, changed, deleted, moved), `path`, `old` and `new` (see `_state`), and depending
on the kind `what` (the parts that changed), `source` (where it was moved from), `files`, `folders` and `bytes` (of a
folder with all its content), `partial` (its content was not counted to the end), `names` (how many names a file has),
`before` and `after` (short texts).
"""

from __future__ import annotations

import errno
import os
import stat
import time

from .sums import divided, sums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .sums import Change

_OPAQUE = "user.overlay.opaque"
_OWN_ATTRIBUTES = "user.overlay."
_CHUNK = 1 << 18
_LONGEST_TEXT = 1 << 16  # bytes of one text
_MOST_TEXT = 1 << 21  # bytes of all texts
_COUNTING = 10.0  # seconds for counting the content of deleted folders
_MOST_COMPARED = 1 << 28  # bytes compared to find out what was moved
_TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class Layer:
    """An overlay over the folder `point`; `upper` is its writable part, and `initial` the state of that when made."""

    def __init__(self, point: str, upper: str) -> None:
        self.point = point
        self.upper = upper
        self.initial = os.lstat(upper)


class Scan:
    """One comparison of all `layers`; `send` is called with each change, those outside of `folder` first."""

    def __init__(self, layers: list[Layer], folder: str, send: Callable[[Change], None]) -> None:
        self._layers = layers
        self._folder = folder
        self._send = send
        self._count_until = 0.0
        self._text_left = _MOST_TEXT
        self._compare_left = _MOST_COMPARED
        self._lost: dict[tuple[int, int], list[_Lost]] = {}
        self._made: dict[str, tuple[str, os.stat_result]] = {}

    def report(self, run: str, known: set[str]) -> None:
        """Send all changes; `run` took the place of /run, where the text found nothing but what is `known`."""
        found = [change for layer in self._layers for change in self._of_layer(layer)]
        made = self._within(run, "/run", exists=False)
        found += [change for change in made if change["path"] not in known]
        self._count_until = time.monotonic() + _COUNTING
        wants_moves = bool(self._made)
        for change in found:
            if change["kind"] == "deleted":
                self._count(change, wants_moves)
        if wants_moves:
            found = self._with_moves(found)
        listed, others = divided(found, self._folder)
        for change in listed:
            self._send({"is": "change", **change})
        for message in sums(others, self._folder):
            self._send(message)

    def _of_layer(self, layer: Layer) -> Iterator[Change]:
        new = os.lstat(layer.upper)
        what = _differences(layer.initial, new)
        if what:
            yield {
                "kind": "changed",
                "path": layer.point,
                "old": _state(layer.point, layer.initial),
                "new": _state(layer.upper, new),
                "what": what,
            }
        yield from self._within(layer.upper, layer.point)

    def _within(
        self, upper: str, lower: str, *, merged: bool = True, exists: bool = True
    ) -> Iterator[Change]:
        """Yield the changes in a folder. Unless `merged`, it hides the one below it, if that `exists`."""
        try:
            names = sorted(os.listdir(upper))
        except PermissionError:
            os.chmod(upper, 0o700)  # the state of the folder itself has been read
            names = sorted(os.listdir(upper))
        for name in names:
            yield from self._entry(os.path.join(upper, name), os.path.join(lower, name), merged, exists)
        if exists and not merged:
            try:
                hidden = sorted(set(os.listdir(lower)) - set(names))
            except OSError:
                hidden = []
            for path in (os.path.join(lower, name) for name in hidden):
                if (old := _status(path)) is not None:
                    yield _deleted(path, old)

    def _entry(self, upper: str, lower: str, merged: bool, exists: bool) -> Iterator[Change]:
        new = os.lstat(upper)
        old = _status(lower) if exists else None
        if stat.S_ISCHR(new.st_mode) and new.st_rdev == 0:
            if old is not None:
                yield _deleted(lower, old)
            return
        is_folder = stat.S_ISDIR(new.st_mode)
        opaque = is_folder and (not merged or _is_opaque(upper))
        if old is not None and stat.S_IFMT(old.st_mode) != stat.S_IFMT(new.st_mode):
            yield _deleted(lower, old)
            old = None
        if old is None:
            yield self._created(upper, lower, new)
        elif change := self._changed(upper, lower, old, new):
            yield change
        if is_folder:
            yield from self._within(upper, lower, merged=not opaque, exists=old is not None)

    def _created(self, upper: str, lower: str, new: os.stat_result) -> Change:
        change: Change = {"kind": "created", "path": lower, "old": None, "new": _state(upper, new)}
        if stat.S_ISREG(new.st_mode):
            self._made[lower] = (upper, new)
        if stat.S_ISREG(new.st_mode) and (text := self._text(upper, new)) is not None:
            change["after"] = text
        return change

    def _changed(self, upper: str, lower: str, old: os.stat_result, new: os.stat_result) -> Change | None:
        what = _differences(old, new)
        if stat.S_ISREG(new.st_mode) and not _same_content(upper, lower, old, new):
            what.insert(0, "content")
        elif stat.S_ISLNK(new.st_mode) and os.readlink(upper) != os.readlink(lower):
            what.insert(0, "target")
        if _attributes(upper) != _attributes(lower):
            what.append("attributes")
        if not what:
            return None
        change: Change = {
            "kind": "changed",
            "path": lower,
            "old": _state(lower, old),
            "new": _state(upper, new),
            "what": what,
        }
        if old.st_nlink > 1 and not stat.S_ISDIR(old.st_mode):
            change["names"] = old.st_nlink
        if what[0] == "content":
            before = self._text(lower, old)
            after = None if before is None else self._text(upper, new)
            if after is not None:
                change |= {"before": before, "after": after}
        return change

    def _text(self, path: str, info: os.stat_result) -> str | None:
        """Return a short text; None if it is long or not a text."""
        if info.st_size > min(_LONGEST_TEXT, self._text_left):
            return None
        try:
            with _reading(path) as file:
                content = file.read(_LONGEST_TEXT + 1)
            text = content.decode()
        except (OSError, UnicodeDecodeError):
            return None
        self._text_left -= len(content)
        return None if "\0" in text else text

    def _count(self, change: Change, wants_moves: bool) -> None:
        """Count the content of what was deleted, and note its files if something may have been moved."""
        path = change["path"]
        if change["old"]["type"] != "folder":
            if wants_moves and change["old"]["type"] == "file":
                self._note_lost(path, os.lstat(path), change)
            return
        change |= {"files": 0, "folders": 0, "bytes": 0, "partial": False}
        waiting = [path]
        while waiting:
            if time.monotonic() > self._count_until:
                change["partial"] = True
                return
            try:
                entries = list(os.scandir(waiting.pop()))
            except OSError:
                change["partial"] = True
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    change["folders"] += 1
                    waiting.append(entry.path)
                    continue
                change["files"] += 1
                try:
                    info = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                change["bytes"] += info.st_size
                if wants_moves and stat.S_ISREG(info.st_mode):
                    self._note_lost(entry.path, info, change)

    def _note_lost(self, path: str, info: os.stat_result, change: Change) -> None:
        if info.st_size:
            self._lost.setdefault((info.st_size, info.st_mtime_ns), []).append(_Lost(path, info, change))

    def _with_moves(self, found: list[Change]) -> list[Change]:
        """Return the changes, with one move for a deleted and a created file that have the same content and time."""
        gone: set[int] = set()
        for change in found:
            if change["kind"] != "created" or change["path"] not in self._made:
                continue
            upper, new = self._made[change["path"]]
            candidates = self._lost.get((new.st_size, new.st_mtime_ns), [])
            same = next((each for each in candidates if self._is_same(each, upper, new)), None)
            if same is None:
                continue
            candidates.remove(same)
            change |= {"kind": "moved", "source": same.path, "old": _state(same.path, same.info)}
            change.pop("after", None)
            if same.change["path"] == same.path:
                gone.add(id(same.change))
            else:
                same.change["files"] -= 1
                same.change["bytes"] -= same.info.st_size
        return [each for each in found if id(each) not in gone]

    def _is_same(self, lost: _Lost, upper: str, new: os.stat_result) -> bool:
        if new.st_size > self._compare_left or stat.S_IMODE(new.st_mode) != stat.S_IMODE(lost.info.st_mode):
            return False
        self._compare_left -= new.st_size
        return _same_content(upper, lost.path, lost.info, new)


class _Lost:
    """A file that is gone, and the change that says so: of itself, or of a folder that it was in."""

    def __init__(self, path: str, info: os.stat_result, change: Change) -> None:
        self.path = path
        self.info = info
        self.change = change


def _status(path: str) -> os.stat_result | None:
    """Return the status of what is at `path`; None if there is nothing any more."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def _deleted(path: str, old: os.stat_result) -> Change:
    return {"kind": "deleted", "path": path, "old": _state(path, old), "new": None}


def _state(path: str, info: os.stat_result) -> dict[str, Any]:
    state = {
        "type": _TYPES.get(stat.S_IFMT(info.st_mode), "device"),
        "mode": stat.S_IMODE(info.st_mode),
        "user": info.st_uid,
        "group": info.st_gid,
        "size": info.st_size,
    }
    if stat.S_ISLNK(info.st_mode):
        state["target"] = _target(path)
    return state


def _target(path: str) -> str:
    """Return where a link leads; empty if it is gone."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _differences(old: os.stat_result, new: os.stat_result) -> list[str]:
    what = []
    if not stat.S_ISLNK(new.st_mode) and stat.S_IMODE(old.st_mode) != stat.S_IMODE(new.st_mode):
        what.append("mode")
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        what.append("owner")
    return what


def _is_opaque(path: str) -> bool:
    try:
        return os.getxattr(path, _OPAQUE, follow_symlinks=False) == b"y"
    except OSError:
        return False


def _attributes(path: str) -> dict[str, bytes]:
    found = {}
    try:
        for name in os.listxattr(path, follow_symlinks=False):
            if not name.startswith(_OWN_ATTRIBUTES):
                found[name] = os.getxattr(path, name, follow_symlinks=False)
    except OSError as problem:
        if problem.errno not in (errno.ENOTSUP, errno.ENODATA, errno.EPERM, errno.EACCES, errno.ENOENT):
            raise
    return found


def _same_content(upper: str, lower: str, old: os.stat_result, new: os.stat_result) -> bool:
    if old.st_size != new.st_size:
        return False
    try:
        with _reading(upper) as one, _reading(lower) as other:
            while chunk := one.read(_CHUNK):
                if chunk != other.read(_CHUNK):
                    return False
    except OSError:
        return False
    return True


def _reading(path: str) -> Any:
    try:
        return open(path, "rb")
    except PermissionError:
        if not path.startswith("/run/"):
            raise
        os.chmod(path, 0o600)  # a file of the preview; its state has been read
        return open(path, "rb")
