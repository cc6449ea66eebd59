"""The person's own file of entries: adding to it, and checking it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hitl_cli import private
from hitl_cli.catalogue.entry import Broken, Entry
from hitl_cli.catalogue.reading import read_entries
from hitl_cli.catalogue.words import FILLERS, plain, words
from hitl_cli.text import charset

_MOST_WORDS = 6


def add(file: Path, task: str, command: str, *, changes: bool) -> Entry:
    """Append an entry to `file`, which need not exist, and return it.

    An entry that changes something is offered for requests with one of the words of its task that can be a verb.

    Raises:
        OSError: The file cannot be written.
        NotPrivateError: Somebody else may have written it.
        ValueError: The task or the command is of no use.
    """
    if not task.strip() or not command.strip():
        raise ValueError("a task and a command are needed, and neither may be empty")
    spoken = [word for word in words(plain(task)) if word not in FILLERS] or words(plain(task))
    if not spoken:
        raise ValueError("the task has no words to find it by")
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


def problems(file: Path) -> Iterator[Broken]:
    """Yield what is wrong in `file`: entries that cannot be read, commands that are no valid bash, names used twice."""
    seen: set[str] = set()
    for each in read_entries(file):
        if isinstance(each, Broken):
            yield each
            continue
        line = _line_of(file, each.id)
        if each.id in seen:
            yield Broken(file, line, f"the id {each.id!r} is used twice; the first entry counts")
        seen.add(each.id)
        for command in filter(None, (each.command, each.macos)):
            if complaint := syntax_error(command):
                yield Broken(file, line, f"its command is not valid bash: {complaint}")


def syntax_error(command: str) -> str | None:
    """Return what bash says against the syntax of `command`, or None. The command is not run."""
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
    return (said[0] if said else "bash refuses it") if done.returncode else None


def _line_of(file: Path, name: str) -> int:
    pattern = re.compile(rf"^\s*id\s*=\s*[\"']{re.escape(name)}[\"']")
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return number
    return 1
