"""What the catalogue does not propose: to destroy what a request does not name, or what nobody may lose by mistake.

The catalogue matches words and understands nothing, so that a vague request could come out as a command that cannot be
undone. The rules about commands say which those are.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.slots import TARGETS, Filling
from hitl_cli.policy.danger import stands_out
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.places import Places
from hitl_cli.policy.reading import read
from hitl_cli.policy.words import ShellSyntax, Word


class Withheld(Enum):
    """Why a match is not proposed."""

    UNNAMED = auto()
    """The request does not name what the command destroys."""
    PROTECTED = auto()
    """The command would change a system path, a home folder, a device, process 1 or the account of root."""


_PATHS = frozenset(["file", "folder", "name", "text", "pattern", "archive"])
_FIRST_PROCESSES = frozenset(["0", "1", "-1"])
_NAMES_OF_FIRST = frozenset(["init", "systemd", "launchd"])
_KILLS = re.compile(r"\bp?kill(?:all)?\b")
_ACCOUNTS = re.compile(r"\b(?:userdel|usermod|groupdel|gpasswd|chage|chsh|terminate-user|pkill)\b|\bpasswd -")
# What takes away or alters the file or folder that it is given, as far as `stands_out` need not say so.
_ALTERS = re.compile(
    r"\b(?:rm|rmdir|unlink|shred|truncate|chmod|chown|chgrp|chattr|setfacl|trash|mkfs\S*|mkswap|wipefs|fdisk|parted|dd)\b"
    r"|(?:^|[;&|] *)(?:git )?mv\b|\bexec mv\b|\s-delete\b|\b(?:sed|perl)\b[^|;&]*\s-\S*i|(?:^|[;&|] *):? *> *\{\{"
)
# What a request has to call a value that could be the name of anything.
_CALLED = {
    "user": r"user|account|login",
    "group": r"group",
    "branch": r"branch",
    "tag": r"\btag",
    "volume": r"volume",
}
# Words for a kind of thing, which name none of them.
_KIND = re.compile(
    r"(?:volume|container|image|user|group|account|tag|stash|file|folder|disk|drive|commit|change|partition|database"
    r"|branch|remote|repo|project|system|computer|machine)(?:e?s)?|director(?:y|ies)|repositor(?:y|ies)|everything|all|data"
)
# For the entries that destroy something and have no slot for its name: patterns, which all must be in the request.
_CHANGES = r"\b(?:chang|modif|edit|work\b)"
_NOT_EVERYTHING = r"\A(?!.*\b(?:everything|all)\b)"
NAMED: Mapping[str, tuple[str, ...]] = {
    "docker-system-prune": (r"\bdocker", r"unused|dangling|clean|data|space|everything|prune|old|junk"),
    "docker-volume-prune": (r"\bvolume", r"unused|dangling|orphan|no container|not used|prune|docker|old"),
    "compose-down-volumes": (r"\bvolume", r"compose|project|stack|docker"),
    "podman-prune": (r"\bpodman",),
    "docker-rm-all": (r"\bcontainer",),
    "docker-rmi-all": (r"\bimage",),
    "git-undo-commit-discard": (r"\bcommit",),
    "git-discard-all": (
        _CHANGES,
        r"uncommit|not committed|unstaged|\bgit\b|working (?:tree|copy|dir)|tracked|last commit|head\b",
    ),
    "git-stash-drop": (r"\bstash",),
    "git-stash-clear": (r"\bstash",),
    "git-push-force": (r"\b(?:push|remote|origin|upstream|server|github|gitlab)",),
    "git-reset-remote": (r"\b(?:remote|origin|upstream|server|github|gitlab)",),
    "git-clean": (r"untracked|not tracked|\bgit\b|not in git|unversioned",),
    "git-clean-ignored": (r"ignore",),
    "git-move-commits": (r"\bcommit",),
    "git-undo-merge": (r"\bmerg",),
    "sys-history-clear": (r"\bhistory|commands i (?:have )?(?:typed|used|ran|entered)",),
    "sys-reboot": (r"boot|start|turn|power", _NOT_EVERYTHING),
    "sys-reboot-later": (r"boot|start", _NOT_EVERYTHING),
    "sys-shutdown": (r"shut|turn|power|switch|halt|off", _NOT_EVERYTHING),
    "sys-shutdown-later": (r"shut|turn|power|switch|halt|off", _NOT_EVERYTHING),
    "sys-shutdown-cancel": (r"shut|boot|start|turn|power|switch|halt|off",),
    "sys-swap-add": (r"\bswap",),
}  # fmt: skip

INSTEAD: Mapping[str, str] = {"git-discard-all": "git-stash"}
"""The entries that are proposed in place of unnamed ones: they do the same, and can be undone."""


def why_withheld(
    entry: Entry, filling: Filling, command: str, request: str, folder: Path, home: str
) -> Withheld | None:
    """Return why `command`, a filled `entry`, is not proposed for `request`; None if it is.

    `request` is in lower case, `folder` is where the command would run, and `home` the person's home folder.
    """
    if not entry.changes:
        return None
    places = Places(str(folder), home)
    kinds = {note.kind for note in stands_out(read(command, ShellSyntax.BASH, home), places.folder, home)}
    is_destructive = any(kind.is_destructive for kind in kinds)
    removes = is_destructive or Kind.DELETES in kinds
    for name, text in filling.values.items():
        if _is_protected(entry, name, text, places, removes=removes):
            return Withheld.PROTECTED
    if entry.own:
        return None
    named = NAMED.get(entry.id)
    if named is not None:
        return None if all(re.search(each, request) for each in named) else Withheld.UNNAMED
    return Withheld.UNNAMED if is_destructive and not _is_named(entry, filling, request) else None


def _is_protected(entry: Entry, name: str, text: str, places: Places, *, removes: bool) -> bool:
    """Return whether `text` in the slot `name` is what no command of the catalogue may change."""
    if name == "pid" and text in _FIRST_PROCESSES:
        return True
    kind = entry.slots[name].kind
    if kind in ("process", "pattern") and text in _NAMES_OF_FIRST and _KILLS.search(entry.command):
        return True
    if kind in ("user", "group", "name") and text == "root" and _ACCOUNTS.search(entry.command):
        return True
    if kind not in _PATHS or not (removes or (name not in TARGETS and _ALTERS.search(entry.command))):
        return False
    path = places.home + text[1:] if text == "~" or text.startswith("~/") else text
    word = Word(path, text, 0, len(text))
    lost = places.precious(word)
    return places.is_system(word) or places.is_device(word) or (lost is not None and "this" not in lost)


def _is_named(entry: Entry, filling: Filling, request: str) -> bool:
    """Return whether the request names what the command destroys: each slot without a default has a name from it."""
    needed = [name for name, slot in entry.slots.items() if slot.default is None]
    is_found = all(name in filling.found for name in needed) if needed else bool(filling.found)
    is_called = all(re.search(_CALLED[name], request) for name in needed if name in _CALLED)
    return (
        is_found
        and is_called
        and not any(_KIND.fullmatch(value.text.lower()) for value in filling.found.values())
    )
