"""`hitl discard`: what waits and is not wanted never runs, cannot be resumed, and the decision is on record."""

import os
from pathlib import Path

import pytest

from hitl_cli.journal.verify import verify
from tests.conftest import Hitl
from tests.journal.conftest import Writer
from tests.journal.test_history import numbers, told


def waiting(writer: Writer, request: str = "tidy up") -> str:
    """Return the session of a program that ended while a command waited and another was approved."""
    journal = writer.session(request)
    writer.run(journal, "echo done")
    writer.propose(journal, "echo secret-of-mine")
    (approved,) = writer.propose(journal, "echo approved")
    writer.decide(journal, approved, text="echo approved")
    journal.release()
    return journal.session


def test_discarded_session_is_final(writer: Writer, hitl: Hitl, state: Path) -> None:
    """Several at once, by the first characters of their ids; the log, the sessions and the record agree."""
    one, two, kept = waiting(writer), waiting(writer), waiting(writer)
    ended = hitl("discard", one[:7], two, two)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        f"Discarded session {each} (2 requests closed). Nothing ran, and it cannot be resumed."
        for each in (one, two)
    ]
    assert told(hitl) == ["discarded", "discarded", "1 question waits, 1 approved, not started"]
    assert numbers(hitl, "--status", "discarded", "--by", "person") == [2, 3, 5, 6]
    shown = hitl("show", "2").stdout
    assert "status      discarded\n" in shown
    assert "decided     by person" in shown
    assert verify(writer.store, None).problems == []
    again, resumed = hitl("discard", one), hitl("resume", one)
    assert (again.returncode, resumed.returncode) == (2, 2)
    assert f"Session {one} is already discarded" in again.stderr
    assert f"Session {one} was discarded on " in resumed.stderr
    assert "cannot be resumed; nothing ran" in resumed.stderr
    for each in ("questions", "paused", "messages"):  # what is not masked is gone
        rows = writer.store.rows(f"SELECT session FROM {each}")
        assert {session for (session,) in rows} <= {kept}
    pruned = hitl("prune", "--larger-than", "1")
    assert "Deleted 2 sessions" in pruned.stdout


@pytest.mark.parametrize("what", ["nothing waits", "open", "running", "several", "unknown id"])
def test_what_is_not_discarded(writer: Writer, hitl: Hitl, what: str) -> None:
    """One id that cannot be discarded keeps all of them."""
    good = waiting(writer)
    bad = "zz"
    match what:
        case "nothing waits":
            bad = writer.ended().session
        case "open":
            journal = writer.session()
            writer.propose(journal, "ls")
            bad = journal.session
        case "running":
            journal = writer.session()
            (number,) = writer.propose(journal, "sleep 9")
            writer.decide(journal, number, text="sleep 9")
            journal.start(number, os.getpid(), os.getpid(), "boot", None)
            journal.send_to_background(number, 1, {})
            journal.release()
            bad = journal.session
        case "several":
            bad = ""
    ended = hitl("discard", good, bad)
    assert (ended.returncode, ended.stdout) == (74 if what == "open" else 2, "")
    assert ended.stderr.count("\n") == 1
    assert "discarded" not in told(hitl)
    says = {
        "nothing waits": f"Nothing is pending in session {bad}",
        "open": f"Session {bad} is open in another hitl",
        "running": f"Command 4 of session {bad} still runs, as process {os.getpid()}",
        "several": "Several session ids start with",
        "unknown id": "No session id starts with 'zz'",
    }
    assert says[what] in ended.stderr


def test_latest_session_is_not_a_discarded_one(writer: Writer, hitl: Hitl) -> None:
    """`hitl resume` without an id says that there is none."""
    session = waiting(writer)
    assert hitl("discard", session).returncode == 0
    ended = hitl("resume")
    assert ended.returncode == 2
    assert "can be resumed. List the sessions" in ended.stderr


def test_unknown_outcome_stays_unknown(writer: Writer, hitl: Hitl) -> None:
    """Nobody says afterwards how the command ended."""
    journal = writer.session()
    (number,) = writer.propose(journal, "make")
    writer.decide(journal, number, text="make")
    journal.start(number, 2**22 + 1, 2**22 + 1, "boot", None)
    journal.release()
    assert "(1 outcome unknown)" in hitl("discard", journal.session).stdout
    assert told(hitl) == ["discarded, 1 outcome unknown"]
    assert numbers(hitl, "--status", "unknown") == [number]


def test_misspelt_session_gets_a_suggestion(hitl: Hitl, writer: Writer) -> None:
    """As many characters of the id as were given."""
    session = writer.ended().session
    wrong = session[:5] + ("0" if session[5] != "0" else "1")
    for verb in ("resume", "discard"):
        assert f"Did you mean {session[:6]}?" in hitl(verb, wrong).stderr
