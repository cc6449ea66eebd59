"""Writes the log of a command that lives on after the program, secrets masked, as the program would have.

The command's guardian imports nothing of the package and writes what it reads to a file by its name. That name is here
the one of a pipe, from which a process of this module reads. What it needs, the secrets among it, comes on its standard
input: JSON with the names of `log` and `pipe`, the open file that reads from it as `source`, `secrets` by name, and
what of the output was `held` back, one character to a byte. Nobody waits for it: what it comes to late stays in the
pipe. It ends with the command's output.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.log import OutputLog
from hitl_cli.text.secrets.masking import Mask

_TAKING = 1.0  # seconds that the process may take to read what it needs, where a pipe does not hold all of it
_PIPE_SIZE = 1_048_576  # bytes that a pipe to it should hold, if the system has such pipes
_OPENING = 10  # seconds that the guardian may take to open its end
_READ_SIZE = 65_536


def keeper_of(log: Path, held: bytes, secrets: Mapping[str, str]) -> Path:
    """Start a process that writes to `log` what comes after `held`, without `secrets`; return where it reads.

    If there is no such process, that is where nothing is kept.
    """
    folder = None
    with contextlib.suppress(OSError):  # no processes or no room: the command itself does not need its log
        folder = Path(tempfile.mkdtemp(prefix="hitl-"))
        pipe = folder / "output"
        os.mkfifo(pipe, 0o600)
        source = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            wanted = {
                "log": str(log),
                "pipe": str(pipe),
                "source": source,
                "secrets": dict(secrets),
                "held": held.decode("latin-1"),
            }
            if _started(wanted, source):
                return pipe
        finally:
            os.close(source)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    return Path(os.devnull)


def _started(wanted: Mapping[str, object], source: int) -> bool:
    """Start the process, which has the open file `source`, and return whether it has `wanted`; if not, it is gone."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "hitl_cli.shell.keeper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path)},
        start_new_session=True,
        pass_fds=(source,),
    )
    assert process.stdin is not None
    with process.stdin as words:
        if _takes(words.fileno(), json.dumps(wanted).encode()):
            return True
    process.kill()
    return False


def _takes(pipe: int, data: bytes) -> bool:
    """Write `data` to `pipe`, and return whether it took all of it in time."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    os.set_blocking(pipe, False)
    deadline = time.monotonic() + _TAKING
    with contextlib.suppress(OSError):
        while data and select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))[1]:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(pipe, data) :]
    return not data


def main() -> None:
    """Do what standard input says."""
    wanted = json.load(sys.stdin.buffer)
    pipe, source = Path(wanted["pipe"]), wanted["source"]
    log = OutputLog.reopened(Path(wanted["log"]), Mask(wanted["secrets"]))
    log.write(wanted["held"].encode("latin-1"))
    _wait_for_writer(pipe)
    with contextlib.suppress(OSError):
        pipe.unlink()
        pipe.parent.rmdir()
    os.set_blocking(source, True)
    lines = Excerpt()
    while chunk := os.read(source, _READ_SIZE):
        log.write(lines.feed(chunk))
    log.close()


def _wait_for_writer(pipe: Path) -> None:
    """Wait until the guardian has opened `pipe`; one that does not was killed."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_OPENING)
    try:
        os.close(os.open(pipe, os.O_RDONLY))
    except TimeoutError:
        pass  # it may have come and gone already; what it wrote is there
    finally:
        signal.alarm(0)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
