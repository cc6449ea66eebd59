"""Starts the program in forks of a process that has loaded what it needs."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
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


class Launcher:
    """A process that has loaded what the program needs; see `tests.journal.killed`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journal.killed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(
        self,
        home: Path,
        folder: Path,
        arguments: Sequence[str],
        script: Sequence[Sequence[str]],
        kill: Kill = Kill(),
        person: str = "approves",
    ) -> int:
        """Run the program to its end in `folder`; return its exit status, negative for a signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {
            "folder": str(folder),
            "environment": {"PATH": os.environ["PATH"], "HOME": str(home), "SHELL": "/bin/bash"},
            "arguments": arguments,
            "script": script,
            "person": person,
            "step": kill.step,
            "after": kill.after,
            "guardians": kill.all_of_it,
        }
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()
