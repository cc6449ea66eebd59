"""The program's handle on a guardian process: starts it, holds its control socket, and kills it if necessary."""

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

from hitl_cli.shell.guardian.messages import framed, to_text

if TYPE_CHECKING:
    import psutil

END = 3.0
"""Timeout in seconds for a guardian to end its command and itself; after it, both are killed."""

_HERE = Path(__file__).parent
_MAIN = "import sys; sys.path += sys.argv[1:]; from guardian.main import main; main()"
_UNKILLABLE = 1.0  # seconds after SIGKILL; what still runs then cannot be killed by this user
_POLL_INTERVAL = 0.02  # seconds between two polls of what still runs


class GuardianProcess:
    """A guardian process that waits for its command. It can be started ahead of time, so that commands start faster.

    `control` is the program's end of the socket pair; `session` is the session id of the command once that is known.
    """

    def __init__(self) -> None:
        """Start the process.

        Raises:
            OSError: The operating system refused.
        """
        self.session = 0
        self.control, theirs = socket.socketpair()
        try:
            # No environment and no site-packages: it starts fast, and no settings affect it.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _MAIN, str(_HERE), _psutil_folder()],
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
        """Its process id."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    def watch_question(self, terminal: int, repair: bytes) -> None:
        """Have it write `repair` to the terminal with this descriptor if the program dies at a question."""
        with contextlib.suppress(OSError):
            message = framed({"is": "asking", "repair": to_text(repair)})
            socket.send_fds(self.control, [message], [terminal])

    def end_question(self) -> None:
        """Tell it that the question has ended."""
        with contextlib.suppress(OSError):
            self.control.sendall(framed({"is": "asked"}))

    def dismiss(self) -> None:
        """End it and its command in a non-daemon thread: the caller does not wait, but the program's exit does."""
        self.control.close()
        if self.is_ready:
            threading.Thread(target=self.finish, name="hitl-guardian").start()

    def finish(self) -> None:
        """Wait until it has ended; after the timeout, kill it and everything that it guards."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process.wait(END) == 0:
                return
        self.kill()

    def kill(self) -> None:
        """Kill everything that it guards, then the guardian itself."""
        import psutil

        give_up_at = time.monotonic() + _UNKILLABLE
        while (left := self._guarded_processes()) and time.monotonic() < give_up_at:
            for each in left:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            time.sleep(_POLL_INTERVAL)
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_UNKILLABLE)

    def _guarded_processes(self) -> "set[psutil.Process]":
        """Return its descendants, and the processes of the command's session with their descendants."""
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


def _psutil_folder() -> str:
    found = importlib.util.find_spec("psutil")
    return str(Path(found.origin).parent.parent) if found and found.origin else ""
