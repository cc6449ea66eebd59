"""Reads the TOML files with entries; adds to the person's own file, and checks files."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from hitl_cli import private
from hitl_cli.catalogue.entry import PLAIN_KINDS, Entry, InvalidEntry, Slot, fits, places
from hitl_cli.catalogue.exclusions import has_exclusion
from hitl_cli.catalogue.value import Kind
from hitl_cli.catalogue.words import FILLERS, plain, words
from hitl_cli.text import charset
from hitl_cli.text.suggestions import or_similar

KINDS = frozenset(get_args(Kind))
CONTEXTS = frozenset(["", "git", "compose", "python", "node", "archive"])
_KEYS = frozenset(["id", "task", "also", "command", "effect", "asks", "context", "needs", "macos", "slots"])
_HEADER = re.compile(r"^\[\[entry\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


def read_entries(file: Path, *, own: bool = False) -> Iterator[Entry | InvalidEntry]:
    """Yield the entries of `file`, and for each invalid one what is wrong with it."""
    try:
        text = private.read_settings(file) if own else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, private.NotPrivateError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        yield InvalidEntry(file, 1, f"the file cannot be read: {why}")
        return
    starts = [match.start() for match in _HEADER.finditer(text)]
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        block = text[start:end]
        line = text.count("\n", 0, start) + 1
        try:
            tables = tomllib.loads(block)
            if not block.startswith("[[entry]]"):
                if tables:
                    raise ValueError(f"{next(iter(tables))!r} is outside an [[entry]]")
                continue
            yield _parsed(tables["entry"][0], own)
        except tomllib.TOMLDecodeError as problem:
            place = _LINE.search(str(problem))
            inside = int(place[1]) if place and place[1] else block.rstrip().count("\n") + 1
            yield InvalidEntry(file, line + inside - 1, _LINE.sub("", str(problem)).strip())
        except (KeyError, TypeError, ValueError) as problem:
            reason = f"it has no {problem}" if isinstance(problem, KeyError) else str(problem)
            yield InvalidEntry(file, line, reason)


def _parsed(table: dict[str, Any], own: bool) -> Entry:
    for name in table:
        if name not in _KEYS:
            raise ValueError(f"it has an unknown key {name!r}{or_similar(name, _KEYS)}")
    slots = {name: _slot(name, value) for name, value in table.get("slots", {}).items()}
    if table["effect"] not in ("reads", "changes"):
        raise ValueError("its effect must be 'reads' or 'changes'")
    entry = Entry(
        id=_text(table, "id"),
        task=_text(table, "task"),
        also=tuple(_texts(table, "also")),
        command=_text(table, "command"),
        changes=table["effect"] == "changes",
        asks=tuple(_texts(table, "asks")),
        context=table.get("context", ""),
        needs=tuple(_texts(table, "needs")),
        macos=_text(table, "macos") if "macos" in table else None,
        slots=slots,
        own=own,
        excludes=has_exclusion(_text(table, "task").lower()),
    )
    if entry.context not in CONTEXTS:
        raise ValueError(f"its context {entry.context!r} is unknown")
    if entry.changes and not entry.asks:
        raise ValueError("it changes something, so it needs a list of verbs in 'asks'")
    used = set()
    for command in (entry.command, entry.macos or ""):
        for place in places(command):
            used.add(place.name)
            if place.name not in slots:
                raise ValueError(f"its command has a slot {place.name!r} that is not under [entry.slots]")
            if place.quote and slots[place.name].kind not in PLAIN_KINDS:
                raise ValueError(f"its slot {place.name!r} is inside quotes; write it without them")
    if unused := set(slots) - used:
        raise ValueError(f"its slot {min(unused)!r} is not in its command")
    return entry


def _slot(name: str, value: Any) -> Slot:
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"its slot {name!r} has no kind or an unknown one")
    default = value.get("default")
    if default is not None and (not isinstance(default, str) or not fits(default, value["kind"])):
        raise ValueError(f"the default of its slot {name!r} is invalid for its kind")
    return Slot(value["kind"], default)


def _text(table: dict[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its {name!r} must be a non-empty string")
    return value


def _texts(table: dict[str, Any], name: str) -> list[str]:
    values = table.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"its {name!r} must be a list of strings")
    return values


_MOST_WORDS = 6


def add(file: Path, task: str, command: str, *, changes: bool) -> Entry:
    """Append an entry to `file`, which is created if necessary, and return it.

    An entry that changes something is offered for requests with one of the words of its task.

    Raises:
        OSError: The file cannot be written.
        NotPrivateError: Another user could have written to the file.
        ValueError: The task or the command is invalid.
    """
    if not task.strip() or not command.strip():
        raise ValueError("the task and the command must not be empty")
    spoken = [word for word in words(plain(task)) if word not in FILLERS] or words(plain(task))
    if not spoken:
        raise ValueError("the task has no words to search for")
    taken = {each.id for each in read_entries(file) if isinstance(each, Entry)} if file.is_file() else set()
    name = re.sub(r"[^a-z0-9]+", "-", "-".join(spoken[:_MOST_WORDS]).lower()).strip("-") or "entry"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}-{number}", number + 1
    import tomlkit

    table = tomlkit.table()
    table["id"], table["task"], table["command"] = unique, " ".join(task.split()), command
    table["effect"] = "changes" if changes else "reads"
    if changes:
        table["asks"] = spoken
    tables = tomlkit.aot()
    tables.append(table)
    document = tomlkit.document()
    document["entry"] = tables
    private.make_missing(file.parent)
    before = private.read_settings(file) if file.exists() else ""
    text = before + ("\n" if before else "") + tomlkit.dumps(document)
    private.replace_file(file, text)
    return Entry(unique, str(table["task"]), (), command, changes, tuple(spoken) if changes else (), own=True)


def problems(file: Path) -> Iterator[InvalidEntry]:
    """Yield the problems in `file`: invalid entries, commands with invalid syntax, duplicate ids."""
    seen: set[str] = set()
    for each in read_entries(file):
        if isinstance(each, InvalidEntry):
            yield each
            continue
        line = _line_of(file, each.id)
        if each.id in seen:
            yield InvalidEntry(file, line, f"the id {each.id!r} is used twice; the first entry is used")
        seen.add(each.id)
        for command in filter(None, (each.command, each.macos)):
            if complaint := syntax_error(command):
                yield InvalidEntry(file, line, f"its command is not valid bash: {complaint}")


def syntax_error(command: str) -> str | None:
    """Return bash's complaint about the syntax of `command`, or None. The command does not run."""
    bash = shutil.which("bash")
    if bash is None:
        return None
    done = subprocess.run(
        [bash, "-n", "-c", charset.to_system(command)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return (said[0] if said else "bash rejects it") if done.returncode else None


def _line_of(file: Path, name: str) -> int:
    pattern = re.compile(rf"^\s*id\s*=\s*[\"']{re.escape(name)}[\"']")
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return number
    return 1
