"""All records as lines of JSON, with what proves that they are whole."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from hitl_cli.errors import JournalError, UsageError
from hitl_cli.journal.store import Store

VERSION = 1
"""The version of the format; a change that a reader could trip over raises it."""


def lines(store: Store) -> Iterator[str]:
    """Yield a line that says what follows, then one for each record in order; `body` is the text that was hashed.

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
    """Write the lines to a new file that only the person can read, and return the number of records.

    Raises:
        UsageError: There is a file of that name, or it cannot be written.
        JournalError: The journal cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as problem:
        raise UsageError(
            f"There is a {path} already, and it was not changed. Name another file, or move it away."
        ) from problem
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}. Nothing was exported.") from problem
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
        raise UsageError(f"{path} cannot be written: {problem.strerror}. Nothing was exported.") from problem
    except JournalError:
        path.unlink(missing_ok=True)
        raise
    return count


def _line(values: dict[str, object]) -> str:
    try:
        return json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise JournalError(
            "A record cannot be exported, because it was damaged, or changed by something else than hitl. "
            "`hitl log --verify` names it."
        ) from problem
