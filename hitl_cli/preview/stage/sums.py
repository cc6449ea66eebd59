"""Which of many changes are listed one by one, and the sums of all others."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Change = dict[str, Any]

_MOST_CHANGES = 20_000
"""Changes that are listed one by one."""

_SHARE = 2000  # of each kind, outside the folder and in it, before others are listed

_MOST_SUMS = 200
_KINDS = ("deleted", "changed", "moved", "created")


def divided(changes: list[Change], folder: str) -> tuple[list[Change], list[Change]]:
    """Return the changes that are listed, and all others; outside `folder` first, deletions before others.

    Of each kind some are listed, with those first that are not in a new folder.
    """
    made = {each["path"] for each in changes if each["kind"] == "created" and each["new"]["type"] == "folder"}
    first: list[Change] = []
    later: list[Change] = []
    counts: dict[tuple[bool, str], int] = {}
    for change in sorted(changes, key=lambda change: os.path.dirname(change["path"]) in made):
        key = (_is_inside(change, folder), change["kind"])
        counts[key] = counts.get(key, 0) + 1
        (first if counts[key] <= _SHARE else later).append(change)
    first.sort(key=lambda change: _rank(change, folder))
    later.sort(key=lambda change: _rank(change, folder))
    room = _MOST_CHANGES - len(first)
    return first + later[:room], later[room:]


def sums(changes: list[Change], folder: str) -> Iterator[Change]:
    """Yield messages that sum up `changes` by kind and folder; the deepest folders are joined if there are many."""
    found: dict[tuple[bool, str, str], list[int]] = {}
    for change in changes:
        key = (_is_inside(change, folder), change["kind"], os.path.dirname(change["path"]))
        state = change["new"] or change["old"]
        is_folder = state["type"] == "folder"
        size = change.get("bytes", 0) if is_folder else state["size"] * (state["type"] == "file")
        _add(
            found, key, (change.get("files", int(not is_folder)), change.get("folders", 0) + is_folder, size)
        )
    while len(found) > _MOST_SUMS:
        joined: dict[tuple[bool, str, str], list[int]] = {}
        deepest = max(path.count("/") for _, _, path in found)
        for (inside, kind, path), numbers in found.items():
            if path.count("/") == deepest and not (inside and path == folder):
                path = os.path.dirname(path)
            _add(joined, (inside, kind, path), numbers)
        if len(joined) == len(found) and deepest <= 1:
            break
        found = joined
    for (_, kind, path), (files, folders, size) in found.items():
        yield {"is": "more", "kind": kind, "folder": path, "files": files, "folders": folders, "bytes": size}


def _add(found: dict[tuple[bool, str, str], list[int]], key: tuple[bool, str, str], numbers: Any) -> None:
    sum_of = found.setdefault(key, [0, 0, 0])
    for position, number in enumerate(numbers):
        sum_of[position] += number


def _is_inside(change: Change, folder: str) -> bool:
    """Return whether a change is in `folder`, and so is the place that a file was moved from."""
    paths = [change["path"], *([change["source"]] if "source" in change else [])]
    return all(path == folder or path.startswith(folder.rstrip("/") + "/") for path in paths)


def _rank(change: Change, folder: str) -> tuple[bool, int]:
    return _is_inside(change, folder), _KINDS.index(change["kind"])
