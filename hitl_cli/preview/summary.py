"""What a person should know of a preview, in the order of what matters, as plain values; pure."""

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hitl_cli.policy.places import Places
from hitl_cli.preview.changes import ChangeKind, Preview
from hitl_cli.preview.rows import RowItem, SummaryRow, items_of, rows_of
from hitl_cli.text.amounts import counted, format_size
from hitl_cli.text.visible import visible

ALWAYS = (
    "A preview has no network and no terminal, and reaches no other process, service or device: "
    "what the command would do with them is not shown."
)
"""What holds for every preview."""


_HINTS = (
    (os.strerror(errno.EROFS), "it tried to write to a place that cannot be written in a preview"),
    (
        os.strerror(errno.EOVERFLOW),
        "it tried to change a file of another user, which a preview without root cannot",
    ),
    (os.strerror(errno.EXDEV), "it tried to rename a folder in one step, which a preview cannot"),
    ("no new privileges", "sudo gives no other rights in a preview"),
    ("effective uid is not 0", "sudo gives no other rights in a preview"),
)
_REFUSED = (os.strerror(errno.ECONNREFUSED), "it tried to reach a service, and a preview reaches none")
_AS_ROOT = (os.strerror(errno.EPERM), "in a preview, root has no rights over the system itself")


@dataclass(frozen=True)
class PreviewSummary:
    """A preview in short: its rows, how many changes they leave out, how it ended, its limits, and one line.

    `hindrances` say in which ways the limits may have changed what the command did. `lost_outside` says that
    something outside the folder would be deleted.
    """

    rows: tuple[SummaryRow, ...]
    more: int
    ending: str
    hindrances: tuple[str, ...]
    limits: tuple[str, ...]
    line: str
    lost_outside: bool


def summarized(preview: Preview, folder: str, home: str, *, is_root: bool) -> PreviewSummary:
    """Return the summary of a preview of a command in `folder`, for a person with this `home`."""
    places = Places(os.path.realpath(folder), os.path.realpath(home))
    items = items_of(preview, places)
    rows, left_out = rows_of(items, places)
    hindrances = tuple(_hindrances(preview, is_root))
    return PreviewSummary(
        tuple(rows),
        left_out,
        _ending(preview),
        hindrances,
        tuple(_limits(preview)),
        _line(preview, items, bool(hindrances)),
        any(item.kind is ChangeKind.DELETED and item.is_outside for item in items),
    )


def _ending(preview: Preview) -> str:
    if limit := _limit_reached(preview):
        return f"stopped after {limit}, the limit of a preview"
    if preview.stopped:
        return "stopped by you"
    if preview.exit_status > 128:
        return f"killed by signal {preview.exit_status - 128}"
    return f"exit {preview.exit_status}"


def _limit_reached(preview: Preview) -> str:
    """Return the limit for which a command was stopped; empty if it was not."""
    limits = preview.limits
    reached = {
        "time": f"{limits.seconds:g} s",
        "memory": f"{format_size(limits.memory)} of memory",
        "processes": f"{limits.processes:,} processes",
    }
    return reached.get(preview.stopped, "")


def _hindrances(preview: Preview, is_root: bool) -> Iterator[str]:
    """Yield what the limits of a preview kept the command from."""
    if limit := _limit_reached(preview):
        yield f"it was stopped after {limit}"
    if preview.is_full:
        yield "it filled the room that a preview has for what it writes"
    if preview.network:
        yield f"it tried to reach the network ({counted(preview.network, 'attempt')}), and a preview has none"
    if preview.services:
        yield "it tried to reach a network service of this machine, and a preview reaches none"
    for path in preview.sockets:
        yield f"it tried to reach a service at {visible(path, single_line=True)}, and a preview reaches none"
    hints = list(_HINTS)
    if preview.exit_status:  # otherwise these say too little about a preview
        hints += [_AS_ROOT] if is_root else []
        hints += [_REFUSED] if not (preview.services or preview.sockets) else []
    words = preview.output.lower()
    yield from dict.fromkeys(hint for word, hint in hints if word.lower() in words)


def _limits(preview: Preview) -> Iterator[str]:
    yield ALWAYS
    limits = preview.limits
    yield (
        f"It is stopped after {limits.seconds:g} s, {format_size(limits.memory)} of memory or "
        f"{limits.processes:,} processes, and can write {format_size(limits.writes)}."
    )
    if preview.uncovered:
        shown = ", ".join(
            f"{visible(point, single_line=True)} ({kind})" for point, kind in preview.uncovered[:5]
        )
        more = f" and {len(preview.uncovered) - 5} more" if len(preview.uncovered) > 5 else ""
        yield f"Not covered: {shown}{more}."
    if preview.output_omitted:
        yield f"{format_size(preview.output_omitted)} of its output are not shown."


def _line(preview: Preview, items: Sequence[RowItem], is_hindered: bool) -> str:
    """Return the summary in one line."""
    parts = []
    for kind in ChangeKind:
        found = [item for item in items if item.kind is kind]
        outside = [item for item in found if item.is_outside]
        if not found:
            continue
        where = ""
        if outside:
            where = " outside this folder"
            if len(outside) < len(found):
                where = f" ({_amount(outside)[0]:,} outside this folder)"
        parts.append(f"{counted(*_amount(found))} {kind.value}{where}")
    parts = parts or ["nothing changed"]
    parts.append(_ending(preview))
    if is_hindered:
        parts.append("limited by the preview")
    return ", ".join(parts)


def _amount(items: Sequence[RowItem]) -> tuple[int, str]:
    """Return the number of files, or of folders if there are no files, and the word for it."""
    files = sum(item.files for item in items)
    return (files, "file") if files else (sum(item.count for item in items), "folder")
