"""Writes the log of a command that lives on after the program, secrets masked, as the program would have.

The command's guardian imports nothing of the package and writes what it reads to a file by its name. That name is here
the one of a pipe, from which a process of this module reads. What it needs, the secrets among it, comes on its standard
input: a line of JSON with the names of `log` and `pipe`, `secrets` by name, and what of the output was `held` back, one
character to a byte. It answers with a line when it listens, and ends with the command's output.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.log import OutputLog
from hitl_cli.text.masking import Mask

_START = 10.0  # seconds that the process may take to listen
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
        wanted = {
            "log": str(log),
            "pipe": str(pipe),
            "secrets": dict(secrets),
            "held": held.decode("latin-1"),
        }
        if _listens(wanted):
            return pipe
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    return Path(os.devnull)


def _listens(wanted: Mapping[str, object]) -> bool:
    """Start the process, and return whether it listens; if it does not, it is no more."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "hitl_cli.shell.keeper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path)},
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):
        with process.stdin as words:
            words.write(json.dumps(wanted).encode())
        if select.select([process.stdout], [], [], _START)[0] and process.stdout.readline():
            return True
    process.kill()
    return False


def main() -> None:
    """Do what standard input says."""
    wanted = json.load(sys.stdin.buffer)
    pipe = Path(wanted["pipe"])
    source = os.open(
        pipe, os.O_RDONLY | os.O_NONBLOCK
    )  # does not wait for the guardian, which waits for this
    log = OutputLog.reopened(Path(wanted["log"]), Mask(wanted["secrets"]))
    log.write(wanted["held"].encode("latin-1"))
    sys.stdout.write("listening\n")
    sys.stdout.flush()
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
