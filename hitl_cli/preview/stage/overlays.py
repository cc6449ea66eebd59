"""Mounts the overlay of a layer in the second sandbox."""

import ctypes
import os

from .scan import Layer

_NOSUID, _NODEV = 2, 4  # of mount(2)
_ESCAPES = str.maketrans({each: f"\\{each}" for each in "\\,:"})


def overlay(layer: Layer) -> list[str]:
    """Return the arguments of bwrap that mount the overlay of `layer`.

    A user's overlay cannot open devices, because it belongs to a user namespace. That of root could, and bwrap has no
    option against it: so it is mounted here, and bwrap binds it, without devices.

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
    options = f"lowerdir={lower},upperdir={layer.upper},workdir={work},userxattr"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"overlay", merged.encode(), b"overlay", _NOSUID | _NODEV, os.fsencode(options)) != 0:
        raise OSError(ctypes.get_errno(), f"overlay over {layer.point}: {os.strerror(ctypes.get_errno())}")
    return ["--bind", merged, layer.point]
