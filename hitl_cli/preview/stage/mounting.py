"""What the stage mounts for the second sandbox: overlays, and devices whose modes and owners cannot change."""

from __future__ import annotations

import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .scan import Layer

_READ_ONLY, _NOSUID, _NODEV, _REMOUNT, _BIND = 1, 2, 4, 32, 4096  # of mount(2)
_ESCAPES = str.maketrans({each: f"\\{each}" for each in "\\,:"})
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
"""The devices of the system that bwrap passes on."""


def overlay(layer: Layer) -> list[str]:
    """Return the arguments of bwrap that mount the overlay of `layer`.

    A user's overlay cannot open devices, because it belongs to a user namespace. That of root could, and bwrap has no
    option against it: so it is mounted here, and bwrap binds it, without devices. With `xino`, two names of one file
    are one file for programs that compare inodes; bwrap has no option for that either.

    Raises:
        OSError: It cannot be mounted.
    """
    place = os.path.dirname(layer.upper)
    work = os.path.join(place, "work")
    if os.getuid() != 0:
        return ["--overlay-src", layer.point, "--overlay", layer.upper, work, layer.point]
    merged = os.path.join(place, "merged")
    os.mkdir(merged)
    lower = layer.point.translate(_ESCAPES)
    options = f"lowerdir={lower},upperdir={layer.upper},workdir={work},userxattr,xino=on"
    _mount("overlay", merged, "overlay", _NOSUID | _NODEV, options)
    return ["--bind", merged, layer.point]


def protect_devices() -> None:
    """Make the devices that bwrap passes on read-only: root could change their modes, owners and times otherwise.

    What is written to a device does not depend on that. bwrap's own option would also forbid to open them.

    Raises:
        OSError: They cannot be mounted.
    """
    for name in _DEVICES if os.getuid() == 0 else ():
        path = f"/dev/{name}"
        if os.path.exists(path):
            _mount(path, path, None, _BIND)
            _mount(path, path, None, _BIND | _REMOUNT | _READ_ONLY | _NOSUID)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    given = [os.fsencode(source), os.fsencode(target), kind and kind.encode(), flags, os.fsencode(options)]
    if libc.mount(*given) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{kind or 'mount'} over {target}: {os.strerror(number)}")
