"""A fence of bubblewrap (https://github.com/containers/bubblewrap), for kernels without the Landlock that one needs.

A command gets a view of all files in which it can write only where it may, and processes, System V IPC and devices of
its own. It so sees no process of others. The filter of system calls is the same.
"""

import os
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from hitl_cli.preview.bubblewrap import Bubblewrap, advice, usable
from hitl_cli.shell.guardian.fencing import FILTER_FILE, written

NAME = "bubblewrap and seccomp"
_NEEDED = (0, 5)  # the first version with --perms
_RIGHTS = ("CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH")  # with which root reads as before
_TIMEOUT = 10.0


def found() -> Bubblewrap | None:
    """Return the bubblewrap that makes fences, None if there is none that can."""
    return usable(_NEEDED)


def wrapped(
    words: Sequence[str],
    folder: Path,
    writes: Collection[Path],
    hidden: Collection[Path],
    program: str,
    filter_file: int = FILTER_FILE,
) -> list[str]:
    """Return the words that start the command `words` in `folder` behind a fence of `program`.

    It can read what is not `hidden`, and write below `writes`. The filter of system calls is read from the descriptor
    `filter_file`.
    """
    options = (*_options(writes, hidden), "--seccomp", str(filter_file), "--chdir", str(folder))
    return [program, *options, "--", *words]


def why_unavailable(instructions: bytes) -> str:
    """Return why there is no such fence with this filter of system calls, as words; empty if there is one.

    A container can refuse what its kernel has, so a fence is made around a command that does nothing.
    """
    if (tool := found()) is None:
        return "bubblewrap, which would do, is not installed (Debian: bubblewrap)"
    file = written(instructions)
    try:
        ended = subprocess.run(
            wrapped(["/bin/sh", "-c", ":"], Path("/"), (), (), tool.path, file),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
            pass_fds=[file],
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"bubblewrap does not start: {problem}"
    finally:
        os.close(file)
    if ended.returncode == 0:
        return ""
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    words = said[-1].removeprefix("bwrap: ").rstrip(".") if said else f"exit status {ended.returncode}"
    return f"bubblewrap cannot make one: {words}. {advice(words)}".rstrip(". ")


def _options(writes: Collection[Path], hidden: Collection[Path]) -> Iterator[str]:
    # As the first process of its own, the shell takes all others with it when it ends.
    yield from ("--die-with-parent", "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--cap-drop", "ALL")
    if os.getuid() == 0:
        for right in _RIGHTS:
            yield from ("--cap-add", right)
    else:
        yield "--unshare-user"
    yield from ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
    for each in writes:
        place = os.path.realpath(each)
        yield from ("--bind-try", place, place)
    for each in hidden:
        place = os.path.realpath(each)
        if os.path.isdir(place):
            yield from ("--perms", "0000", "--tmpfs", place, "--remount-ro", place)
        else:
            yield from ("--ro-bind-try", os.devnull, place)  # which opens nowhere but in /dev
