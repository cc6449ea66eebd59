"""Who holds a session: a process that is known by more than its number, and a lock that is known by its file."""

import fcntl
import os
import subprocess
import time
from pathlib import Path

from hitl_cli.journal.owner import Process, SessionLock


def test_a_number_that_another_process_has_now() -> None:
    """A process is known by its start as well: who has the number of one that is gone is somebody else."""
    own = Process.current()
    assert own.is_alive
    assert not Process(own.pid, own.began - 60).is_alive
    assert not Process(2**31 - 1, own.began).is_alive
    with subprocess.Popen(["sleep", "60"]) as child:
        assert Process(child.pid, time.time()).is_alive
        child.kill()
        child.wait()
        assert not Process(child.pid, time.time()).is_alive


def test_lock_whose_file_is_gone(tmp_path: Path) -> None:
    """Who opened the file of a lock that was then let go and removed does not hold the session by it."""
    first, second = SessionLock(tmp_path, "1"), SessionLock(tmp_path, "1")
    assert first.take()
    opened = os.open(tmp_path / "locks" / "1", os.O_RDWR)
    assert not second.take()
    first.release()
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a lock of the file that has no name any more
    assert second.take()
    assert SessionLock(tmp_path, "1").is_taken
    os.close(opened)
    assert SessionLock(tmp_path, "1").is_taken
