"""Records in a hash chain: a record that is changed, moved or deleted later is detected.

The digest of a record covers its number, time, session and kind, and the SHA-256 of its body. Its chain is the SHA-256
of the previous chain and that digest. The SHA-256 of a pruned body is kept, so digest and chain still match. Someone
who can rewrite the whole file can rewrite the whole chain; a copy of the latest chain kept elsewhere detects that.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

BEGINNING = "0" * 64
"""The chain before the first record."""


@dataclass(frozen=True)
class Record:
    """One event. `time` is in seconds since the epoch; `body` is None after it was pruned."""

    number: int
    time: float
    session: str
    kind: str
    body: Mapping[str, Any] | None


def canonical(value: Any) -> str:
    """Serialize `value` to canonical JSON: equal values give equal text. Changing this changes every digest."""
    return _ENCODER.encode(value)


def content_of(body: str) -> str:
    """Return the SHA-256 of a body, a JSON text."""
    return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()


def digest_of(number: int, time: float, session: str, kind: str, body: str) -> str:
    """Return the digest of a record whose body is the JSON text `body`."""
    return digest_of_pruned(number, time, session, kind, content_of(body))


def digest_of_pruned(number: int, time: float, session: str, kind: str, content: str) -> str:
    """Return the digest of a pruned record; `content` is the SHA-256 of its body."""
    return hashlib.sha256(canonical([number, time, session, kind, content]).encode()).hexdigest()


def chained(before: str, digest: str) -> str:
    """Return the chain after a record with this `digest`."""
    return hashlib.sha256(f"{before}{digest}".encode()).hexdigest()


def append(
    connection: sqlite3.Connection, time: float, session: str, kind: str, body: Mapping[str, Any]
) -> Record:
    """Append a record and return it. Call this inside a transaction that holds the write lock."""
    last = connection.execute("SELECT number, chain FROM records ORDER BY number DESC LIMIT 1").fetchone()
    number, before = (last[0] + 1, last[1]) if last else (1, BEGINNING)
    text = canonical(body)
    digest = digest_of(number, time, session, kind, text)
    connection.execute(
        "INSERT INTO records (number, time, session, kind, body, digest, chain) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, time, session, kind, text, digest, chained(before, digest)),
    )
    return Record(number, time, session, kind, body)
