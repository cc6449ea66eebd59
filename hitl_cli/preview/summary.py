"""What a person should know of a preview, in the order of what matters, as plain values; pure."""

import errno
import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hitl_cli.policy.places import Places, is_within
from hitl_cli.policy.words import Word
from hitl_cli.preview.changes import ChangeKind, EntryState, FileChange, Preview
from hitl_cli.text.amounts import counted, format_size
from hitl_cli.text.visible import visible

ALWAYS = (
    "A preview has no network and no terminal, and reaches no other process, service or device: "
    "what the command would do with them is not shown."
)
"""What holds for every preview."""

_MOST_ROWS = 20
_IN_FULL = 8  # changes of one kind in one folder that are listed one by one when there are many

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
_AS_ROOT = (os.strerror(errno.EPERM), "in a preview, root has no rights over the system itself")


@dataclass(frozen=True)
class SummaryRow:
    """A line of the summary: what would happen to what, with details; and why it matters."""

    verb: str
    path: str
    detail: str
    is_outside: bool
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line as one text."""
        marks = f" ({', '.join(self.marks)})" if self.marks else ""
        return f"{self.verb} {self.path}{f' · {self.detail}' if self.detail else ''}{marks}"


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
    changes = list(_without_content(preview.changes))
    ordered = sorted(
        changes,
        key=lambda change: (
            not _is_outside(change, places),
            list(ChangeKind).index(change.kind),
            not _marks(change, places),
            change.path,
        ),
    )
    rows, shown = _rows(ordered, places)
    hindrances = tuple(_hindrances(preview, is_root))
    return PreviewSummary(
        tuple(rows),
        len(changes) - shown + preview.omitted,
        _ending(preview),
        hindrances,
        tuple(_limits(preview)),
        _line(preview, changes, places, bool(hindrances)),
        any(change.kind is ChangeKind.DELETED and _is_outside(change, places) for change in changes),
    )


def _without_content(changes: Iterable[FileChange]) -> Iterator[FileChange]:
    """Yield the changes, with one for each new folder that counts all that is in it."""
    created = {
        change.path for change in changes if change.kind is ChangeKind.CREATED and change.type == "folder"
    }
    content: dict[str, list[FileChange]] = {}
    others = []
    for change in changes:
        top = ""
        if change.kind is ChangeKind.CREATED:
            path = change.path
            while (path := posixpath.dirname(path)) in created:
                top = path
                if path == "/":
                    break
        if top:
            content.setdefault(top, []).append(change)
        else:
            others.append(change)
    for change in others:
        within = content.get(change.path, [])
        if change.path not in created or change.kind is not ChangeKind.CREATED:
            yield change
            continue
        files = [each for each in within if each.type != "folder"]
        size = sum(each.new.size for each in files if each.new and each.type == "file")
        yield FileChange(
            change.kind,
            change.path,
            None,
            change.new,
            files=len(files),
            folders=len(within) - len(files),
            bytes=size,
        )


def _is_outside(change: FileChange, places: Places) -> bool:
    return any(not is_within(path, places.folder) for path in (change.path, change.source) if path)


def _marks(change: FileChange, places: Places) -> tuple[str, ...]:
    """Return why a change matters by its place."""
    word = Word(change.path, change.path, 0, len(change.path))
    marks = []
    if places.is_secret(word):
        marks.append("a place for secrets")
    if places.is_history(word):
        marks.append("a shell's history")
    if places.is_critical(word):
        marks.append("the system may not work without it")
    elif places.is_system(word):
        marks.append("a file of the system")
    inner = change.path.removeprefix(places.folder if is_within(change.path, places.folder) else places.home)
    if any(part.startswith(".") for part in inner.split("/") if part):
        marks.append("hidden")
    return tuple(marks)


def _rows(changes: Sequence[FileChange], places: Places) -> tuple[list[SummaryRow], int]:
    """Return at most so many rows, and the number of changes that they show; if there are more, some are summed up."""
    if len(changes) <= _MOST_ROWS:
        return [_row(change, places) for change in changes], len(changes)
    groups: dict[tuple[bool, ChangeKind, bool, str], list[FileChange]] = {}
    for change in changes:
        marked = bool(_marks(change, places))
        key = (_is_outside(change, places), change.kind, marked, posixpath.dirname(change.path))
        groups.setdefault(key, []).append(change)
    rows: list[SummaryRow] = []
    shown = 0
    for (outside, kind, _, parent), group in groups.items():
        if len(rows) >= _MOST_ROWS:
            break
        if len(group) <= _IN_FULL:
            rows += [_row(change, places) for change in group]
        else:
            size = sum(_size(change) for change in group)
            detail = f"{counted(sum(map(_files, group)), 'file')}, {format_size(size)}"
            rows.append(SummaryRow(kind.value, _shown(parent, places, is_folder=True), detail, outside))
        shown += len(group)
    return rows, shown


def _row(change: FileChange, places: Places) -> SummaryRow:
    return SummaryRow(
        change.kind.value,
        _shown(change.path, places, is_folder=change.type == "folder"),
        ", ".join(_details(change, places)),
        _is_outside(change, places),
        _marks(change, places),
    )


def _shown(path: str, places: Places, *, is_folder: bool = False) -> str:
    """Return a path relative to the folder or the home if it is there, with labels for unusual characters."""
    if path == places.folder:
        path = "."
    elif is_within(path, places.folder):
        path = posixpath.relpath(path, places.folder)
    elif places.home != "/" and is_within(path, places.home):
        path = f"~{path.removeprefix(places.home)}"
    return visible(path.rstrip("/") + "/" if is_folder else path, single_line=True)


def _details(change: FileChange, places: Places) -> Iterator[str]:
    if change.kind is ChangeKind.MOVED:
        yield f"from {_shown(change.source, places)}"
        return
    state = change.new or change.old
    if change.kind is not ChangeKind.CHANGED:
        assert state is not None
        if state.type == "folder":
            if change.files or change.folders or change.is_partial:
                at_least = "at least " if change.is_partial else ""
                yield f"{at_least}{counted(change.files, 'file')}"
                yield format_size(change.bytes)
            else:
                yield "empty"
        elif state.type == "link":
            yield f"link to {visible(state.target, single_line=True)}"
        else:
            yield format_size(state.size) if state.type == "file" else state.type
        return
    assert change.old is not None
    assert change.new is not None
    yield from _differences(change, change.old, change.new)


def _differences(change: FileChange, old: EntryState, new: EntryState) -> Iterator[str]:
    for what in change.what:
        match what:
            case "content":
                yield from _content(change, old, new)
            case "mode":
                yield f"mode {old.mode:o} to {new.mode:o}"
            case "owner":
                yield f"owner {old.user}:{old.group} to {new.user}:{new.group}"
            case "target":
                yield f"link to {visible(new.target, single_line=True)}"
            case _:
                yield what
    if change.names > 1:
        yield f"has {change.names} names, which would all show this change"


def _content(change: FileChange, old: EntryState, new: EntryState) -> Iterator[str]:
    if change.before is not None and change.after is not None:
        before, after = change.before.splitlines(), change.after.splitlines()
        yield (
            f"{counted(len(before), 'line')} to {counted(len(after), 'line')}"
            if len(before) != len(after)
            else (f"{counted(sum(a != b for a, b in zip(before, after, strict=True)), 'line')} changed")
        )
    else:
        yield f"{format_size(old.size)} to {format_size(new.size)}"


def _files(change: FileChange) -> int:
    return change.files if change.type == "folder" else 1


def _size(change: FileChange) -> int:
    state = change.new or change.old
    return change.bytes if change.type == "folder" else (state.size if state and state.type == "file" else 0)


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
    if preview.exit_status:
        words = preview.output.lower()
        hints = (*_HINTS, *((_AS_ROOT,) if is_root else ()))
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


def _line(preview: Preview, changes: Sequence[FileChange], places: Places, is_hindered: bool) -> str:
    """Return the summary in one line."""
    parts = []
    for kind in ChangeKind:
        found = [change for change in changes if change.kind is kind]
        if not found:
            continue
        outside = sum(_is_outside(change, places) for change in found)
        files = sum(map(_files, found))
        what = counted(files, "file") if files else counted(len(found), "folder")
        where = " outside this folder" if outside else ""
        if 0 < outside < len(found):
            where = f" ({outside} outside this folder)"
        parts.append(f"{what} {kind.value}{where}")
    if preview.omitted:
        parts.append(f"{preview.omitted:,} more changes")
    parts = parts or ["nothing changed"]
    parts.append(_ending(preview))
    if is_hindered:
        parts.append("limited by the preview")
    return ", ".join(parts)
