"""What nobody must read is not in the file of the journal."""

from pathlib import Path
from typing import Any

import pytest

from hitl_cli.journal.entries import DecisionEntry
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.projection import CommandState
from hitl_cli.journal.store import FILE
from hitl_cli.text.secrets.masking import Mask, secret_variables
from tests.journal.conftest import RESULT, Writer

OWN = "correct-horse-battery"
GITHUB = "ghp_" + "a1B2" * 9
SECRETS = (OWN.encode(), GITHUB.encode())
COMMAND = f"curl -H 'X-Key: {OWN}' https://user:{GITHUB}@example.org; {OWN}"


def stored(state: Path) -> bytes:
    """Return every byte of the journal's files."""
    return b"".join(path.read_bytes() for path in sorted(state.glob(f"{FILE}*")))


def masked(text: str) -> str:
    """Mask as a program does whose variables hold a secret."""
    return Mask(secret_variables({"SERVICE_TOKEN": OWN, "HOME": "/home/me"})).applied(text)[0]


def texts(writer: Writer, *tables: str) -> str:
    """Return all that these tables hold."""
    return repr([writer.store.rows(f"SELECT * FROM {table}") for table in tables])


def journal_with_secrets(writer: Writer) -> tuple[Journal, int]:
    """Write secrets in every place where a person or a model may put them, up to the end of the command."""
    journal = writer.session(f"use {OWN} and {GITHUB}", mask=masked, flags={"system_prompt": OWN})
    (number,) = writer.propose(journal, COMMAND)
    journal.draft(number, f"{COMMAND} # {OWN}")
    verdict = DecisionEntry("run", "person", {"command": COMMAND}, COMMAND, "0" * 64, words=f"with {OWN}")
    journal.decide(number, verdict, writer.folder)
    journal.start(number, 1, 1, "boot", None)
    result: dict[str, Any] = {**RESULT, "output": f"key={OWN}\n{GITHUB}\n", "notes": [f"saw {GITHUB}"]}
    journal.finish(number, result, by="hitl", log=None)
    return journal, number


def test_a_paused_session_has_them_only_where_it_needs_them(writer: Writer) -> None:
    """The records and the tables of the history never; the request and the command itself until the run has ended."""
    journal_with_secrets(writer)
    evidence = texts(writer, "records", "sessions", "commands", "programs", "messages")
    assert OWN not in evidence
    assert GITHUB not in evidence
    assert "[SERVICE_TOKEN: masked]" in evidence
    assert OWN in texts(writer, "paused", "questions")


def test_nothing_of_them_is_left_when_the_run_has_ended(writer: Writer, state: Path) -> None:
    """Not in a free page either, nor in the log that was written ahead."""
    journal, _ = journal_with_secrets(writer)
    writer.store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert all(secret in stored(state) for secret in SECRETS)
    journal.end_run("finished", 0, [{"text": f"{OWN} {GITHUB}"}])
    journal.release()
    writer.store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not [secret for secret in SECRETS if secret in stored(state)]
    assert writer.store.rows("SELECT state FROM commands") == [(CommandState.FINISHED,)]


@pytest.mark.parametrize("ending", ["finished", "settled"])
def test_nothing_is_left_of_a_command_that_outlives_its_run(writer: Writer, ending: str) -> None:
    """What is kept of one in the background goes when it has ended, if nobody waits for it any more."""
    journal = writer.session(mask=masked)
    (number,) = writer.propose(journal, COMMAND)
    writer.decide(journal, number, text=COMMAND)
    journal.start(number, 1, 1, "boot", None)
    journal.send_to_background(number, 1, RESULT)
    journal.end_run("finished", 0, [])
    assert OWN in texts(writer, "questions")
    journal.begin_run("go on", {})
    (waiting,) = writer.propose(journal, "ls")
    if ending == "finished":
        journal.finish(number, RESULT, by="hitl", log=None)
    else:
        journal.settle(number, "person", result=RESULT)
    assert writer.store.rows("SELECT command FROM questions") == [(waiting,)]


@pytest.mark.parametrize("ending", ["finished", "settled"])
def test_what_a_run_waits_for_is_kept(writer: Writer, ending: str) -> None:
    """The result of a command goes to the run that is paused, whenever it is resumed."""
    journal = writer.session(mask=masked)
    (number,) = writer.propose(journal, COMMAND)
    writer.decide(journal, number, text=COMMAND)
    journal.start(number, 1, 1, "boot", None)
    journal.send_to_background(number, 1, RESULT)
    if ending == "finished":
        journal.finish(number, RESULT, by="hitl", log=None)
    else:
        journal.settle(number, "person", result=RESULT)
    assert OWN in texts(writer, "questions")


def test_a_command_whose_secrets_are_masked_says_so(writer: Writer) -> None:
    """The digest is that of what was shown, so the record says that its text is not."""
    journal_with_secrets(writer)
    (body,) = writer.store.rows("SELECT json_extract(body, '$.masked') FROM records WHERE kind = 'decided'")
    assert body == (1,)


def test_a_secret_that_is_an_everyday_word_leaves_a_conversation_readable(writer: Writer) -> None:
    """What was said is masked; who said it is not."""
    journal = writer.session(mask=lambda text: text.replace("assistant", "[masked]"))
    said = {"role": "assistant", "blocks": [{"block_type": "text", "text": "I am your assistant"}]}
    journal.end_run("finished", 0, [said])
    assert journal.messages() == [
        {"role": "assistant", "blocks": [{"block_type": "text", "text": "I am your [masked]"}]}
    ]
