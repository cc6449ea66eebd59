"""From the mounts of this system to what a preview does with each.

The format is that of proc_pid_mountinfo(5): https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_OVERLAID = frozenset(
    (
        "bcachefs",
        "btrfs",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "jfs",
        "nilfs2",
        "overlay",
        "ramfs",
        "tmpfs",
        "xfs",
        "zfs",
    )
)
"""Local file systems that can be the lower part of an overlay."""

_LOCAL = _OVERLAID | {"erofs", "exfat", "fat", "iso9660", "msdos", "ntfs", "ntfs3", "squashfs", "udf", "vfat"}
"""Local file systems, which can be read without waiting for a network or another program."""

_OWN = ("/proc", "/sys", "/dev", "/run")
_SHARED_MEMORY = "/dev/shm"
_TEMPORARY = ("/tmp", "/var/tmp")
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """A mount: its id and its parent's, where it is, whether it is read-only, and the type of its file system."""

    number: int
    parent: int
    point: str
    is_read_only: bool
    kind: str


@dataclass
class Plan:
    """What a preview does with the file systems.

    `steps` are made in this order: each is what to make, and where. An "overlay" can be written, "read-only" has
    the folder or file as it is, "sealed" is an overlay that cannot be written, "hidden" is an empty folder; a "link"
    and a "folder" are made anew. `uncovered` are the places, each with the reason, that are not in the preview as they
    are outside of it.
    """

    steps: list[tuple[str, str]] = field(default_factory=list)
    uncovered: list[tuple[str, str]] = field(default_factory=list)

    def add(self, how: str, point: str) -> None:
        """Add a step, if there is none for this place."""
        if all(each != point for _, each in self.steps):
            self.steps.append((how, point))

    def covers(self, folder: str) -> bool:
        """Return whether a text can run in `folder`: the last step for it or a folder above it makes an overlay."""
        within = [how for how, point in self.steps if is_within(folder, point)]
        return bool(within) and within[-1] in ("overlay", "sealed") and not _is_systems_own(folder)


def parsed(mountinfo: str) -> list[Mount]:
    """Return the mounts that can be seen, each after those above it."""
    mounts = []
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if not separator or len(fields) < 6:
            continue
        kind, _, options = right.split(" ")[:3]
        read_only = "ro" in fields[5].split(",") or "ro" in options.split(",")
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
        mounts.append(Mount(int(fields[0]), int(fields[1]), point, read_only, kind))
    by_number = {each.number: each for each in mounts}
    children: dict[int, list[Mount]] = {}
    for each in mounts:
        children.setdefault(each.parent, []).append(each)
    seen = [each for each in mounts if _is_seen(each, by_number, children)]
    return sorted(seen, key=lambda mount: len(Path(mount.point).parts))


def plan(mounts: Iterable[Mount], folder: Path, home: str) -> Plan:
    """Return what to do with `mounts`, for a text that runs in `folder`.

    Root has an overlay over each mount. A user cannot have one over a folder that others are mounted below, as over the
    root: its entries get overlays of their own. Neither can a user's overlay change anything below a folder of another
    user, as in /home: so what they write to most gets an overlay of its own.
    """
    planned = Plan()
    known = {each.point: each for each in mounts if not _is_systems_own(each.point)}
    if os.getuid() == 0:
        for mount in known.values():
            _plan_mount(planned, mount)
        return planned
    _plan_folder(planned, "/", known)
    if _SHARED_MEMORY in known:
        _plan_mount(planned, known[_SHARED_MEMORY])
    for each in (home, *_TEMPORARY, str(folder)):
        for own in _foreign_way(each):
            within = [how for how, point in planned.steps if is_within(own, point)]
            if within and within[-1] == "overlay" and not any(_is_below(point, own) for point in known):
                planned.add("overlay", own)
    return planned


def _plan_mount(planned: Plan, mount: Mount) -> None:
    """Plan one mount as a whole."""
    if mount.kind not in _LOCAL or not (mount.is_read_only or mount.kind in _OVERLAID):
        planned.uncovered.append((mount.point, mount.kind))
    if mount.kind not in _LOCAL:
        planned.add("hidden", mount.point)
    elif not os.path.isdir(mount.point):
        if _is_file(mount.point):
            planned.add("read-only", mount.point)
            planned.uncovered.append((mount.point, "it is mounted by itself"))
    elif mount.kind in _OVERLAID:
        planned.add("sealed" if mount.is_read_only else "overlay", mount.point)
    else:
        planned.add("read-only", mount.point)


def _plan_folder(planned: Plan, folder: str, known: dict[str, Mount]) -> None:
    """Plan a folder for a user: with an overlay if nothing is mounted below it, otherwise its entries one by one."""
    mount = known.get(folder)
    if mount is not None and (mount.kind not in _LOCAL or not os.path.isdir(folder)):
        _plan_mount(planned, mount)
        return
    if not any(_is_below(point, folder) for point in known):
        if mount is not None:
            _plan_mount(planned, mount)
        else:
            planned.add("overlay", folder)
        return
    if folder != "/":
        planned.add("folder", folder)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        planned.uncovered.append((folder, "other file systems are mounted below it"))
    for entry in entries:
        if _is_systems_own(entry.path):
            continue
        if entry.is_symlink():
            planned.add("link", entry.path)
        elif os.path.isdir(entry.path):
            if os.access(entry.path, os.X_OK):
                _plan_folder(planned, entry.path, known)
        elif entry.path in known:
            _plan_mount(planned, known[entry.path])
        elif _is_file(entry.path):
            planned.add("read-only", entry.path)


def _is_seen(mount: Mount, by_number: dict[int, Mount], children: dict[int, list[Mount]]) -> bool:
    """Return whether no other mount hides this one, or one that it is below."""
    if any(other.point == mount.point for other in children.get(mount.number, []) if other is not mount):
        return False
    passed: set[int] = set()
    each: Mount | None = mount
    while each is not None and each.number not in passed:
        passed.add(each.number)
        for other in children[each.parent]:
            is_later = other.point == each.point and other.number > each.number
            if other.number != each.number and (is_later or _is_below(each.point, other.point)):
                return False
        each = by_number.get(each.parent)
    return True


def _is_below(path: str, folder: str) -> bool:
    return path != folder and is_within(path, folder)


def _is_systems_own(point: str) -> bool:
    """Return whether a preview has its own version of this place."""
    return any(is_within(point, each) for each in _OWN) and not is_within(point, _SHARED_MEMORY)


def _is_file(point: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(point).st_mode)
    except OSError:
        return False


def _foreign_way(path: str) -> Iterator[str]:
    """Yield the folders on the way to `path` that this user can write to and that, or whose parents, are not theirs."""
    real = Path(os.path.realpath(path))
    user = os.getuid()
    parent_is_own = False
    for each in (*reversed(real.parents), real):
        try:
            is_own = os.stat(each).st_uid == user
        except OSError:
            return
        if os.path.isdir(each) and os.access(each, os.W_OK | os.X_OK) and not (is_own and parent_is_own):
            yield str(each)
        parent_is_own = is_own


def is_within(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or below it; both are absolute and normalized."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
