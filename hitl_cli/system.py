"""Translates errors of the operating system into messages for the person."""

import errno
import os
import resource
from collections.abc import Mapping

from hitl_cli.errors import HitlError, OutputError, SystemLimitError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_MIN_FILES = 32
"""Too few open files for a run: the interpreter, the journal, a command and its guardian need more."""

_ADVICE: Mapping[int, str] = {
    errno.EMFILE: "Raise the limit of open files: ulimit -n 256.",
    errno.ENFILE: "The system has reached its limit of open files; close some programs.",
    errno.EAGAIN: "The limit of processes is reached; end some processes, or raise the limit (ulimit -u).",
    errno.ENOMEM: "There is not enough memory; close some programs, or raise the limit (ulimit -v).",
}


def explained(problem: BaseException) -> HitlError | None:
    """Return the error to show if the operating system refused something, or None if `problem` is something else."""
    if reached := limit_reached(problem):
        return reached
    if not isinstance(problem, OSError) or problem.errno is None:
        return None
    if problem.filename is None and problem.errno in _NO_ROOM:
        return OutputError(f"Cannot write the output: {os.strerror(problem.errno)}. Nothing more ran.")
    return SystemLimitError(f"The system refused what hitl needs; nothing more ran. {reason(problem)}")


def limit_reached(problem: BaseException) -> SystemLimitError | None:
    """Return the error to show if a limit of the system or of this process was reached, otherwise None."""
    if isinstance(problem, MemoryError):
        return SystemLimitError(f"Not enough memory; nothing more ran. {_ADVICE[errno.ENOMEM]}")
    if isinstance(problem, RuntimeError) and "start new thread" in str(problem):
        return SystemLimitError(f"Cannot start a thread; nothing more ran. {_ADVICE[errno.EAGAIN]}")
    if isinstance(problem, OSError) and problem.errno in _ADVICE:
        return SystemLimitError(f"A system limit was reached; nothing more ran. {reason(problem)}")
    return None


def reason(problem: OSError) -> str:
    """Return what failed and what to do about it, in full sentences."""
    what = os.strerror(problem.errno) if problem.errno is not None else str(problem)
    if problem.filename is not None:
        name = os.fsdecode(problem.filename) if isinstance(problem.filename, str | bytes) else ""
        what = f"{name}: {what}" if name else what
        return f"{what}. {_ADVICE.get(problem.errno or 0, 'Check that it exists and that you have access to it.')}"
    return f"{what}. {_ADVICE.get(problem.errno or 0, '')}".rstrip()


def check_limits() -> None:
    """Check that the limits of this process are high enough for a run.

    Raises:
        SystemLimitError: They are too low.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _MIN_FILES:
        raise SystemLimitError(
            f"The limit of open files is {files}, but hitl needs at least {_MIN_FILES}; nothing ran. "
            f"{_ADVICE[errno.EMFILE]}"
        )
