"""Previews in process, and comparisons of whole trees."""

import asyncio
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hitl_cli.preview.changes import ChangeKind, Preview, PreviewLimits
from hitl_cli.preview.runner import Previewer, why_unavailable

needs_preview = pytest.mark.skipif(
    "namespace" in why_unavailable(Path(tempfile.gettempdir()), "/"),
    reason="this machine can make no namespaces at all",
)


_LIMITS = PreviewLimits(writes=1 << 26)


class Entry(NamedTuple):
    """All that matters of a file or folder but its times and how many names it has."""

    type: int
    mode: int
    user: int
    group: int
    content: bytes


def tree(folder: Path) -> dict[str, Entry]:
    """Return all entries below `folder`, by their paths."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = _entry(path)
    found["."] = _entry(str(folder))
    return found


def _entry(path: str) -> Entry:
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    content = b""
    if stat.S_ISREG(info.st_mode):
        content = Path(path).read_bytes()
    elif stat.S_ISLNK(info.st_mode):
        content = os.fsencode(os.readlink(path))
    return Entry(kind, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, content)


def previewed(
    folder: Path,
    command: str,
    *,
    limits: PreviewLimits = _LIMITS,
    on_output: Callable[[bytes], None] = lambda _: None,
    stop: asyncio.Event | None = None,
) -> Preview:
    """Return the preview of `command` in `folder`."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    previewer = Previewer("/bin/bash", folder, variables, str(folder), limits)
    return asyncio.run(previewer.run(command, on_output, stop))


def said(preview: Preview, folder: Path) -> dict[str, ChangeKind]:
    """Return the kind of each change by its path, relative to `folder` if it is there."""
    return {os.path.relpath(change.path, folder): change.kind for change in preview.changes}
