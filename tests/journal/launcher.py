"""Runs the program with a scripted person and model, until it ends or is killed; see `tests.journal.killed`."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.forks import STARTUP, start

KILLED = -9
"""The status of a program that was killed."""


@dataclass(frozen=True)
class Kill:
    """Where a life of the program ends: at the n-th transaction, before its commit or `after` it.

    With `all_of_it`, its guardians die first and their reports are gone, as when the machine loses its power.
    """

    step: int = 0
    after: bool = False
    all_of_it: bool = False


def launch(
    home: Path,
    folder: Path,
    arguments: Sequence[str],
    script: Sequence[Sequence[str]],
    kill: Kill = Kill(),
    person: str = "approves",
    disk: Path | None = None,
) -> int:
    """Run the program to its end in `folder`; return its exit status, negative for a signal.

    With a `disk`, its state is there, and where it would be killed, that is full instead.
    """
    return launch_all(home, [folder], arguments, script, kill, person, disk)[0]


def launch_all(
    home: Path,
    folders: Sequence[Path],
    arguments: Sequence[str],
    script: Sequence[Sequence[str]],
    kill: Kill = Kill(),
    person: str = "approves",
    disk: Path | None = None,
) -> list[int]:
    """Run the program in all `folders` at once; see `launch`."""
    environment = {**STARTUP, "PATH": os.environ["PATH"], "HOME": str(home), "SHELL": "/bin/bash"}
    if disk:
        environment["XDG_STATE_HOME"] = str(disk)
    job = {
        "arguments": arguments,
        "script": script,
        "person": person,
        "step": kill.step,
        "after": kill.after,
        "guardians": kill.all_of_it,
        "fills": str(disk) if disk else "",
    }
    command = [sys.executable, "-m", "tests.journal.killed", json.dumps(job)]
    with open(os.devnull) as nothing, open(home / "output", "a") as output:
        streams = [nothing.fileno(), output.fileno(), output.fileno()]
        programs = [start(command, environment, folder, streams) for folder in folders]
    return [program.wait() for program in programs]
