"""Workflows that ask nobody: their tools are put under approval, at the terminal, in plain lines, and across kills."""

import json
import re
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.gallery.test_gallery import WORKFLOWS, At
from tests.model_server import Calls, ModelServer, Text
from tests.shell.conftest import eventually

_CLEAR = "\x01\x0b"  # Ctrl-A Ctrl-K: what stands on the line


@pytest.fixture
def options(model: ModelServer, folder: Path) -> dict[str, str]:
    """Return the variables with which the workflows, which lie in the folder, reach the model."""
    for name in ("support.py", "team.py", "coder.py"):
        shutil.copy(WORKFLOWS / name, folder / name)
    return {"OPENAI_API_BASE": model.url}


def test_what_inspect_says_of_code(hitl: Hitl, options: dict[str, str]) -> None:
    """The tool that runs code is not called one that asks nobody."""
    shown = hitl("inspect", "./coder.py", env=options).stdout
    assert re.search("execute +tool of coder +runs code that the model wrote; hitl asks before that", shown)


def _waits_for_draft(folder: Path, typed: str) -> None:
    """Wait until `typed` is part of what the journal has of an open question."""
    (file,) = folder.parent.rglob("journal.db")

    def drafts() -> str:
        with sqlite3.connect(file) as journal:
            return str(journal.execute("SELECT draft FROM questions").fetchall())

    assert eventually(lambda: typed in drafts())


def _call(name: str, /, **arguments: object) -> Calls:
    return Calls.of((f"id_{name}", json.dumps(arguments)), name=name)


def test_calls_at_the_terminal_across_kills(
    person: At, options: dict[str, str], model: ModelServer, folder: Path
) -> None:
    """Two calls at once, one edited, one rejected; killed in a form, and while a tool runs: nothing is called twice."""
    model.reply(
        Calls.of(
            ("a", '{"number": 1}'), ("b", '{"number": 2, "reason": "old\\u202e"}'), name="delete_ticket"
        ),
        _call("find_tickets", words=["rain"]),
        _call("archive", folder="attic"),
        Text("It is in order."),
    )
    (folder / "tape.lock").touch()
    at = person("run", "./support.py", "tidy", "--approve", "delete_*,archive", env=options, columns=140)
    at.sees(
        "You approve each call of delete_ticket and archive. find_tickets acts without",
        r"Call delete_ticket\? \(1 of 2\)",
        "│ number: 1",
        "^Enter call it",
    )
    at.type("e")
    at.sees("^number: 1$")
    at.type(f"{_CLEAR}seven\r")
    at.sees("valid integer")
    at.type(f"{_CLEAR}7")
    at.sees("^number: 7$")
    at.type("\r")
    at.sees("^reason:")
    at.type("done")
    _waits_for_draft(folder, "done")
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", env=options, columns=140)
    at.sees("^reason: done$")
    at.type("\r")
    at.sees(r"\(1 of 2\) \(edited\)", "│ number: 7", "│ reason: done", "^Enter call it")
    at.type("\r")
    at.sees(
        r"✓ called  delete_ticket .*· edited",
        r"reason: old⟦U\+202E⟧",
        "! right-to-left override",
        "^y call it",
    )
    at.type("x")
    at.sees("^Why not")
    at.type("still open\r")
    at.sees("✗ rejected  delete_ticket", r"Call archive\?", "│ folder: attic", "^Enter call it")
    at.type("\r")
    assert eventually((folder / "archiving.txt").exists)
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", env=options, columns=140)
    at.sees("Outcome unknown · call", "hitl ended before it returned", "^y it ran")
    at.type("y")
    assert at.leaves() == 0, at.everything
    assert (folder / "deleted.txt").read_text() == "7 done\n"
    told = model.tool_results()
    assert "They said: still open" in told[1]
    assert told[2] == "Tickets 1, 2 and 3 are about rain."
    assert "The person says that it took effect" in told[3]
    assert not model.leftovers


def test_two_agents_in_plain_lines(
    person: At, options: dict[str, str], model: ModelServer, folder: Path
) -> None:
    """All arguments are replaced as JSON; handing over asks, too; the log has who wanted what."""
    model.reply(
        _call("plan", steps=["look", "write"]),
        _call("handoff", to_agent="writer", reason="it is planned"),
        _call("write_file", name="/etc/motd", text="hello"),
        Text("Written."),
    )
    at = person("run", "./team.py", "go", "--plain", "--approve", "all", env=options, columns=140)
    numbers: list[str] = []

    def answers(word: str) -> None:
        at.waits(lambda: len(re.findall(r"Answer (\d{3}) y", at.everything)) > len(numbers), "the answers")
        numbers[:] = re.findall(r"Answer (\d{3}) y", at.everything)
        at.type(f"{word.replace('N', numbers[-1])}\r")

    answers("N y")
    answers("N y")
    at.sees("call write_file, a tool of writer")
    answers("j")
    at.sees(r"Your answer \(JSON")
    at.type('{"name": "note.txt", "text": "hi"}\r')
    at.sees("as you edited it")
    answers("N y")
    assert at.leaves() == 0, at.everything
    assert b"\x1b" not in at.raw
    assert (folder / "note.txt").read_text() == "- look\n- write\nhi"
    assert not model.leftovers


@pytest.mark.parametrize("plain", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_code_of_an_agent(
    person: At, options: dict[str, str], model: ModelServer, folder: Path, plain: bool
) -> None:
    """It asks without an option; killed while the code is edited, the program comes back to it."""
    model.reply(Text("<execute>\nprint(add(1, 2))\nprint('\u202e')\n</execute>"), Text("Three."))
    at = person("run", "./coder.py", "sum", *["--plain"] * plain, env=options, columns=140)
    at.sees("You approve the Python code of coder before it runs, which can call add without asking")
    if plain:
        at.sees(
            "run this Python code by the workflow's executor",
            "Warning: right-to-left override",
            "^Your answer",
        )
        at.type("e\r")
        at.sees("^The command")
        at.type("open('made.txt', 'w').write(str(add(1, 2)))\r")
        at.sees("^The command has 1 line", r"Your answer:\Z")
        number = re.findall(r"To run it, type (\d+)", at.everything)[-1]
        at.type(f"{number}\r")
    else:
        at.sees(r"Run this Python code\? · 2 lines", r"⟦U\+202E⟧", r"^\$ print\(add\(1, 2\)\)")
        at.type(f"{_CLEAR}open('made.txt', 'w').write(str(add(1, 2)))")
        at.sees(r"^2 open\('made.txt'")
        _waits_for_draft(folder, "str(add(1, 2)))")
        at.signal(signal.SIGKILL)
        at.leaves()
        at = person("resume", env=options, columns=140)
        at.sees(r"^2 open\('made.txt'", r"Run this Python code\?")
        at.type("\r")
    assert at.leaves() == 0, at.everything
    assert (folder / "made.txt").read_text() == "3"


@pytest.mark.slow
def test_two_agents_at_the_terminal_across_a_kill(
    person: At, options: dict[str, str], model: ModelServer, folder: Path
) -> None:
    """Killed at the second agent's question, the program comes back to it; the handover is not asked about again."""
    model.reply(
        _call("handoff", to_agent="writer", reason="it can"),
        _call("write_file", name="note.txt", text="hi"),
        Text("Written."),
    )
    at = person("run", "./team.py", "go", "--approve", "all", env=options, columns=140)
    at.sees(r"Call handoff\?", "a tool of planner", "^Enter call it")
    at.type("\r")
    at.sees("✓ called  handoff", r"Call write_file\?", "a tool of writer", "^Enter call it")
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume", env=options, columns=140)
    at.sees(r"Call write_file\?", "│ name: note.txt", "^Enter call it")
    at.type("\r")
    assert at.leaves() == 0, at.everything
    assert "Call handoff" not in at.everything
    assert (folder / "note.txt").read_text() == "hi"


@pytest.mark.slow
def test_calls_in_plain_lines(person: At, options: dict[str, str], model: ModelServer, folder: Path) -> None:
    """An argument that is not valid is refused with the schema's words; a rejection has its reason."""
    model.reply(
        Calls.of(("a", '{"number": 1}'), ("b", '{"number": 2}'), name="delete_ticket"),
        Text("It is in order."),
    )
    at = person("run", "./support.py", "tidy", "--plain", "--approve", "all", env=options, columns=140)
    at.sees("Question 1 of 2: call delete_ticket, a tool of support", "^Your answer:$")
    at.type("e\r")
    at.sees("^number .*:$")
    at.type("many\r")
    at.sees("valid integer")
    at.type("8\r")
    at.sees("^reason")
    at.type("\r")
    at.sees("as you edited it", r"Your answer:\Z")
    number = re.findall(r"Answer (\d{3}) y", at.everything)[-1]
    at.type(f"{number} y\r")
    at.sees("Question 2 of 2", r"Your answer:\Z")
    at.type("x\r")
    at.sees("^Why not")
    at.type("keep it\r")
    assert at.leaves() == 0, at.everything
    assert (folder / "deleted.txt").read_text() == "8 \n"
    assert "They said: keep it" in model.tool_results()[1]
    assert b"\x1b" not in at.raw
