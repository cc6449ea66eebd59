"""What a preview found, as values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    """The kinds of changes, those first that matter most."""

    DELETED = "deleted"
    CHANGED = "changed"
    MOVED = "moved"
    CREATED = "created"


@dataclass(frozen=True)
class EntryState:
    """A file or folder before or after the text: its `type` in one word, what stat(2) says, and where a link leads."""

    type: str
    mode: int
    user: int
    group: int
    size: int
    target: str = ""


@dataclass(frozen=True)
class FileChange:
    """One change. A deleted folder is one, with all that was in it: so many `files` and `folders`, and `bytes`.

    `what` are the parts of a changed entry: content, target, mode, owner, attributes. `source` is where a moved file
    was. `names` counts the hard links of a changed file. With `is_partial`, not all of a folder could be counted.
    `before` and `after` are the content of a short text.
    """

    kind: ChangeKind
    path: str
    old: EntryState | None
    new: EntryState | None
    what: tuple[str, ...] = ()
    source: str = ""
    files: int = 0
    folders: int = 0
    bytes: int = 0
    names: int = 1
    is_partial: bool = False
    before: str | None = field(default=None, repr=False)
    after: str | None = field(default=None, repr=False)

    @property
    def type(self) -> str:
        """The type of the entry."""
        state = self.new or self.old
        return state.type if state else ""

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "FileChange":
        """Return the change in a message of the stage."""
        return cls(
            ChangeKind(message["kind"]),
            message["path"],
            EntryState(**message["old"]) if message["old"] else None,
            EntryState(**message["new"]) if message["new"] else None,
            tuple(message.get("what", ())),
            message.get("source", ""),
            message.get("files", 0),
            message.get("folders", 0),
            message.get("bytes", 0),
            message.get("names", 1),
            message.get("partial", False),
            message.get("before"),
            message.get("after"),
        )


@dataclass(frozen=True)
class MoreChanges:
    """Changes of a kind in and below `folder` that are not listed one by one: so many files and folders, and bytes."""

    kind: ChangeKind
    folder: str
    files: int
    folders: int
    bytes: int


@dataclass(frozen=True)
class PreviewLimits:
    """What a text may use in a preview: `seconds`, bytes that it `writes`, bytes of `memory`, and `processes`."""

    seconds: float = 30.0
    writes: int = 1 << 30
    memory: int = 1 << 36
    processes: int = 2000

    def within(self, available: int) -> "PreviewLimits":
        """Return the limits where so many bytes of memory are available: a quarter for writes, and half in all."""
        return replace(self, writes=min(self.writes, available // 4), memory=min(self.memory, available // 2))


LIMITS = PreviewLimits()
"""The limits of a preview that sets no others."""


@dataclass(frozen=True)
class Preview:
    """What `command` did in a preview, and how it ended.

    `stopped` is "time", "memory", "processes" or "person" if it was ended before its own end. `network` and `services`
    count its attempts to reach other machines, and services of this one over the network; `sockets` are those that it
    wanted in /run. `is_full` says that it filled the room for what it writes. `more` sums up the changes that are not
    among the `changes`. `output` is the last part of what it printed, and `output_omitted` bytes were not passed on.
    `uncovered` are the places, each with the reason, that are not in the preview as they are outside of it.
    """

    command: str
    exit_status: int
    stopped: str
    changes: tuple[FileChange, ...]
    more: tuple[MoreChanges, ...]
    network: int
    services: int
    sockets: tuple[str, ...]
    is_full: bool
    limits: PreviewLimits
    output_omitted: int
    uncovered: tuple[tuple[str, str], ...]
    duration: float
    output: str = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the contents of files, as values for JSON."""
        values = asdict(self)
        for change in values["changes"]:
            del change["before"], change["after"]
        return values
