"""What tests of unfinished sessions need: processes that are killed, the journal, and keys at single questions."""

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from tests.terminal import PATIENCE, Person

At = Callable[..., Person]

ESC, ENTER, CTRL_C, CTRL_D, CTRL_U = "\x1b", "\r", "\x03", "\x04", "\x15"
HOW_TO_CONTINUE = r"hitl resume [0-9a-f]{8}"


def journal(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return what the journal of the person who works in `folder` answers to `query`."""
    (file,) = folder.parent.rglob("journal.db")
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query, values).fetchall()


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill(*processes: psutil.Process) -> None:
    """Kill processes at once, and wait until they are gone."""
    for process in processes:
        process.suspend()
    for process in processes:
        process.kill()
    wait_until(lambda: all(is_gone(each) for each in processes))


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, though its parent may not know yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def guardians_of(at: Person) -> list[psutil.Process]:
    """Return the processes between the program and the command that runs."""
    below = psutil.Process(at.pid).children(recursive=True)
    shell = next(each for each in below if each.name() == "bash")  # those below it are its own
    between = shell.parents()
    return between[: between.index(psutil.Process(at.pid))]


def presses(at: Person, key: str) -> None:
    """Press one key at a question that is answered by one."""
    at.sees("leave it open|y continue")
    at.type(key)


def plain(at: Person) -> str:
    """Return all that was seen, in one line."""
    return re.sub(r"\s+", " ", at.everything)
