"""A journal in which anything was changed says so, and says where."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitl_cli.journal.chain import chained, digest_of
from hitl_cli.journal.store import FILE, Store
from hitl_cli.journal.verify import Verification, verify
from tests.conftest import Hitl
from tests.journal.conftest import Writer

RECORD = "number, time, session, kind, body, digest"


@dataclass(frozen=True)
class Whole:
    """A journal that is whole, and what it says of itself."""

    writer: Writer
    first: str
    second: str
    chain: str

    def changed(self, *statements: str, **values: Any) -> Verification:
        """Return what is found after these changes."""
        database = sqlite3.connect(self.writer.state / FILE, isolation_level=None)
        for statement in statements:
            database.execute(statement, values if ":" in statement else ())
        database.close()
        return verify(self.writer.store)


@pytest.fixture
def whole(writer: Writer) -> Whole:
    """Two sessions: one that ended, one in which commands wait, failed, were rejected and have an unknown outcome."""
    first = writer.ended(["ls -l", "git status | wc -l"]).session
    journal = writer.session("look around")
    writer.run(journal, "false", exit_status=1)
    waiting, rejected, lost = writer.propose(journal, "make", "rm -r /", "sleep 9")
    writer.decide(journal, rejected, "reject", words="no")
    writer.decide(journal, lost, text="sleep 8")
    journal.start(lost, 1, 1, "boot", None)
    journal.mark_unknown(lost, {"ran": 3.0})
    found = verify(writer.store)
    assert not found.problems
    assert waiting == 4
    return Whole(writer, first, journal.session, found.chain)


def told(found: Verification) -> list[tuple[int | None, str | None, str | None, str]]:
    """Return the problems as tuples."""
    return [(each.number, each.kind, each.session, each.wrong.split(":")[0]) for each in found.problems]


def test_changed_body(whole: Whole) -> None:
    """The record is named, with its kind and session."""
    found = whole.changed("UPDATE records SET body = replace(body, 'ls -l', 'ls -a') WHERE number = 4")
    assert told(found) == [(4, "decided", whole.first, "changed")]


@pytest.mark.parametrize("change", ["time = time + 1", "session = 'x'", "kind = 'run'", "digest = chain"])
def test_changed_column(whole: Whole, change: str) -> None:
    """So is one whose other columns were changed."""
    found = whole.changed(f"UPDATE records SET {change} WHERE number = 4")
    assert 4 in {each.number for each in found.problems}
    assert all(each.number in (None, 4) for each in found.problems)


def test_changed_chain(whole: Whole) -> None:
    """A chain that was changed is that of one record; the next one follows the one that should be there."""
    found = whole.changed(f"UPDATE records SET chain = '{'0' * 64}' WHERE number = 4")
    assert [each.number for each in found.problems] == [4]


def test_missing_record(whole: Whole) -> None:
    """A gap in the numbers is reported, and that the next record does not follow."""
    found = whole.changed("DELETE FROM records WHERE number = 5")
    assert told(found)[0] == (5, None, None, "missing")
    assert (6, "finished", whole.first) == told(found)[1][:3]


def test_two_records_that_changed_places(whole: Whole) -> None:
    """Their bodies are not theirs."""
    found = whole.changed(
        "UPDATE records SET number = -4 WHERE number = 4",
        "UPDATE records SET number = 4 WHERE number = 8",
        "UPDATE records SET number = 8 WHERE number = -4",
    )
    assert {4, 8} <= {each.number for each in found.problems}


def test_added_record(whole: Whole) -> None:
    """One that follows the chain was not written by the program: the tables know nothing of it."""
    last = whole.writer.store.rows(f"SELECT {RECORD} FROM records ORDER BY number DESC LIMIT 1")[0]
    number, body = last[0] + 1, json.dumps({"command": 4, "said": "ran", "by": "person"})
    digest = digest_of(number, 5.0, whole.second, "settled", body)
    found = whole.changed(
        "INSERT INTO records (number, time, session, kind, body, digest, chain) "
        "VALUES (:number, 5.0, :session, 'settled', :body, :digest, :chain)",
        number=number,
        session=whole.second,
        body=body,
        digest=digest,
        chain=chained(whole.chain, digest),
    )
    assert any("commands: 4: state" in each.wrong for each in found.problems)


@pytest.mark.parametrize("count", range(1, 12))
def test_records_missing_at_the_end(whole: Whole, count: int) -> None:
    """The tables know more than the records say."""
    found = whole.changed(f"DELETE FROM records WHERE number > (SELECT max(number) FROM records) - {count}")
    assert found.problems


def test_session_missing_at_the_end_of_all_tables(whole: Whole) -> None:
    """The numbers of commands are not given again, and say how many there were."""
    found = whole.changed(
        f"DELETE FROM records WHERE session = '{whole.second}'",
        f"DELETE FROM programs WHERE command IN (SELECT number FROM commands WHERE session = '{whole.second}')",
        f"DELETE FROM commands WHERE session = '{whole.second}'",
        f"DELETE FROM sessions WHERE id = '{whole.second}'",
    )
    assert [each.wrong for each in found.problems] == [
        "wrong count of commands: 6, but the records propose 2"
    ]


def test_whole_end_cut_off_shows_against_a_noted_chain(whole: Whole, hitl: Hitl) -> None:
    """Who rewrites everything is found out by a value that is kept elsewhere."""
    assert hitl("log", "--verify", "--expect", whole.chain).returncode == 0
    whole.changed(
        f"DELETE FROM records WHERE session = '{whole.second}'",
        f"DELETE FROM programs WHERE command IN (SELECT number FROM commands WHERE session = '{whole.second}')",
        f"DELETE FROM commands WHERE session = '{whole.second}'",
        f"DELETE FROM sessions WHERE id = '{whole.second}'",
        "UPDATE sqlite_sequence SET seq = 2",
    )
    assert hitl("log", "--verify").returncode == 0
    ended = hitl("log", "--verify", "--expect", whole.chain)
    assert ended.returncode == 74
    assert "The chain from --expect is not in the journal" in ended.stderr


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE commands SET approved = 'rm -r /' WHERE number = 1", "commands: 1: approved does not match"),
        ("UPDATE commands SET state = 'approved' WHERE number = 5", "commands: 5: state does not match"),
        ("UPDATE commands SET exit_status = '0' WHERE number = 3", "commands: 3: exit_status does not match"),
        ("DELETE FROM commands WHERE number = 2", "commands: 2: missing"),
        ("DELETE FROM programs WHERE program = 'wc'", "programs: wc 2: missing"),
        ("INSERT INTO programs VALUES ('git', 1)", "programs: git 1: no record mentions this row"),
        ("UPDATE sessions SET state = 'finished' WHERE state = 'open'", "state does not match"),
        (
            "INSERT INTO sessions VALUES ('x', 1, 1, '/', 'agent', '', 0, 'open')",
            "x: no record mentions this row",
        ),
        ("UPDATE sqlite_sequence SET seq = 9", "wrong count of commands: 9"),
        ("DELETE FROM sqlite_sequence", "wrong count of commands: 0"),
        ("CREATE TRIGGER t AFTER INSERT ON records BEGIN SELECT 1; END", "trigger t: added"),
        ("DROP INDEX commands_by_time", "commands_by_time: missing"),
    ],
)
def test_tables_that_say_something_else(whole: Whole, change: str, wrong: str) -> None:
    """What `hitl log` reads is what the records say, and nothing runs that is not in them."""
    found = whole.changed(change)
    assert any(wrong in each.wrong for each in found.problems), found.problems


def test_body_that_is_gone_without_having_been_pruned(whole: Whole) -> None:
    """An empty body is only right where a later record says that the session was pruned."""
    found = whole.changed("UPDATE records SET body = NULL WHERE number = 4")
    assert (4, "decided", whole.first, "changed") in told(found)


def test_words_of_the_command_line(whole: Whole, hitl: Hitl) -> None:
    """The result, the latest chain, and status 74 with one sentence when something is wrong."""
    ended = hitl("log", "--verify")
    records = whole.writer.store.rows("SELECT count(*) FROM records")[0][0]
    assert ended.returncode == 0
    assert ended.stdout == f"The journal is intact: {records} records.\nLatest chain: {whole.chain}\n"
    whole.changed("UPDATE records SET kind = char(27) || '[2J' WHERE number = 4")
    ended = hitl("log", "--verify")
    assert ended.returncode == 74
    assert "\x1b" not in ended.stdout + ended.stderr
    assert "record 4 (⟦U+001B⟧[2J), session" in ended.stdout
    assert ended.stderr.count("\n") == 1
    found = json.loads(hitl("log", "--verify", "--json").stdout)
    assert (found["version"], found["verification"]["whole"]) == (1, False)
    assert found["verification"]["problems"][0]["number"] == 4


def test_without_a_journal(hitl: Hitl) -> None:
    """Nothing is whole, unless something should be there."""
    assert hitl("log", "--verify").returncode == 0
    assert hitl("log", "--verify", "--expect", "0" * 64).returncode == 74


@pytest.fixture
def copy(whole: Whole, tmp_path: Path) -> Callable[[], Path]:
    """Make copies of the journal."""
    whole.writer.store.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def make() -> Path:
        place = Path(tempfile.mkdtemp(dir=tmp_path))
        shutil.copy(whole.writer.state / FILE, place / FILE)
        return place

    return make


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_any_column(copy: Callable[[], Path], data: st.DataObject) -> None:
    """Whatever one byte of a record or of a command becomes, it is found."""
    place = copy()
    database = sqlite3.connect(place / FILE, isolation_level=None)
    table, key = data.draw(
        st.sampled_from([("records", "number"), ("commands", "number"), ("sessions", "id")])
    )
    columns = [(name, kind) for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})")]
    name, _ = data.draw(st.sampled_from(columns))
    rows = database.execute(
        f"SELECT {key}, CAST({name} AS BLOB), typeof({name}) FROM {table} WHERE {name} IS NOT NULL"
    ).fetchall()
    if not rows:
        database.close()
        return
    row, value, kind = data.draw(st.sampled_from(rows))
    if kind == "text" and value:
        at = data.draw(st.integers(0, len(value) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[at]))
        new: Any = value[:at] + bytes((other,)) + value[at + 1 :]
        change = f"UPDATE {table} SET {name} = CAST(? AS TEXT) WHERE {key} = ?"
    else:
        old = database.execute(f"SELECT {name} FROM {table} WHERE {key} = ?", (row,)).fetchone()[0]
        new = data.draw(
            st.sampled_from([1_000_003, -7, 2.5, "x", b"x", None]).filter(lambda each: each != old)
        )
        change = f"UPDATE {table} SET {name} = ? WHERE {key} = ?"
    try:
        database.execute(change, (new, row))
    except sqlite3.Error:  # the database itself does not take it
        database.close()
        return
    database.close()
    store = Store.open(place)
    assert verify(store).problems, (table, name, row, value, new)
    store.close()
