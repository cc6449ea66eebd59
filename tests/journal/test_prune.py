"""`hitl prune`: what is old goes for good, what somebody still needs stays, and the journal stays whole."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.journal.store import FILE
from hitl_cli.journal.verify import verify
from tests.conftest import Hitl
from tests.journal.conftest import Writer

OLD = 200 * 86_400


@pytest.fixture
def made_old(database: Callable[[], sqlite3.Connection]) -> Callable[..., None]:
    """Let sessions be as if they had last changed long ago."""

    def make(*sessions: str) -> None:
        for session in sessions:
            database().execute("UPDATE sessions SET changed = changed - ? WHERE id = ?", (OLD, session))

    return make


def left(writer: Writer) -> set[str]:
    """Return the sessions that are there."""
    return {session for (session,) in writer.store.rows("SELECT id FROM sessions")}


def test_old_sessions_go(writer: Writer, hitl: Hitl, made_old: Callable[..., None], state: Path) -> None:
    """With every word of them, and their logs; the records that are left still prove the rest."""
    logs = state / "output"
    logs.mkdir()
    (logs / "old.log").write_text("a long output")
    (logs / "other.log").write_text("of another session")
    outside = state / "outside.log"
    outside.write_text("not a log of ours")
    journal = writer.session("the old request")
    writer.run(journal, "echo VANISHING", log=str(logs / "old.log"), output="GONE")
    writer.run(journal, "echo x", log=str(outside))
    writer.run(journal, "echo y", log=str(logs / ".." / "outside.log"))
    journal.end_run("finished", 0, [{"text": "REMEMBERED"}])
    journal.release()
    new = writer.ended(["echo new"])
    made_old(journal.session)
    before = list(writer.store.iterate("SELECT * FROM records"))

    dry = hitl("prune", "--older-than", "90d", "--dry-run")
    assert dry.stdout.startswith("Would delete 1 session with 3 commands")
    assert list(writer.store.iterate("SELECT * FROM records")) == before
    assert left(writer) == {journal.session, new.session}
    assert (logs / "old.log").exists()

    done = hitl("prune", "--older-than", "90d")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Deleted 1 session with 3 commands")
    assert left(writer) == {new.session}
    assert sorted(path.name for path in logs.iterdir()) == ["other.log"]
    assert outside.exists()
    found = verify(writer.store)
    assert (found.problems, found.pruned) == ([], 15)
    writer.store.close()
    content = b"".join(path.read_bytes() for path in state.glob(f"{FILE}*"))
    assert not [word for word in (b"VANISHING", b"GONE", b"REMEMBERED", b"old request") if word in content]
    assert hitl("log", "--verify").stdout.startswith("The journal is intact: 23 records, 15 of them pruned.")
    assert hitl("prune", "--older-than", "90d").stdout.startswith("Deleted 0 sessions")


def test_what_waits_or_runs_or_is_not_known_stays(
    writer: Writer, hitl: Hitl, made_old: Callable[..., None]
) -> None:
    """However old it is; and what another program has open."""
    kept = []
    for until in ("waits", "approved", "runs", "unknown", "interrupted", "open"):
        journal = writer.session(until)
        kept.append(journal.session)
        if until in ("waits", "approved", "runs", "unknown"):
            (number,) = writer.propose(journal, "make")
        if until in ("approved", "runs", "unknown"):
            writer.decide(journal, number, text="make")
        if until in ("runs", "unknown"):
            journal.start(number, 1, 1, "boot", None)
        if until == "unknown":
            journal.mark_unknown(number, {})
        if until == "open":
            journal.end_run("finished", 0, [])
        else:
            journal.release()
    made_old(*kept, writer.ended().session)
    answer = json.loads(hitl("prune", "--older-than", "90d", "--larger-than", "1", "--json").stdout)
    assert (answer["version"], len(answer["pruned"]["sessions"]), answer["pruned"]["kept"]) == (1, 1, 6)
    assert left(writer) == set(kept)


def test_as_many_of_the_oldest_as_it_takes(writer: Writer, hitl: Hitl, state: Path) -> None:
    """The file really is smaller afterwards, and no more was taken out than was needed."""
    text = "x" * 100_000
    sessions = []
    for number in range(8):
        journal = writer.session(f"request {number}")
        writer.run(journal, f"echo {number}", output=text)
        journal.end_run("finished", 0, [{"text": text}])
        journal.release()
        sessions.append(journal.session)
    assert hitl("prune", "--larger-than", "1M").returncode == 0
    there = left(writer)
    assert 3 <= len(there) <= 6
    assert there == set(sessions[-len(there) :])
    assert (state / FILE).stat().st_size <= 1024**2
    assert not verify(writer.store).problems
    assert hitl("prune", "--larger-than", "1M").stdout.startswith("Deleted 0 sessions")


@pytest.mark.parametrize(
    "change",
    ["time = time + 1", "kind = 'run'", "session = 'x'", "pruned = digest", "pruned = NULL", "body = '{}'"],
)
def test_pruned_record_is_still_proof(
    writer: Writer,
    hitl: Hitl,
    made_old: Callable[..., None],
    database: Callable[[], sqlite3.Connection],
    change: str,
) -> None:
    """Of when it was and of what kind, and that nothing is missing."""
    journal = writer.ended()
    made_old(journal.session)
    assert hitl("prune", "--older-than", "90d").returncode == 0
    assert not verify(writer.store).problems
    database().execute(f"UPDATE records SET {change} WHERE number = 3")
    assert 3 in {each.number for each in verify(writer.store).problems}
