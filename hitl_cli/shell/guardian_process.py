"""The process of a guardian, as the program has it: its start, its control socket, and its end if it must be forced."""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

END = 3.0
"""Seconds in which a guardian has ended its command and itself; one that has not is killed, and all that it guards."""

_HERE = Path(__file__).parent
_MAIN = "import sys; sys.path += sys.argv[1:]; from guardian.main import main; main()"
_UNKILLABLE = 1.0  # seconds after which what is still there cannot be killed by this user
_LOOK = 0.02  # seconds between two looks at what is left


class GuardianProcess:
    """A guardian process that waits for its command. Starting one ahead of time saves the person waiting for it.

    `control` is the program's end of the socket between them; `session` is set to that of the command when known.
    """

    def __init__(self) -> None:
        """Start the process.

        Raises:
            OSError: The operating system would not.
        """
        self.session = 0
        self.control, theirs = socket.socketpair()
        try:
            # Nothing of the environment, no site-packages: it starts at once, and nobody's settings change it.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _MAIN, str(_HERE), _home_of_psutil()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
        except BaseException:
            self.control.close()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def dismiss(self) -> None:
        """Do without it, and with whatever it guards; nobody waits for that, but the program does not end before."""
        self.control.close()
        if self.is_ready:
            threading.Thread(target=self.finish, name="hitl-guardian").start()

    def finish(self) -> None:
        """Wait until it has ended, and kill what is left then of it and of what it guards."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process.wait(END) == 0:
                return
        self.kill()

    def kill(self) -> None:
        """Kill it, and before it everything that it guards."""
        import psutil

        give_up_at = time.monotonic() + _UNKILLABLE
        while (left := self._guarded()) and time.monotonic() < give_up_at:
            for each in left:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            time.sleep(_LOOK)
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_UNKILLABLE)

    def _guarded(self) -> "set[psutil.Process]":
        """Return what descends from it or from a process of the command's session, and such processes themselves."""
        import psutil

        found: set[psutil.Process] = set()
        with contextlib.suppress(psutil.Error):
            if self.is_ready:
                found.update(psutil.Process(self.pid).children(recursive=True))
        for each in psutil.process_iter() if self.session else ():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getsid(each.pid) == self.session:
                    found |= {each, *each.children(recursive=True)}
        return {each for each in found if _is_alive(each)}


def _is_alive(process: "psutil.Process") -> bool:
    import psutil

    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _home_of_psutil() -> str:
    found = importlib.util.find_spec("psutil")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""
