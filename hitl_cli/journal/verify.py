"""Whether the journal is whole: every record as it was written, in its place, and the tables as the records say."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hitl_cli.journal.chain import BEGINNING, Record, chained, content_of, digest_of_pruned
from hitl_cli.journal.migrations import migrate
from hitl_cli.journal.projection import Kind, project
from hitl_cli.journal.store import Store

_TABLES = {"sessions": 1, "commands": 1, "programs": 2}
"""What is drawn from the records, and how many columns name a row."""

_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


@dataclass(frozen=True)
class Problem:
    """Something that is not as it was written. `number`, `kind` and `session` are None where nobody can say."""

    number: int | None
    kind: str | None
    session: str | None
    wrong: str


@dataclass
class Verification:
    """What was found: the number of records, how many of them are pruned, the latest chain, and what is wrong."""

    records: int = 0
    pruned: int = 0
    chain: str = BEGINNING
    problems: list[Problem] = field(default_factory=list)
    noted: bool = False
    """Whether the chain that was noted earlier is that of one of the records."""


def verify(store: Store, noted: str | None = None) -> Verification:
    """Compare all that the journal in `store` says with itself, and look for the chain that was `noted` elsewhere.

    Raises:
        JournalError: The database cannot be read at all.
    """
    with store.reading(), contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as drawn:
        migrate(drawn)
        drawn.execute("BEGIN")  # a commit for each record takes longer than all else
        reading = _Reading(drawn, noted)
        reading.problems += _integrity(store)
        for row in store.iterate(
            "SELECT number, time, session, kind, body, pruned, digest, chain FROM records ORDER BY number"
        ):
            reading.take(row)
        reading.end()
        reading.problems += _other_schema(store, drawn)
        reading.problems += _other_numbers(store, reading.proposals)
        for table, key in _TABLES.items():
            reading.problems += _other_rows(store, drawn, table, key, reading.doubtful)
        return reading.found


class _Reading:
    """The records, one after the other."""

    def __init__(self, drawn: sqlite3.Connection, noted: str | None) -> None:
        self.found = Verification()
        self.problems = self.found.problems
        self.proposals = 0
        self.doubtful: set[str] = set()
        self._drawn = drawn
        self._noted = noted
        self._before = {BEGINNING}
        self._number = 0
        self._gone: dict[str, list[tuple[int, str]]] = {}

    def take(self, row: tuple[Any, ...]) -> None:
        """Look at the next record."""
        number, _, session, kind, body, pruned, _, chain = row
        if number != self._number + 1:
            self._tell_missing(number)
        self._number = max(number, self._number)
        self.found.records += 1
        self.found.chain = str(chain)
        self.found.noted = self.found.noted or chain == self._noted
        wrong = list(self._wrong(row))
        self.problems += [Problem(number, str(kind), str(session), each) for each in wrong]
        if wrong:
            self.doubtful.add(str(session))
        if kind == Kind.PROPOSED:
            self.proposals += 1
        if body is None and pruned is not None:
            self.found.pruned += 1
            self._gone.setdefault(str(session), []).append((number, str(kind)))
        elif not wrong or isinstance(body, str):
            self._draw(row)

    def end(self) -> None:
        """All records were there."""
        for session, records in self._gone.items():
            self.doubtful.add(session)
            self.problems += [
                Problem(number, kind, session, "its body is gone, and nothing says that it was pruned")
                for number, kind in records
            ]

    def _tell_missing(self, number: int) -> None:
        first, last = self._number + 1, number - 1
        if first > last:
            self.problems.append(Problem(number, None, None, "it has a number that no record can have"))
        else:
            what = "it is missing" if first == last else f"it and all up to {last} are missing"
            self.problems.append(Problem(first, None, None, what))

    def _wrong(self, row: tuple[Any, ...]) -> Iterator[str]:
        number, time, session, kind, body, pruned, digest, chain = row
        before, self._before = self._before, {str(chain)}
        try:
            content = pruned if body is None else content_of(body)
            is_same = digest == digest_of_pruned(number, time, session, kind, content)
            follows = {chained(each, digest) for each in before}
        except (TypeError, ValueError, AttributeError):
            yield "it was changed: what it holds cannot be read"
            return
        if not isinstance(content, str) or not is_same or (body is not None and pruned is not None):
            yield "it was changed: its digest is not that of what it says"
        if chain not in follows:
            # Either this chain or one before it was changed; the next record says which, and may follow both.
            self._before |= follows
            yield "its chain does not follow: it was changed, moved or added, or the record before it was"

    def _draw(self, row: tuple[Any, ...]) -> None:
        number, time, session, kind, body = row[:5]
        try:
            values = json.loads(body)
            if kind == Kind.PROPOSED and values["command"] != self.proposals:
                self._tell(row, f"it is about command {values['command']}, and {self.proposals} is next")
            if kind == Kind.PRUNED:
                for each in values["sessions"]:
                    self._gone.pop(each, None)
            project(self._drawn, Record(number, time, session, kind, values))
        except Exception:  # noqa: BLE001  (whatever a record that was not written here says)
            self._tell(row, "what it says makes no sense")

    def _tell(self, row: tuple[Any, ...], wrong: str) -> None:
        self.doubtful.add(str(row[2]))
        self.problems.append(Problem(row[0], str(row[3]), str(row[2]), wrong))


def _integrity(store: Store) -> list[Problem]:
    said = [str(line) for (line,) in store.rows("PRAGMA integrity_check(20)")]
    return [] if said == ["ok"] else [Problem(None, None, None, f"the database: {line}") for line in said]


def _other_schema(store: Store, drawn: sqlite3.Connection) -> Iterator[Problem]:
    ours, theirs = dict(drawn.execute(_SCHEMA)), dict(store.rows(_SCHEMA))
    for name in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(name) != theirs.get(name):
            how = "is missing" if name not in theirs else "was changed" if name in ours else "was added"
            yield Problem(None, None, None, f"the table, index or trigger {name} {how}")


def _other_numbers(store: Store, proposals: int) -> Iterator[Problem]:
    rows = store.rows("SELECT seq FROM sqlite_sequence WHERE name = 'commands'")
    counted = rows[0][0] if rows else 0
    if counted != proposals:
        yield Problem(
            None, None, None, f"{counted} commands were numbered, and the records propose {proposals}"
        )


def _other_rows(
    store: Store, drawn: sqlite3.Connection, table: str, key: int, doubtful: set[str]
) -> Iterator[Problem]:
    """Yield where `table` differs from what was drawn from the records, but for what was told of already."""
    columns = [name for _, name, *_ in drawn.execute(f"PRAGMA table_info({table})")]
    owners = dict(drawn.execute("SELECT number, session FROM commands"))
    theirs = {row[:key]: row for row in store.iterate(f"SELECT * FROM {table}")}
    ours = {row[:key]: row for row in drawn.execute(f"SELECT * FROM {table}")}
    for name in ours.keys() | theirs.keys():
        one, two = ours.get(name), theirs.get(name)
        if one == two and _types(one) == _types(two):
            continue
        row = one or two
        assert row is not None
        session = row[0] if table == "sessions" else row[1] if table == "commands" else owners.get(row[1])
        if session in doubtful:
            continue
        if one is None or two is None:
            wrong = "no record speaks of it" if one is None else "it is missing"
        else:
            values = zip(columns, one, two, strict=True)
            changed = [column for column, a, b in values if a != b or type(a) is not type(b)]
            wrong = f"{', '.join(changed)} is not what the records say"
        what = " ".join(str(each) for each in name)
        yield Problem(None, None, None if session is None else str(session), f"{table}: {what}: {wrong}")


def _types(row: tuple[Any, ...] | None) -> list[type]:
    return [type(value) for value in row or ()]
