"""A command that is sent to the background runs on; person and model know of it, and nobody forgets it."""

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.review.test_plain import number
from tests.shell.conftest import eventually, is_alive, marked
from tests.terminal import Person

At = Callable[..., Person]
ENTER, BACKGROUND = "\r", "\x1d"


def approve(at: Person) -> None:
    """Approve the proposal that is on the screen."""
    at.sees(r"Run this command\?", "Enter run")
    at.type(ENTER)


def test_the_conversation_continues_and_the_model_learns_the_end(
    person: At, model: ModelServer, folder: Path, hitl: Hitl
) -> None:
    """The key sends it away; the next turn tells how it ended, and what it printed."""
    model.reply(
        Calls.of(
            "echo begun; for i in $(seq 400); do test -e go && break; sleep 0.02; done; echo slept; exit 4"
        ),
        Text("It runs."),
        Text("It has ended."),
    )
    at = person("run", "agent")
    at.sees("^>$")
    at.type("start it\r")
    approve(at)
    at.sees("^begun")
    at.sees(r"running echo begun.* · Ctrl-\] background")
    at.type(BACKGROUND)
    at.sees(r"↷ running  echo begun.*", "job 1, in the background", r"It runs\.[^>]*^>$")
    (result,) = model.tool_results(1)
    assert "still running there as job 1" in result
    assert result.endswith("begun\n")
    at.type("and n")
    (folder / "go").touch()
    at.sees("✗ ran  echo begun", r"· exit 4 · [^>]*^┊ begun\n┊ slept\n[^>]*^> and n$")
    assert '"finished"' in hitl("log", "--json").stdout
    at.type("ow?\r")
    at.sees(r"It has ended\.[^>]*^>$")
    assert at.everything.count("✗ ran") == 1
    said = str(model.messages(2)[-1]["content"])
    assert "Background job 1 has ended: echo begun;" in said
    assert "Exit status: 4" in said
    assert "begun\nslept\n" in said
    assert said.endswith("and now?")
    at.type("\x04")
    assert at.leaves() == 0


def test_what_runs_there_is_shown_once_a_turn(person: At, model: ModelServer) -> None:
    """Not again at each question, unless another one was sent there."""
    model.reply(Calls.of("sleep 61.25"), Text("It runs."))
    model.reply(Calls.of("echo one"), Calls.of("sleep 62.25"), Calls.of("echo two"), Text("All done."))
    at = person("run", "agent")
    at.says("start it")
    approve(at)
    at.sees(r"running sleep 61.* Ctrl-\] background")
    at.type(BACKGROUND)
    at.sees(r"It runs\.[^>]*^>$")
    at.type("go on\r")
    at.approves("echo one")
    at.approves("sleep 62")
    at.sees(r"running sleep 62.* Ctrl-\] background")
    at.type(BACKGROUND)
    at.approves("echo two")
    at.sees(r"All done\.[^>]*^>$")
    told = re.findall("^job (.*)$", at.everything, re.MULTILINE)
    assert told == [
        "1, in the background: sleep 61.25",
        "1, in the background: sleep 61.25",
        "2, in the background: sleep 62.25",
    ]
    at.type("\x04")
    at.sees("Enter ends")
    at.type(ENTER)
    assert at.leaves() == 0


def test_who_is_elsewhere_is_called_at_its_end(person: At, model: ModelServer, folder: Path) -> None:
    """The bell rings when it ends at the prompt, and nobody types."""
    model.reply(Calls.of("for i in $(seq 400); do test -e go && break; sleep 0.02; done"), Text("It runs."))
    at = person("run", "agent", env={"HITL_NOTICE": "bell"})
    at.sees("^>$")
    at.type("start it\r")
    approve(at)
    at.sees(r"Ctrl-\] background")
    at.type(BACKGROUND)
    at.sees(r"It runs\.[^>]*^>$")
    (folder / "go").touch()
    at.sees(r"✓ ran  for i")
    at.waits(lambda: at.raw.endswith(b"\x07"), "to hear the bell")
    at.type("\x04")
    assert at.leaves() == 0


def test_plain_lines_tell_the_end_and_ask_again(person: At, model: ModelServer, folder: Path) -> None:
    """The prompt comes again under what ended."""
    model.reply(Calls.of("for i in $(seq 400); do test -e go && break; sleep 0.02; done"), Text("It runs."))
    at = person("run", "agent", "--plain")
    at.sees("What do you want")
    at.type("start it\r")
    at.sees("Your answer:")
    at.type(f"{number(at)}\r")
    at.reads(1)
    at.type(BACKGROUND)
    at.sees(r"(?s)It runs\..*What do you want\? Ctrl-D leaves:$")
    (folder / "go").touch()
    at.sees(r"(?s)✓ ran  for i.*What do you want\? Ctrl-D leaves:$")
    at.type("\x04")
    assert at.leaves() == 0


@pytest.mark.parametrize("key", [ENTER, "\x03"])
def test_nothing_is_left_when_the_session_ends(person: At, model: ModelServer, hitl: Hitl, key: str) -> None:
    """At the end the person is asked; Enter and Ctrl-C end what still runs.

    Esc, with nothing to go back to, ends nothing.
    """
    sleep = f"sleep 71.2{ord(key)}"
    model.reply(Text(sleep))
    at = person("run", "custom", "x")
    approve(at)
    at.sees("running sleep")
    at.type(BACKGROUND)
    at.sees(f"still running in the background: {sleep}", "^Enter ends it · k keeps it running$")
    at.type("\x1b")
    at.reads(0.5)
    assert marked(sleep)
    at.type(key)
    assert at.leaves() == 0
    assert f"ended: {sleep}" in at.screen
    assert marked(sleep) == []
    (logged,) = json.loads(hitl("log", "--json").stdout)["commands"]
    assert (logged["state"], logged["exit_status"]) == ("finished", 130)


@pytest.mark.parametrize(("plain", "back"), [(False, "\x1b"), (True, "b\r")])
def test_who_did_not_mean_to_leave_goes_back(person: At, model: ModelServer, plain: bool, back: str) -> None:
    """If the conversation can continue, Esc continues it, and background commands keep running."""
    sleep = f"sleep 71.5{int(plain)}"
    model.reply(Calls.of(sleep), Text("It runs."), Text("Still here."))
    at = person("run", "agent", *["--plain"] * plain)
    prompt = "What do you want" if plain else "^>$"
    at.sees(prompt)
    at.type("start it\r")
    at.sees("Your answer:" if plain else "Enter run")
    at.type(f"{number(at)}\r" if plain else ENTER)
    at.sees("running sleep")
    at.type(BACKGROUND)
    at.sees(rf"(?s)It runs\..*{prompt}")
    at.type("\x04")
    at.sees("b: goes back" if plain else "Enter ends it · k keeps it running · Esc goes back")
    at.type(back)
    at.sees(rf"(?s)It runs\..*still running.*{prompt}")
    assert marked(sleep)
    at.type("and now?\r")
    at.sees(rf"(?s)Still here\..*{prompt}")
    at.type("\x04")
    at.sees(r"(?s)Still here\..*ends it")
    at.type(f"{number(at)}\r" if plain else ENTER)
    assert at.leaves() == 0
    assert f"ended: {sleep}" in at.screen
    assert marked(sleep) == []


def test_the_person_may_keep_it(person: At, model: ModelServer, folder: Path) -> None:
    """With k it lives on after the program, and what it prints still goes to its log."""
    model.reply(
        Text(
            "echo begun; for i in $(seq 400); do test -e leave && break; sleep 0.02; done; echo late; touch ended"
        )
    )
    at = person("run", "custom", "x")
    leave_running(at, "echo begun")
    assert marked("test -e leave")
    (folder / "leave").touch()
    assert eventually(lambda: not marked("test -e leave"))
    assert (folder / "ended").exists()
    (log,) = (folder.parent / "home").rglob("output/*.log")
    assert eventually(lambda: log.read_text().split() == ["begun", "late"])


def leave_running(at: Person, command: str) -> None:
    """Approve `command`, send it to the background, and keep it there at the end of the session."""
    approve(at)
    at.sees(f"running {command}")
    at.type(BACKGROUND)
    at.sees("k keeps it running")
    at.type("k")
    assert at.leaves() == 0


WAITS = "for i in $(seq 1500); do test -e go && break; sleep 0.02; done"


@pytest.fixture
def kept(person: At, model: ModelServer, folder: Path, tmp_path: Path) -> Callable[[str, str], None]:
    """Leave a command in the background that prints, and says so, when there is a file `go`.

    What writes its log first does something, in Python.
    """

    def leave(prints: str, does: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(
            f"import sys\nif 'hitl_cli.shell.detached_log' in sys.orig_argv:\n    import os, time\n    {does}\n"
        )
        model.reply(Text(f"echo begun; {WAITS}; {prints}; touch ended"))
        at = person("run", "custom", "x", env={"PYTHONPATH": str(tmp_path)}, cold=True)
        leave_running(at, "echo begun")
        (folder / "go").touch()

    return leave


def test_leaving_does_not_wait_for_what_writes_the_log(
    kept: Callable[[str, str], None], folder: Path
) -> None:
    """It may come late, also after the end of the command, and nothing is lost."""
    hangs = folder / "hangs"
    hangs.touch()
    kept("echo late", f"while os.path.exists({str(hangs)!r}): time.sleep(0.02)")
    assert eventually((folder / "ended").exists)
    hangs.unlink()
    (log,) = (folder.parent / "home").rglob("output/*.log")
    assert eventually(lambda: log.read_text().split() == ["begun", "late"])


@pytest.mark.parametrize("fails", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_command_lives_on_without_what_writes_the_log(
    kept: Callable[[str, str], None], folder: Path, fails: bool
) -> None:
    """Whether that ends at once or takes nothing, however much is printed."""
    hangs = folder / "hangs"
    hangs.touch()
    does = "sys.exit()" if fails else f"while os.path.exists({str(hangs)!r}): time.sleep(0.02)"
    kept("head -c 300000 /dev/zero | tr '\\0' x", does)
    assert eventually((folder / "ended").exists)


def log_processes_of(log: Path) -> list[psutil.Process]:
    """Return the processes of the program that have `log` open."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_log_process = "hitl_cli.shell.detached_log" in process.cmdline()
            if is_log_process and str(log) in [file.path for file in process.open_files()]:
                found.append(process)
    return found


def test_secrets_are_masked_in_the_log_of_what_is_kept(person: At, model: ModelServer, folder: Path) -> None:
    """Those printed after the program has gone, too, and one that was being printed when it went."""
    model.reply(
        Text(
            'printf "begun %s" "${DEPLOY_TOKEN:0:9}"; '
            "for i in $(seq 1500); do test -e leave && break; sleep 0.02; done; "
            'printf "%s\\n" "${DEPLOY_TOKEN:9}"; printf "again %s" "$DEPLOY_TOKEN"; printf "\\nrest"; touch ended'
        )
    )
    at = person("run", "custom", "x", env={"DEPLOY_TOKEN": "correct-horse-battery"})
    approve(at)
    at.sees("begun correct-h")
    at.type(BACKGROUND)
    at.sees("k keeps it running")
    at.type("k")
    assert at.leaves() == 0
    (log,) = (folder.parent / "home").rglob("output/*.log")
    assert eventually(lambda: log_processes_of(log))
    (log_process,) = log_processes_of(log)
    assert "correct-horse-battery" not in f"{log_process.cmdline()} {log_process.environ()}"
    (folder / "leave").touch()
    assert eventually(lambda: log.read_bytes().endswith(b"rest"))
    assert log.read_bytes() == b"begun [DEPLOY_TOKEN: masked]\nagain [DEPLOY_TOKEN: masked]\nrest"
    assert eventually(lambda: not is_alive(log_process))
