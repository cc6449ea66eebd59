"""Ctrl-C, end of input and hang-up, at each moment."""

import json
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import HITL, Hitl
from tests.model_server import Calls, Hang, ModelServer, Text
from tests.shell.conftest import eventually, is_alive
from tests.terminal import Person

At = Callable[..., Person]
ROOT = Path(__file__).parents[1]

ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"


def test_ctrl_c_while_loading(person: At) -> None:
    """The program ends at once, and says so with its status."""
    at = person("run", "agent", "x", cold=True, env={"HITL_EARLY_REQUEST": "off"})
    at.sees("loading agent")
    at.type(CTRL_C)
    assert at.leaves() == 130
    assert "Traceback" not in at.everything


def test_keys_while_loading_leave_no_trace(person: At, model: ModelServer, folder: Path) -> None:
    """They are not shown, they decide nothing, and the spinner is gone; the terminal is as it was afterwards."""
    waits = "import time\nfrom pathlib import Path\nwhile not Path('go').exists():\n    time.sleep(0.01)\n"
    for name in ("custom_workflow.py", "events.py"):
        (folder / name).write_text((waits if name[0] == "c" else "") + (ROOT / name).read_text())
    model.reply(*[Text("echo made > made")] * 2)
    (folder / "go").touch()
    first = person("run", "./custom_workflow.py", "x")
    first.sees("all keys")
    assert not first.echoes
    first.type(CTRL_D)
    assert first.leaves() == 75
    assert first.echoes
    for arguments in (["run", "./custom_workflow.py", "x"], ["resume"]):
        (folder / "go").unlink()
        at = person(*arguments)
        at.sees("loading .*custom_workflow.py")
        assert not at.echoes
        at.type_at_once("early\r\x1b\r\x04")
        (folder / "go").touch()
        at.sees(r"^\$ echo made > made$", "all keys")
        assert "loading" not in at.everything
        assert "early" not in at.everything
        assert "^[" not in at.everything
        at.type(CTRL_D)
        assert at.leaves() == 75
        assert at.echoes
    assert not (folder / "made").exists()


def test_editor_has_a_terminal_that_shows_keys(person: At, model: ModelServer, tmp_path: Path) -> None:
    """One that reads lines, too; and so has a command."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "line: "; read line; echo "$line" > "$1"\n')
    editor.chmod(0o755)
    model.reply(Text("true"))
    at = person("run", "custom", "x", env={"VISUAL": str(editor)})
    at.sees("all keys")
    at.type("\x1b[17~")
    at.sees("^line:$")
    at.type("read answer")
    at.sees("^line: read answer$")
    at.type("\r")
    at.sees(r"^\$ read answer$", "all keys")
    at.type(ENTER)
    at.sees("running read answer")
    at.type("seen by all")
    at.sees("^seen by all")
    at.type("\r")
    assert at.leaves() == 0


def test_ctrl_c_in_an_editor_that_reads_no_keys_ends_only_that(
    person: At, model: ModelServer, tmp_path: Path, folder: Path
) -> None:
    """The question comes back as it was, and what it runs is run by its workflow."""
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho opened\nsleep 60\n")
    editor.chmod(0o755)
    model.reply(Text("touch made"))
    at = person("run", "custom", "x", env={"VISUAL": str(editor)})
    at.sees(r"\$ touch made")
    at.type("2\x1b[17~")
    at.sees("^opened")
    at.type(CTRL_C)
    at.sees(r"editor was interrupted; the line\s+did\s+not\s+change", r"^\$ touch made2$", "Enter run")
    at.type(ENTER)
    assert at.leaves() == 0
    assert [path.name for path in folder.iterdir()] == ["made2"]


def test_ctrl_c_while_the_model_thinks(person: At, model: ModelServer) -> None:
    """The request is given up."""
    model.reply(Hang())
    at = person("run", "custom", "x")
    at.sees("waiting for scripted · [1-9] s")
    at.type(CTRL_C)
    assert at.leaves() == 130
    assert "Stopped; nothing more was run." in at.screen


def test_ctrl_c_while_the_model_speaks_keeps_what_it_said(person: At, model: ModelServer) -> None:
    """What the model has said so far stays on the screen."""
    model.reply(Hang("I was about to say"))
    at = person("run", "agent", "x")
    at.sees("I was about to say", "waiting for scripted")
    at.type(CTRL_C)
    assert at.leaves() == 130
    assert "I was about to say" in at.screen


def test_ctrl_c_in_a_command_ends_the_command_only(person: At, model: ModelServer) -> None:
    """The agent continues, and its model is told."""
    model.reply(Calls.of("sleep 77; echo never"), Text("It was stopped."))
    at = person("run", "agent", "x")
    at.approves("sleep 77")
    at.sees("running sleep 77")
    at.type(CTRL_C)
    assert at.leaves() == 0
    assert "ended by SIGINT (130)" in at.everything
    assert "It was stopped." in at.everything
    assert "130" in model.tool_results()[0]


def test_ctrl_c_counts_where_a_command_changed_the_notation_of_keys(person: At, model: ModelServer) -> None:
    """A program that reads whole lines understands no other; a release of the key is none."""
    model.reply(Text("printf '\\033[=8;1u'; echo ready; sleep 77"))
    at = person("run", "custom", "x")
    at.approves("printf")
    at.sees("uready")
    at.type("\x1b[99;5u\x1b[99;5:3u")
    assert at.leaves() == 130


def test_second_ctrl_c_ends_a_command_that_ignores_the_first(person: At, model: ModelServer) -> None:
    """INT, TERM, KILL: nothing outlives it."""
    model.reply(Text("trap '' INT TERM; echo stubborn; while :; do sleep 0.1; done"))
    at = person("run", "custom", "x")
    at.approves("trap")
    at.sees("^stubborn|\nstubborn")
    at.type(CTRL_C)
    at.sees("press Ctrl-C again to end it")
    at.type(CTRL_C)
    assert at.leaves() == 130


def test_interrupt_from_outside_at_the_question_rejects(person: At, model: ModelServer, folder: Path) -> None:
    """`kill -INT` does what Ctrl-C does."""
    model.reply(Text("touch made"))
    at = person("run", "custom", "x")
    at.sees(r"\$ touch made")
    at.signal(signal.SIGINT)
    at.sees(r"Why not")
    at.type(ENTER)
    assert at.leaves() == 77
    assert list(folder.iterdir()) == []


def test_end_of_input_at_the_question(person: At, model: ModelServer, folder: Path) -> None:
    """Ctrl-D runs nothing, and the status says that a decision is missing."""
    model.reply(Calls.of("touch made"))
    at = person("run", "agent", "x")
    at.sees(r"\$ touch made")
    at.type(CTRL_D)
    assert at.leaves() == 75
    assert "hitl: Stopped; nothing ran. The question is saved. Continue with:" in at.screen
    assert list(folder.iterdir()) == []


def test_end_of_input_at_the_first_of_two_questions(person: At, model: ModelServer, folder: Path) -> None:
    """Neither runs."""
    model.reply(Calls.of("touch made", "touch another"))
    at = person("run", "agent", "x")
    at.sees(r"\$ touch made", "1 of 2")
    at.type(CTRL_D)
    assert at.leaves() == 75
    assert "hitl: Stopped; nothing ran. The question is saved. Continue with:" in at.screen
    assert list(folder.iterdir()) == []


def test_window_closed_at_the_question(person: At, model: ModelServer, folder: Path) -> None:
    """When the terminal is gone nothing runs, and the program ends."""
    model.reply(Text("touch made"))
    at = person("run", "custom", "x")
    at.sees(r"\$ touch made")
    assert at.hang_up() == 129
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["sleep 77; echo no", "trap 'exit 0' INT; sleep 77 & wait"])
def test_window_closed_while_a_command_runs(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, command: str
) -> None:
    """The command ends with the program; the model, the log and the resumed session say that the person did not."""
    model.reply(Calls.of(f"echo $$ > pid; {command}"), Calls.of("touch made"), Text("Done."))
    at = person("run", "agent", "x")
    at.approves("echo")
    at.sees("running echo")
    assert at.hang_up() == 129
    assert not psutil.pid_exists(int((folder / "pid").read_text()))
    why = "ended by hitl when the terminal was closed"
    assert f" {why} " in hitl("log").stdout.splitlines()[0]
    assert f"finished, {why}" in hitl("show", "1").stdout
    assert (
        json.loads(hitl("log", "--json").stdout)["commands"][0]["ended_because"] == "the terminal was closed"
    )
    again = person("resume", columns=120)
    again.sees(r"^Session .*\nEnded by hitl when the terminal was closed: echo", r"\$ touch made$")
    (result,) = model.tool_results(1)
    assert why in result
    assert "by the person" not in result
    again.type(ENTER)
    assert again.leaves() == 0


def test_hang_up_while_a_command_runs_in_the_background(person: At, hitl: Hitl, model: ModelServer) -> None:
    """It is ended, too, and the next program says so."""
    model.reply(Calls.of("sleep 77.5"), Text("It runs."))
    at = person("run", "agent")
    at.says("x")
    at.approves("sleep")
    at.sees("running sleep")
    at.type("\x1d")
    at.sees(r"It runs\.[^>]*^>$")
    assert at.hang_up() == 129
    again = person("resume", columns=120)
    again.sees(r"^Session .*\nEnded by hitl when the terminal was closed: sleep 77.5$", "^>$")
    again.type(CTRL_D)
    assert again.leaves() == 0


def test_hang_up_at_the_question(person: At, model: ModelServer, folder: Path) -> None:
    """SIGHUP alone does the same."""
    model.reply(Text("touch made"))
    at = person("run", "custom", "x")
    at.sees(r"\$ touch made")
    at.signal(signal.SIGHUP)
    assert at.leaves() == 129
    assert list(folder.iterdir()) == []


def test_termination_ends_the_command_too(person: At, hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """SIGTERM leaves no process behind, and how the command ended is on record."""
    model.reply(Text("echo $$ > pid; sleep 77"))
    at = person("run", "custom", "x")
    at.approves("echo")
    at.sees("running echo")
    at.signal(signal.SIGTERM)
    assert at.leaves() == 143
    assert not psutil.pid_exists(int((folder / "pid").read_text()))
    shown = hitl("show", "1").stdout
    assert "status      finished, ended by hitl when hitl was ended by SIGTERM" in shown


def test_termination_ends_what_a_command_has_stopped(person: At, model: ModelServer, folder: Path) -> None:
    """Also a command that stopped the processes that would end it does not outlive the program."""
    stop = "kill -STOP $(ps -o ppid= -p $PPID) $PPID"
    model.reply(Text(f"echo $PPID $$ > pids; {stop}; echo stopped; sleep 77; sleep 77"))
    at = person("run", "custom", "x")
    at.sees(r"\$ echo")
    at.type(ENTER)
    at.sees("^stopped")
    at.signal(signal.SIGTERM)
    processes = [psutil.Process(int(each)) for each in (folder / "pids").read_text().split()]
    assert at.leaves() == 143
    assert eventually(lambda: not any(map(is_alive, processes)))


def test_terminal_closed_without_a_signal(
    person: At, environment: dict[str, str], model: ModelServer, folder: Path
) -> None:
    """Where a shell keeps the hang-up to itself, the closed terminal alone ends the command, and is the reason."""
    model.reply(Calls.of("sleep 77.25; echo no"), Calls.of("touch made"), Text("Done."))
    at = Person(
        ["/bin/bash", "-c", f"trap '' HUP; {shlex.join(HITL)} run agent x; true"], environment, folder
    )
    at.approves("sleep")
    at.sees("running sleep")
    at.hang_up()
    again = person("resume", columns=120)
    again.sees(
        r"^Session .*\nEnded by hitl when the terminal was closed: sleep 77.25; echo no$", r"\$ touch made$"
    )
    assert "ended by hitl when the terminal was closed" in model.tool_results(1)[0]
    again.type(ENTER)
    assert again.leaves() == 0
