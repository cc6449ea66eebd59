"""A process that writes the masked log of a command that outlives the program.

The command's guardian imports nothing from the package, so it cannot mask; it writes the output to a named pipe, and
this process reads the pipe. The process gets its parameters, including the secrets, on standard input: JSON with the
paths `log` and `pipe`, the descriptor `source` that reads from the pipe, `secrets` by name, and the buffered output
`held`, one character for each byte. It ends when the command's output ends.
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

_READ_TIMEOUT = (
    1.0  # seconds; timeout for the process to read its parameters, if they do not fit into the pipe
)
_PIPE_SIZE = 1_048_576  # bytes; buffer of the pipe to the process, if the system allows it
_OPEN_TIMEOUT = 10  # seconds; timeout for the guardian to open its end
_READ_SIZE = 65_536


def start_detached_log(log: Path, held: bytes, secrets: Mapping[str, str]) -> Path:
    """Start a process that continues `log`, first with `held`, and masks `secrets`; return the path of its pipe.

    If the process cannot be started, return the null device.
    """
    folder = None
    with contextlib.suppress(OSError):  # no process or no disk space: the command can run without its log
        folder = Path(tempfile.mkdtemp(prefix="hitl-"))
        pipe = folder / "output"
        os.mkfifo(pipe, 0o600)
        source = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            parameters = {
                "log": str(log),
                "pipe": str(pipe),
                "source": source,
                "secrets": dict(secrets),
                "held": held.decode("latin-1"),
            }
            if _start_process(parameters, source):
                return pipe
        finally:
            os.close(source)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    return Path(os.devnull)


def _start_process(parameters: Mapping[str, object], source: int) -> bool:
    """Start the process, which inherits `source`; return whether it has read `parameters`. If not, it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "hitl_cli.shell.detached_log"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path)},
        start_new_session=True,
        pass_fds=(source,),
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        if _write_in_time(stdin.fileno(), json.dumps(parameters).encode()):
            return True
    process.kill()
    return False


def _write_in_time(pipe: int, data: bytes) -> bool:
    """Write `data` to `pipe`, and return whether all of it was written in time."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    os.set_blocking(pipe, False)
    deadline = time.monotonic() + _READ_TIMEOUT
    with contextlib.suppress(OSError):
        while data and select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))[1]:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(pipe, data) :]
    return not data


def main() -> None:
    """Read the parameters from standard input, then write the log until the output ends."""
    parameters = json.load(sys.stdin.buffer)
    pipe, source = Path(parameters["pipe"]), parameters["source"]
    log = OutputLog.reopened(Path(parameters["log"]), Mask(parameters["secrets"]))
    log.write(parameters["held"].encode("latin-1"))
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
    """Wait until the guardian has opened `pipe`; after a timeout it was probably killed."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(_OPEN_TIMEOUT)
    try:
        os.close(os.open(pipe, os.O_RDONLY))
    except TimeoutError:
        pass  # it may have opened and closed the pipe already; what it wrote is in the buffer
    finally:
        signal.alarm(0)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
