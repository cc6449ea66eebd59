"""All records as lines of JSON, with the digests that let a reader verify them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.store import Store

VERSION = 1
"""The version of the format; an incompatible change increases it."""


def lines(store: Store) -> Iterator[str]:
    """Yield a header line, then one line for each record in order; `body` is the text that was hashed.

    Raises:
        JournalError: The journal cannot be read.
    """
    with store.reading():
        last = store.rows("SELECT count(*), max(number) FROM records")[0]
        chain = store.rows("SELECT chain FROM records WHERE number = ?", (last[1],))
        yield _line({"hitl_journal": VERSION, "records": last[0], "chain": chain[0][0] if chain else None})
        names = ("number", "time", "session", "kind", "body", "pruned", "digest", "chain")
        for row in store.iterate(f"SELECT {', '.join(names)} FROM records ORDER BY number"):
            yield _line(dict(zip(names, row, strict=True)))


def export(store: Store, path: Path) -> int:
    """Write the lines to a new file that only the user can read, and return the number of records.

    Raises:
        UsageError: The file exists or cannot be written.
        JournalError: The journal cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as problem:
        raise UsageError(
            f"{path} already exists; it was not changed and nothing was exported. Choose another file name."
        ) from problem
    except OSError as problem:
        raise UsageError(f"Cannot write {path}: {problem.strerror}. Nothing was exported.") from problem
    count = -1
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            for line in lines(store):
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        path.unlink(missing_ok=True)
        raise UsageError(f"Cannot write {path}: {problem.strerror}. Nothing was exported.") from problem
    except JournalError:
        path.unlink(missing_ok=True)
        raise
    return count


def _line(values: dict[str, object]) -> str:
    try:
        return json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise JournalError(
            "Cannot export a record: it is damaged, or a program other than hitl changed it. "
            "Find it with: hitl log --verify"
        ) from problem
