"""The rows of a summary: what would happen to what, summed up by folder where there is much; pure."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hitl_cli.policy.places import Places, is_within
from hitl_cli.policy.words import Word
from hitl_cli.preview.changes import ChangeKind, EntryState, FileChange, MoreChanges, Preview
from hitl_cli.text.amounts import counted, format_size
from hitl_cli.text.visible import visible

_MOST_ROWS = 20
_IN_FULL = 8  # changes of one kind in one folder that are listed one by one when there are many


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
class RowItem:
    """Something to be listed: one change, or the sum of several in `folder`; and what it counts for."""

    kind: ChangeKind
    folder: str
    is_outside: bool
    marks: tuple[str, ...]
    files: int
    folders: int
    bytes: int
    change: FileChange | None

    @property
    def count(self) -> int:
        """How many changes it stands for."""
        return 1 if self.change is not None else self.files + self.folders


def items_of(preview: Preview, places: Places) -> list[RowItem]:
    """Return what there is to list, in the order of what matters."""
    items = [_item(change, places) for change in preview.changes]
    items += [_sum(more, places) for more in preview.more]
    items = _with_content(items)
    kinds = list(ChangeKind)
    items.sort(
        key=lambda item: (
            not item.is_outside,
            kinds.index(item.kind),
            not item.marks,
            item.change.path if item.change else item.folder,
        )
    )
    return items


def rows_of(items: Sequence[RowItem], places: Places) -> tuple[list[SummaryRow], int]:
    """Return at most so many rows, and the number of changes that they leave out.

    If there are more, those of a kind in one folder are summed up, and then those of folders in one folder.
    """
    if len(items) <= _MOST_ROWS and all(item.change for item in items):
        return [_row(item.change, item, places) for item in items if item.change], 0
    rows: list[SummaryRow] = []
    left_out = 0
    for key, group in _grouped(items, places).items():
        if len(rows) >= _MOST_ROWS:
            left_out += sum(item.count for item in group)
        elif _is_listed(group):
            rows += [_row(item.change, item, places) for item in group if item.change]
        else:
            files = sum(item.files for item in group)
            amount = counted(files, "file") if files else counted(sum(i.folders for i in group), "folder")
            detail = f"{amount}, {format_size(sum(item.bytes for item in group))}" if files else amount
            rows.append(
                SummaryRow(key.kind.value, _shown(key.folder, places, is_folder=True), detail, key.is_outside)
            )
    return rows, left_out


class _Key(NamedTuple):
    is_outside: bool
    kind: ChangeKind
    is_marked: bool
    folder: str


def _grouped(items: Iterable[RowItem], places: Places) -> dict[_Key, list[RowItem]]:
    """Return `items` by kind and folder: the deepest folders are joined until there are few enough rows."""
    groups: dict[_Key, list[RowItem]] = {}
    for item in items:
        groups.setdefault(_Key(item.is_outside, item.kind, bool(item.marks), item.folder), []).append(item)
    fixed: set[tuple[bool, ChangeKind, bool]] = set()
    while sum(len(group) if _is_listed(group) else 1 for group in groups.values()) > _MOST_ROWS:
        sizes: dict[tuple[bool, ChangeKind, bool], int] = {}
        for key, group in groups.items():
            if key[:3] not in fixed:
                sizes[key[:3]] = sizes.get(key[:3], 0) + (len(group) if _is_listed(group) else 1)
        if not sizes:
            break
        largest = max(sizes, key=lambda each: sizes[each])
        deepest = max(key.folder.count("/") for key in groups if key[:3] == largest)
        joined: dict[_Key, list[RowItem]] = {}
        for key, group in groups.items():
            if key[:3] == largest and key.folder.count("/") == deepest and key.folder != places.folder:
                key = key._replace(folder=posixpath.dirname(key.folder))
            joined.setdefault(key, []).extend(group)
        if joined.keys() == groups.keys() or deepest <= 1:
            fixed.add(largest)
        groups = joined
    return groups


def _is_listed(group: Sequence[RowItem]) -> bool:
    """Return whether the changes of a group are listed one by one."""
    return len(group) <= _IN_FULL and all(item.change for item in group)


def _item(change: FileChange, places: Places) -> RowItem:
    state = change.new or change.old
    is_folder = change.type == "folder"
    size = change.bytes if is_folder else (state.size if state and change.type == "file" else 0)
    return RowItem(
        change.kind,
        posixpath.dirname(change.path),
        any(not is_within(path, places.folder) for path in (change.path, change.source) if path),
        _marks(change.path, places),
        change.files if is_folder else 1,
        change.folders + is_folder,
        size,
        change,
    )


def _sum(more: MoreChanges, places: Places) -> RowItem:
    is_outside = not is_within(more.folder, places.folder)
    marks = _marks(more.folder, places)
    return RowItem(more.kind, more.folder, is_outside, marks, more.files, more.folders, more.bytes, None)


def _with_content(items: Sequence[RowItem]) -> list[RowItem]:
    """Return `items`, with one for each new folder that counts all that is in it.

    Files that were moved there are listed, too: they are in the count of the folder, and do not count as new.
    """
    new_folders = {
        item.change.path
        for item in items
        if item.change and item.kind is ChangeKind.CREATED and item.change.type == "folder"
    }
    kept: list[RowItem] = []
    content: dict[str, list[RowItem]] = {}
    for item in items:
        path = item.change.path if item.change else f"{item.folder}/"
        is_new = item.kind is ChangeKind.CREATED
        top = _top(path, new_folders) if is_new or item.kind is ChangeKind.MOVED else ""
        if top:
            content.setdefault(top, []).append(item)
        if not (top and is_new):
            kept.append(item)
    for position, item in enumerate(kept):
        if item.kind is ChangeKind.CREATED and item.change is not None and item.change.path in content:
            within = content[item.change.path]
            change = replace(
                item.change,
                files=sum(each.files for each in within),
                folders=sum(each.folders for each in within),
                bytes=sum(each.bytes for each in within),
            )
            files = sum(each.files for each in within if each.kind is ChangeKind.CREATED)
            kept[position] = replace(item, files=files, bytes=change.bytes, change=change)
    return kept


def _top(path: str, folders: Iterable[str]) -> str:
    """Return the highest of `folders` that `path` is in; empty if it is in none."""
    top = ""
    while (parent := posixpath.dirname(path)) != path:
        path = parent
        if path in folders:
            top = path
    return top


def _marks(path: str, places: Places) -> tuple[str, ...]:
    """Return why a change matters by its place."""
    word = Word(path, path, 0, len(path))
    marks = []
    if places.is_secret(word):
        marks.append("a place for secrets")
    if places.is_history(word):
        marks.append("a shell's history")
    if places.is_critical(word):
        marks.append("the system may not work without it")
    elif places.is_system(word):
        marks.append("a file of the system")
    inner = path.removeprefix(places.folder if is_within(path, places.folder) else places.home)
    if any(part.startswith(".") for part in inner.split("/") if part):
        marks.append("hidden")
    return tuple(marks)


def _row(change: FileChange, item: RowItem, places: Places) -> SummaryRow:
    return SummaryRow(
        change.kind.value,
        _shown(change.path, places, is_folder=change.type == "folder"),
        ", ".join(_details(change, places)),
        item.is_outside,
        item.marks,
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
            at_least = "at least " if change.is_partial else ""
            if change.files or change.is_partial:
                yield f"{at_least}{counted(change.files, 'file')}"
                yield format_size(change.bytes)
            elif change.kind is ChangeKind.DELETED:  # those of a folder that was moved are listed as moved
                yield "no files"
            else:
                yield counted(change.folders, "folder") if change.folders else "empty"
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
