"""The guardian of a command at a terminal: what happens when it, the program or both are killed or stopped."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hitl_cli.shell.guardian.messages import framed
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.launch import LENGTH, Launch, send_start
from tests.shell.conftest import AtTerminal, eventually, is_alive, marked
from tests.shell.emulated import EmulatedTerminal

At = Callable[..., AtTerminal]
_SLOWNESS = 3  # how many times as long as it should something may take on a busy machine


def guardians_of(at: AtTerminal) -> list[psutil.Process]:
    """Return the watchdog and the guardian of the running command."""
    watchdogs = [each for each in at.program.children() if each.name() == "hitl-guardian"]
    return watchdogs + [each for watchdog in watchdogs for each in watchdog.children()]


def settled_after(output: bytes) -> dict[str, object]:
    """Return the state of a fresh terminal after `output`."""
    terminal = EmulatedTerminal()
    terminal.feed(output)
    return terminal.settled


@pytest.mark.parametrize("guardian_first", [True, False])
def test_the_last_watcher_repairs_the_terminal(at_terminal: At, guardian_first: bool) -> None:
    """After kill -9 of the program and of its guardian nothing is left, and the terminal is as before."""
    draw = r"printf 'text\033[?1049h\033[?25l\033[?1003h\033[4h\033[5;10r\033[?6h\033[=8;1u\033]11;red\007'"
    # Without a parent, the kernel hangs the terminal up at once, and may discard what was written last.
    at = at_terminal(f"{draw}; stty raw -echo; printf st''arted; sleep 77.25", has_parent=True)
    before = at.line_settings()
    at.waits(lambda: b"started" in at.raw, "for the command")
    _, guardian = guardians_of(at)
    if guardian_first:
        guardian.kill()
        at.waits(lambda: not marked("77.25"), "for the end of the command")
    at.program.kill()
    if not guardian_first:
        guardian.kill()
    assert b"\x1b[?1049h" in at.raw
    at.waits(lambda: settled_after(at.raw) == settled_after(b""), "for the terminal as it was")
    assert eventually(lambda: at.line_settings() == before, 3.0)
    assert eventually(lambda: not marked("77.25"), 3.0)


def test_the_guardian_writes_down_how_it_ended(at_terminal: At, folder: Path) -> None:
    """How a command ended is on record also when the program did not live to see it."""
    at = at_terminal("echo go; sleep 30")
    at.sees("^go$")
    at.signal(signal.SIGKILL)
    assert eventually(lambda: (folder / "report").exists() and (folder / "report").read_text().endswith("\n"))
    report = json.loads((folder / "report").read_text())
    assert report["status"] in (130, 143, 137)
    assert report["alone"]


@pytest.mark.parametrize(
    ("killed", "mark"), [(slice(0, 1), "66.25"), (slice(1, 2), "66.5"), (slice(0, 2), "66.75")]
)
def test_a_killed_guardian_takes_the_command_with_it(at_terminal: At, killed: slice, mark: str) -> None:
    """Whether watchdog, guardian or both are killed, a command does not run on, and the program says so."""
    at = at_terminal(f"sleep {mark} & sleep {mark}; true")
    assert eventually(lambda: len(marked(f"sleep {mark}")) >= 2)
    for each in guardians_of(at)[killed]:
        each.kill()
    assert at.result()["exit_status"] == 137
    assert eventually(lambda: not marked(mark))


@pytest.mark.parametrize(
    ("kill", "mark"), [("kill -9 $PPID", "73.25"), ("kill -9 $(ps -o ppid= -p $PPID)", "73.5")]
)
def test_a_command_that_kills_its_guardian_leaves_nothing(at_terminal: At, kill: str, mark: str) -> None:
    """Also what has a session of its own is ended then."""
    leave = f"(trap '' HUP TERM; setsid sleep {mark} & setsid -f sleep {mark})"
    at = at_terminal(f"{leave}; echo up; sleep 0.2; {kill}; sleep 20")
    result = at.result()
    assert result["exit_status"] == 137
    assert result["output"].startswith("up\n")  # the shell may still say that its child was killed
    assert marked(mark) == []


def test_the_end_of_the_program_just_after_go_ends_the_command(folder: Path) -> None:
    """The guardian can no longer say that the command has started, and notes by that that it is alone."""
    guardian = GuardianProcess()
    launch = Launch("/bin/sh", ["-c", "sleep 72.25; sleep 72.25"], folder, os.environ)
    message = framed(launch.message())
    output, _ = send_start(guardian, launch, message)
    guardian.control.sendall(message[LENGTH:])
    assert b"ready" in guardian.control.recv(10_000)
    guardian.control.sendall(framed({"is": "go"}))
    guardian.control.close()
    os.close(output)
    try:
        assert eventually(lambda: not guardian.is_ready)
        assert not marked("72.25")
    finally:
        guardian.kill()


def test_what_is_meant_for_other_programs_does_not_hit_the_guardian(at_terminal: At) -> None:
    """A guardian is not called like the program that runs it, so that ending that by name leaves it alone."""
    at = at_terminal("ps -o comm= -p $PPID; ps -o comm= -p $(ps -o ppid= -p $PPID)")
    assert at.result()["output"] == "hitl-guardian\n" * 2


def test_a_command_that_stops_its_guardian_is_ended_like_any_other(at_terminal: At) -> None:
    """The guardian is continued at once, and says how the command ended."""
    at = at_terminal("kill -STOP $PPID; echo stopped; sleep 74.25", "echo next")
    at.sees("^stopped")
    # A shell that is just starting a program may lose a Ctrl-C.
    assert eventually(lambda: any(each.name() == "sleep" for each in marked("74.25")))
    at.type("\x03")
    first, second = at.results()
    assert first["exit_status"] == 130
    assert second["output"] == "next\n"


def stops_all(mark: str) -> str:
    """Return a command that stops its guardian and its watchdog, and ignores signals."""
    stop = "kill -STOP $(ps -o ppid= -p $PPID) $PPID; echo stopped"
    return f"{stop}; trap '' INT TERM; sleep {mark}; sleep {mark}"


def test_a_guardian_that_does_not_answer_is_ended_with_its_command(at_terminal: At) -> None:
    """Two Ctrl-C end a command with whatever it has stopped, and the program continues."""
    at = at_terminal(stops_all("75.25"), "echo next")
    at.sees("^stopped")
    guardians = guardians_of(at)
    at.type("\x03")
    pressed_at = time.monotonic()
    at.type("\x03")
    first, second = at.results()
    assert first["exit_status"] == 130
    assert first["stopped"]
    assert second["output"] == "next\n"
    assert time.monotonic() - pressed_at < 3 * _SLOWNESS
    assert marked("75.25") == []
    assert eventually(lambda: not any(map(is_alive, guardians)))


def test_a_guardian_that_does_not_answer_does_not_outlive_the_program(at_terminal: At) -> None:
    """A program that ends takes with it what a command has stopped, or continues it if it was killed."""
    for number in (signal.SIGINT, signal.SIGKILL):
        at = at_terminal(stops_all("75.5"))
        at.sees("^stopped")
        assert eventually(lambda: marked("75.5"))
        guardians = guardians_of(at)
        at.signal(number)
        at.leaves()
        assert eventually(lambda: not marked("75.5"))
        assert eventually(lambda: not any(map(is_alive, guardians)))  # noqa: B023
