"""Reads the TOML files in which entries of the catalogue stand."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from hitl_cli import private
from hitl_cli.catalogue.entry import Broken, Entry, Slot
from hitl_cli.catalogue.exclusions import leaves_out
from hitl_cli.catalogue.template import PLAIN_KINDS, fits, places
from hitl_cli.catalogue.value import Kind

KINDS = frozenset(get_args(Kind))
CONTEXTS = frozenset(["", "git", "compose", "python", "node", "archive"])
_KEYS = frozenset(["id", "task", "also", "command", "effect", "asks", "context", "needs", "macos", "slots"])
_HEADER = re.compile(r"^\[\[entry\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


def read_entries(file: Path, *, own: bool = False) -> Iterator[Entry | Broken]:
    """Yield the entries of `file`; of one that is broken, what is wrong with it."""
    try:
        text = private.read_settings(file) if own else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, private.NotPrivateError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        yield Broken(file, 1, f"the file cannot be read: {why}")
        return
    starts = [match.start() for match in _HEADER.finditer(text)]
    for start, end in zip([0, *starts], [*starts, len(text)], strict=True):
        block = text[start:end]
        line = text.count("\n", 0, start) + 1
        try:
            tables = tomllib.loads(block)
            if not block.startswith("[[entry]]"):
                if tables:
                    raise ValueError(f"{next(iter(tables))!r} stands outside an [[entry]]")
                continue
            yield _parsed(tables["entry"][0], own)
        except tomllib.TOMLDecodeError as problem:
            place = _LINE.search(str(problem))
            inside = int(place[1]) if place and place[1] else block.rstrip().count("\n") + 1
            yield Broken(file, line + inside - 1, _LINE.sub("", str(problem)).strip())
        except (KeyError, TypeError, ValueError) as problem:
            reason = f"it has no {problem}" if isinstance(problem, KeyError) else str(problem)
            yield Broken(file, line, reason)


def _parsed(table: dict[str, Any], own: bool) -> Entry:
    for name in table:
        if name not in _KEYS:
            raise ValueError(f"it has an unknown key {name!r}")
    slots = {name: _slot(name, value) for name, value in table.get("slots", {}).items()}
    if table["effect"] not in ("reads", "changes"):
        raise ValueError("its effect is neither 'reads' nor 'changes'")
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
        excludes=leaves_out(_text(table, "task").lower()),
    )
    if entry.context not in CONTEXTS:
        raise ValueError(f"its context {entry.context!r} is unknown")
    if entry.changes and not entry.asks:
        raise ValueError("it changes something, and names in 'asks' no verb that asks for it")
    used = set()
    for command in (entry.command, entry.macos or ""):
        for place in places(command):
            used.add(place.name)
            if place.name not in slots:
                raise ValueError(f"its command has a slot {place.name!r} that is not under [entry.slots]")
            if place.quote and slots[place.name].kind not in PLAIN_KINDS:
                raise ValueError(f"its slot {place.name!r} stands inside quotes; write it bare")
    if unused := set(slots) - used:
        raise ValueError(f"its slot {min(unused)!r} is not in its command")
    return entry


def _slot(name: str, value: Any) -> Slot:
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"its slot {name!r} has no kind, or an unknown one")
    default = value.get("default")
    if default is not None and (not isinstance(default, str) or not fits(default, value["kind"])):
        raise ValueError(f"the default of its slot {name!r} is of no use")
    return Slot(value["kind"], default)


def _text(table: dict[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its {name!r} must be a text that is not empty")
    return value


def _texts(table: dict[str, Any], name: str) -> list[str]:
    values = table.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"its {name!r} must be a list of texts")
    return values
