"""Verifies the journal: every record is unchanged and in its place, and the tables match the records."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hitl_cli.journal.chain import BEGINNING, Record, chained, content_of, digest_of_pruned
from hitl_cli.journal.migrations import migrate
from hitl_cli.journal.projection import RecordKind, project
from hitl_cli.journal.store import Store

_TABLES = {"sessions": 1, "commands": 1, "programs": 2}
"""The projected tables, and how many columns make the key of a row."""

_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


@dataclass(frozen=True)
class Problem:
    """A difference from what hitl wrote. `number`, `kind` and `session` are None if they are unknown."""

    number: int | None
    kind: str | None
    session: str | None
    wrong: str


@dataclass
class Verification:
    """The result: how many records there are, how many of them are pruned, the latest chain, and the problems."""

    records: int = 0
    pruned: int = 0
    chain: str = BEGINNING
    problems: list[Problem] = field(default_factory=list)
    noted: bool = False
    """Whether one of the records has the chain that was noted earlier."""


def verify(store: Store, noted: str | None = None) -> Verification:
    """Verify the whole journal in `store`, and search it for the chain that was `noted` elsewhere.

    Raises:
        JournalError: The database cannot be read.
    """
    with store.reading(), contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as projected:
        migrate(projected)
        projected.execute("BEGIN")  # one commit for each record would dominate the time
        verifier = _Verifier(projected, noted)
        verifier.problems += _integrity(store)
        for row in store.iterate(
            "SELECT number, time, session, kind, body, pruned, digest, chain FROM records ORDER BY number"
        ):
            verifier.check(row)
        verifier.finish()
        verifier.problems += _schema_differences(store, projected)
        verifier.problems += _count_differences(store, verifier.proposals)
        for table, key in _TABLES.items():
            verifier.problems += _row_differences(store, projected, table, key, verifier.suspect_sessions)
        return verifier.found


class _Verifier:
    """Checks the records one after the other, and projects them onto fresh tables to compare with."""

    def __init__(self, projected: sqlite3.Connection, noted: str | None) -> None:
        self.found = Verification()
        self.problems = self.found.problems
        self.proposals = 0
        self.suspect_sessions: set[str] = set()
        self._projected = projected
        self._noted = noted
        self._before = {BEGINNING}
        self._number = 0
        self._without_body: dict[str, list[tuple[int, str]]] = {}

    def check(self, row: tuple[Any, ...]) -> None:
        """Check the next record."""
        number, _, session, kind, body, pruned, _, chain = row
        if number != self._number + 1:
            self._report_missing(number)
        self._number = max(number, self._number)
        self.found.records += 1
        self.found.chain = str(chain)
        self.found.noted = self.found.noted or chain == self._noted
        wrong = list(self._problems_of(row))
        self.problems += [Problem(number, str(kind), str(session), each) for each in wrong]
        if wrong:
            self.suspect_sessions.add(str(session))
        if kind == RecordKind.PROPOSED:
            self.proposals += 1
        if body is None and pruned is not None:
            self.found.pruned += 1
            self._without_body.setdefault(str(session), []).append((number, str(kind)))
        elif not wrong or isinstance(body, str):
            self._project(row)

    def finish(self) -> None:
        """Report what only the end of the records can show: bodies that are missing although nobody pruned them."""
        for session, records in self._without_body.items():
            self.suspect_sessions.add(session)
            self.problems += [
                Problem(number, kind, session, "body missing, and no record says that it was pruned")
                for number, kind in records
            ]

    def _report_missing(self, number: int) -> None:
        first, last = self._number + 1, number - 1
        if first > last:
            self.problems.append(Problem(number, None, None, "invalid record number"))
        else:
            what = "missing" if first == last else f"missing, like all records up to {last}"
            self.problems.append(Problem(first, None, None, what))

    def _problems_of(self, row: tuple[Any, ...]) -> Iterator[str]:
        number, time, session, kind, body, pruned, digest, chain = row
        before, self._before = self._before, {str(chain)}
        try:
            content = pruned if body is None else content_of(body)
            is_same = digest == digest_of_pruned(number, time, session, kind, content)
            follows = {chained(each, digest) for each in before}
        except (TypeError, ValueError, AttributeError):
            yield "changed: its content cannot be read"
            return
        if not isinstance(content, str) or not is_same or (body is not None and pruned is not None):
            yield "changed: its digest does not match its content"
        if chain not in follows:
            # Either this chain or the previous one was changed; the next record shows which, so it may follow both.
            self._before |= follows
            yield "broken chain: this record or the one before it was changed, moved or added"

    def _project(self, row: tuple[Any, ...]) -> None:
        number, time, session, kind, body = row[:5]
        try:
            values = json.loads(body)
            if kind == RecordKind.PROPOSED and values["command"] != self.proposals:
                self._report(row, f"wrong command number {values['command']}; expected {self.proposals}")
            if kind == RecordKind.PRUNED:
                for each in values["sessions"]:
                    self._without_body.pop(each, None)
            project(self._projected, Record(number, time, session, kind, values))
        except Exception:  # noqa: BLE001  (a record that hitl did not write can hold anything)
            self._report(row, "invalid content")

    def _report(self, row: tuple[Any, ...], wrong: str) -> None:
        self.suspect_sessions.add(str(row[2]))
        self.problems.append(Problem(row[0], str(row[3]), str(row[2]), wrong))


def _integrity(store: Store) -> list[Problem]:
    found = [str(line) for (line,) in store.rows("PRAGMA integrity_check(20)")]
    return [] if found == ["ok"] else [Problem(None, None, None, f"database: {line}") for line in found]


def _schema_differences(store: Store, projected: sqlite3.Connection) -> Iterator[Problem]:
    ours, theirs = dict(projected.execute(_SCHEMA)), dict(store.rows(_SCHEMA))
    for name in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(name) != theirs.get(name):
            how = "missing" if name not in theirs else "changed" if name in ours else "added"
            yield Problem(None, None, None, f"table, index or trigger {name}: {how}")


def _count_differences(store: Store, proposals: int) -> Iterator[Problem]:
    rows = store.rows("SELECT seq FROM sqlite_sequence WHERE name = 'commands'")
    counted = rows[0][0] if rows else 0
    if counted != proposals:
        yield Problem(
            None, None, None, f"wrong count of commands: {counted}, but the records propose {proposals}"
        )


def _row_differences(
    store: Store, projected: sqlite3.Connection, table: str, key: int, suspect_sessions: set[str]
) -> Iterator[Problem]:
    """Yield where `table` differs from the projected rows, except for sessions that already have a problem."""
    columns = [name for _, name, *_ in projected.execute(f"PRAGMA table_info({table})")]
    owners = dict(projected.execute("SELECT number, session FROM commands"))
    theirs = {row[:key]: row for row in store.iterate(f"SELECT * FROM {table}")}
    ours = {row[:key]: row for row in projected.execute(f"SELECT * FROM {table}")}
    for name in ours.keys() | theirs.keys():
        one, two = ours.get(name), theirs.get(name)
        if one == two and _types(one) == _types(two):
            continue
        row = one or two
        assert row is not None
        session = row[0] if table == "sessions" else row[1] if table == "commands" else owners.get(row[1])
        if session in suspect_sessions:
            continue
        if one is None or two is None:
            wrong = "no record mentions this row" if one is None else "missing"
        else:
            values = zip(columns, one, two, strict=True)
            changed = [column for column, a, b in values if a != b or type(a) is not type(b)]
            wrong = f"{', '.join(changed)} does not match the records"
        what = " ".join(str(each) for each in name)
        yield Problem(None, None, None if session is None else str(session), f"{table}: {what}: {wrong}")


def _types(row: tuple[Any, ...] | None) -> list[type]:
    return [type(value) for value in row or ()]
