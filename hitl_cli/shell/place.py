"""The folder that a person was shown: the one in which an approved command runs, and no other of that name."""

import contextlib
import os
import weakref
from pathlib import Path


class Place:
    """A folder as it is now.

    `identity` are its device and its inode, None where it cannot be opened. It stays open as long as this object
    lives, so that the system gives these numbers to no other folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity: tuple[int, int] | None = None
        with contextlib.suppress(OSError):
            descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, descriptor)
            found = os.fstat(descriptor)
            self.identity = found.st_dev, found.st_ino
