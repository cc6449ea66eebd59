"""`hitl sessions`, `hitl log`, `hitl show` and `hitl log --export`, as a person and a program read them."""

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.journal.conftest import Writer
from tests.terminal import Person

HIDDEN = "ls\x1b[2J \u202e# x"


def numbers(hitl: Hitl, *arguments: str) -> list[int]:
    """Return the numbers of the commands that `hitl log` finds."""
    ended = hitl("log", "--json", *arguments)
    assert ended.returncode == 0, ended.stderr
    return [each["number"] for each in json.loads(ended.stdout)["commands"]]


@pytest.fixture
def states(writer: Writer) -> Iterator[Writer]:
    """A session with a command in each state; each is named by what it is."""
    journal = writer.session("do things")
    writer.run(journal, "echo finished")
    writer.run(journal, "echo failed | cat", exit_status=3)
    for text in (
        "waiting",
        "approved",
        "running",
        "background",
        "unknown",
        "rejected",
        "answered",
        "refused",
    ):
        (number,) = writer.propose(journal, f"echo {text}")
        if text in ("rejected", "answered", "refused"):
            decision = {"rejected": "reject", "answered": "answer", "refused": "refuse"}[text]
            writer.decide(journal, number, decision, words="because")
        elif text != "waiting":
            writer.decide(journal, number, text=f"echo {text} now")
        if text in ("running", "background", "unknown"):
            journal.start(number, 1, 1, "boot", None)
        if text == "background":
            journal.send_to_background(number, 1, {})
        if text == "unknown":
            journal.mark_unknown(number, {})
    yield writer
    journal.release()


def test_nothing_runs_whose_program_is_gone(writer: Writer, hitl: Hitl) -> None:
    """Nobody knows how it ended; what was left in the background runs while its process does."""
    mine = os.getpid()
    journal = writer.session()
    for text, process in (("running", mine), ("left", mine), ("ended", 2**22 + 1)):
        (number,) = writer.propose(journal, f"echo {text}")
        writer.decide(journal, number, text=f"echo {text}")
        journal.start(number, process, process, "boot", None)
        if text != "running":
            journal.send_to_background(number, 1, {})
    assert [line.split()[3] for line in hitl("log").stdout.splitlines()] == ["running"] + ["background"] * 2
    journal.release()
    assert [line.split()[3] for line in hitl("log").stdout.splitlines()] == [
        "unknown",
        "background",
        "unknown",
    ]
    assert [numbers(hitl, "--status", each) for each in ("running", "background", "unknown")] == [
        [],
        [2],
        [1, 3],
    ]
    assert "status      unknown" in hitl("show", "1").stdout
    assert "1 running, 2 outcomes unknown" in hitl("sessions").stdout
    (session,) = json.loads(hitl("sessions", "--json").stdout)["sessions"]
    assert session["counts"] == {"background": 1, "unknown": 2}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("finished", [1, 2]),
        ("failed", [2]),
        ("waiting", [3]),
        ("approved", [4]),
        ("running", [5]),
        ("background", [6]),
        ("unknown", [7]),
        ("rejected", [8]),
        ("answered", [9]),
        ("refused", [10]),
        ("dropped", []),
    ],
)
def test_log_by_status(states: Writer, hitl: Hitl, status: str, expected: list[int]) -> None:
    """Each status finds the commands in it; failed finds those that ended with another status than 0."""
    assert numbers(hitl, "--status", status) == expected


def test_log_lines(states: Writer, hitl: Hitl) -> None:
    """A line for each command, the latest last: number, time, status, exit status, duration, what ran."""
    lines = [line.split(None, 6) for line in hitl("log").stdout.splitlines()]
    assert len(lines) == 10
    assert [lines[1][0], *lines[1][3:]] == ["2", "finished", "3", "0.25s", "echo failed | cat"]
    assert [lines[3][0], *lines[3][3:]] == ["4", "approved", "-", "-", "echo approved now"]
    assert [lines[7][0], *lines[7][3:]] == ["8", "rejected", "-", "-", "echo rejected · reason: because"]
    assert [line.split()[0] for line in hitl("log", "-n", "2").stdout.splitlines()] == ["9", "10"]


def test_log_by_program(writer: Writer, hitl: Hitl) -> None:
    """A program is found wherever in a command it is called, in what was proposed and in what ran."""
    journal = writer.session()
    writer.run(journal, "sudo git status | wc -l")
    (number,) = writer.propose(journal, "wget x")
    writer.decide(journal, number, text="curl x")
    assert [numbers(hitl, "--program", name) for name in ("git", "wc", "curl", "wget", "x")] == [
        [1],
        [1],
        [2],
        [2],
        [],
    ]


def test_log_by_folder(writer: Writer, hitl: Hitl, folder: Path) -> None:
    """A folder stands for itself and for what is below it, not for one whose name only begins like it."""
    journal = writer.session()
    for place in (folder, folder / "inner", Path(f"{folder}-other"), folder.parent):
        writer.propose(journal, "ls", folder=str(place))
    assert numbers(hitl, "--folder", ".") == [1, 2]
    assert numbers(hitl, "--folder", "inner") == [2]
    assert numbers(hitl, "--folder", "/") == [1, 2, 3, 4]


def test_log_by_session(writer: Writer, hitl: Hitl) -> None:
    """A session is named by its id, or by how that begins."""
    first, second = writer.ended(["a"]).session, writer.ended(["b"]).session
    assert numbers(hitl, "--session", first) == [1]
    assert numbers(hitl, "--session", second[:7]) == [2]
    ended = hitl("log", "--session", "nothing")
    assert (ended.returncode, "No session id starts with 'nothing'" in ended.stderr) == (2, True)


def test_log_by_date(writer: Writer, hitl: Hitl, database: Callable[[], sqlite3.Connection]) -> None:
    """From and up to a date, a day, a time or an age; a whole day belongs to it."""
    writer.ended(["a", "b", "c"])
    connection = database()
    connection.execute(
        "UPDATE commands SET proposed_at = unixepoch('2026-03-01 12:00', 'utc') WHERE number = 1"
    )
    connection.execute("UPDATE commands SET proposed_at = unixepoch('now') - 2 * 86400 WHERE number = 2")
    assert numbers(hitl, "--since", "today") == [3]
    assert numbers(hitl, "--until", "yesterday") == [1, 2]
    assert numbers(hitl, "--since", "3 days") == [2, 3]
    assert numbers(hitl, "--since", "49h") == [2, 3]
    assert numbers(hitl, "--since", "47h", "--until", "0d") == [3]
    assert numbers(hitl, "--since", "2026-03-01", "--until", "2026-03-01") == [1]
    assert numbers(hitl, "--since", "2026-03-01T12:01", "--until", "3d") == []
    ended = hitl("log", "--since", "some day")
    assert (ended.returncode, "Invalid --since 'some day': expected a date" in ended.stderr) == (2, True)


def test_log_as_json(states: Writer, hitl: Hitl) -> None:
    """What programs may rely on: the version, and the names."""
    answer = json.loads(hitl("log", "--json", "-n", "1").stdout)
    assert answer["version"] == 1
    (command,) = answer["commands"]
    assert list(command) == [
        "number",
        "session",
        "run",
        "state",
        "proposed",
        "approved",
        "folder",
        "decided_by",
        "words",
        "exit_status",
        "proposed_at",
        "decided_at",
        "started_at",
        "finished_at",
        "duration",
        "ended_because",
        "edited",
        "own",
    ]
    assert (command["state"], command["words"], command["decided_by"]) == ("refused", "because", "person")


def test_nothing_that_is_stored_reaches_the_terminal_raw(writer: Writer, hitl: Hitl) -> None:
    """Control characters, and those that turn text around, are labels in every list."""
    journal = writer.session(HIDDEN, workflow=HIDDEN)
    number = writer.run(journal, HIDDEN, output=HIDDEN, ending=HIDDEN, notes=[HIDDEN])
    for arguments in (["log"], ["show", str(number)], ["sessions"]):
        shown = hitl(*arguments).stdout
        assert "⟦U+001B⟧[2J ⟦U+202E⟧# x" in shown
        assert not {"\x1b", "\u202e"} & set(shown)


def test_a_command_of_several_lines_is_one_line_of_the_log(writer: Writer, hitl: Hitl) -> None:
    """Its newlines are labels."""
    writer.ended(["cat <<E\nx\nE"])
    assert hitl("log").stdout.count("\n") == 1
    assert "cat <<E⟦newline⟧x⟦newline⟧E" in hitl("log").stdout


def test_show(writer: Writer, hitl: Hitl) -> None:
    """What was proposed and approved, by whom, with which words, how it ended and where its output is."""
    journal = writer.session()
    (number,) = writer.propose(journal, "rm -rf build")
    writer.decide(journal, number, text="rm -r build dist", words="dist as well")
    journal.start(number, 4321, 4320, "boot", "/logs/one.log")
    result = {"exit_status": 1, "duration": 75, "ending": "exit 1", "output": "no\n", "notes": ["masked"]}
    journal.finish(number, result, by="hitl", log="/logs/one.log")
    lines = [line.split(None, 1) for line in hitl("show", str(number)).stdout.splitlines()]
    shown = {name: " ".join(text) for name, *text in lines}
    assert shown["session"] == f"{journal.session}, run 1"
    assert shown["status"] == "finished, exit 1, after 1m15s"
    assert shown["proposed"].startswith("rm -rf build")
    assert shown["approved"].startswith("rm -r build dist")
    assert shown["difference"] == "rm -[-rf-]{+r+} build{+ dist+}"
    assert shown["decided"].startswith("by person")
    assert shown["comment"] == "dist as well"
    assert hitl("log").stdout.endswith("  rm -r build dist · comment: dist as well\n")
    assert shown["digest"].startswith("0" * 64)
    assert shown["started"].startswith("as process 4321")
    assert (shown["log"], shown["output"], shown["note"]) == ("/logs/one.log", "no", "masked")
    values = json.loads(hitl("show", str(number), "--json").stdout)
    assert (values["version"], values["command"]["edited"]) == (1, True)
    assert [each["kind"] for each in values["command"]["events"]] == [
        "proposed",
        "decided",
        "started",
        "finished",
    ]


@pytest.mark.parametrize("number", ["7", "0", "-1", "x", "9" * 30])
def test_show_what_there_is_not(writer: Writer, hitl: Hitl, number: str) -> None:
    """A number that no command has is a usage error, in words."""
    writer.ended()
    ended = hitl("show", "--", number)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)


def told(hitl: Hitl, *arguments: str) -> list[str]:
    """Return what `hitl sessions` says is the matter with each session."""
    return [each["told"] for each in json.loads(hitl("sessions", "--json", *arguments).stdout)["sessions"]]


def test_sessions_in_words(writer: Writer, states: Writer, hitl: Hitl) -> None:
    """What waits, what runs, what is not known, and what ended; the latest first."""
    writer.ended()
    broken = writer.session()
    broken.end_run("broken off", 130, [])
    broken.release()
    writer.session().release()
    writer.propose(writer.session(), "a", "b")
    assert told(hitl) == [
        f"open in process {os.getpid()}, 2 questions wait",
        "interrupted",
        "broken off",
        "finished",
        f"open in process {os.getpid()}, 1 question waits, 1 approved, not started, 2 running, 1 outcome unknown",
    ]
    line = hitl("sessions", "-n", "1").stdout
    assert line.count("\n") == 1
    assert line.rstrip().endswith("agent  tidy up")


def test_sessions_of_a_folder(writer: Writer, hitl: Hitl) -> None:
    """Those of this folder; with --all those of every one, which is named."""
    writer.ended(request="here")
    elsewhere = writer.session("there", folder="/elsewhere")
    elsewhere.end_run("finished", 0, [])
    assert [line.split()[-1] for line in hitl("sessions").stdout.splitlines()] == ["here"]
    assert "/elsewhere" in hitl("sessions", "--all").stdout
    assert len(told(hitl, "--all")) == 2


def test_without_a_journal(hitl: Hitl, state: Path) -> None:
    """Looking makes nothing."""
    for arguments in (["log"], ["sessions"], ["log", "--json"], ["prune", "--older-than", "1d"]):
        assert hitl(*arguments).returncode == 0
    assert not state.exists()


def test_export_can_be_verified_by_anybody(writer: Writer, hitl: Hitl, folder: Path) -> None:
    """By the rules of docs/journal.md alone; the file is the person's own, and no file is overwritten."""
    writer.ended(["echo caf\u00e9"])
    ended = hitl("log", "--export", "all.jsonl")
    assert ended.returncode == 0, ended.stderr
    file = folder / "all.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    first, *records = [json.loads(line) for line in file.read_text().splitlines()]
    assert (first["hitl_journal"], first["records"]) == (1, len(records))
    before = "0" * 64
    for at, record in enumerate(records, 1):
        content = hashlib.sha256(record["body"].encode()).hexdigest()
        values = [record["number"], record["time"], record["session"], record["kind"], content]
        digest = hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
        before = hashlib.sha256((before + digest).encode()).hexdigest()
        assert (record["number"], record["digest"], record["chain"]) == (at, digest, before)
    assert first["chain"] == before
    assert hitl("log", "--export", "-").stdout == file.read_text()
    again = hitl("log", "--export", "all.jsonl")
    assert (again.returncode, "was not changed" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["log", "--verify", "--program", "ls"],
        ["log", "--export", "x", "--verify"],
        ["log", "--expect", "x"],
        ["log", "--status", "done"],
        ["log", "-n", "0"],
        ["prune"],
        ["prune", "--older-than", "old"],
        ["prune", "--larger-than", "big"],
    ],
)
def test_options_that_cannot_be_meant(hitl: Hitl, arguments: list[str]) -> None:
    """They are refused."""
    assert hitl(*arguments).returncode == 2


FORM = """
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Size(HumanResponseEvent):
    count: int
    sure: bool
    names: list[str]

class Ask(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="How big?")

    @step
    async def end(self, ev: Size) -> StopEvent:
        return StopEvent()

workflow = Ask()
"""


def test_answer_to_a_form_is_readable(hitl: Hitl, person: Callable[..., Person], folder: Path) -> None:
    """It is a question with an answer, in words."""
    (folder / "form.py").write_text(FORM)
    at = person("run", "./form.py", "x")
    for name, text in (("count", "3"), ("sure", "yes"), ("names", "a, b")):
        at.sees(f"^{name}: ?$")
        if name == "count":
            assert hitl("show", "1").stdout.startswith("question    1\n")  # while it waits
        at.type(f"{text}\r")
    at.sees("^Enter send")
    at.type("\r")
    assert at.leaves() == 0
    shown = re.sub(" +", " ", hitl("show", "1").stdout)
    assert re.match(r"question 1\n(?s:.*)\nasked How big\?", shown), shown
    assert "\nanswer count: 3, sure: yes, names: a, b\n" in shown
