"""What the operating system refused, in words that a person understands."""

import errno
import os
import resource
from collections.abc import Mapping

from hitl_cli.errors import HitlError, OutputError, SystemLimitError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_FEW_FILES = 32
"""Open files with which a run does not get far: the interpreter, the journal, a command and its guardian need more."""

_RAISE: Mapping[int, str] = {
    errno.EMFILE: "Raise the limit of open files: ulimit -n 256.",
    errno.ENFILE: "The machine has no more room for open files; close some programs.",
    errno.EAGAIN: "The limit of processes (ulimit -u) or the machine allows no more; end some, or raise it.",
    errno.ENOMEM: "There is not enough memory; close some programs, or raise the limit (ulimit -v).",
}


def explained(problem: BaseException) -> HitlError | None:
    """Return in words what the operating system refused, or None where `problem` is something else."""
    if reached := limit_reached(problem):
        return reached
    if not isinstance(problem, OSError) or problem.errno is None:
        return None
    if problem.filename is None and problem.errno in _NO_ROOM:
        return OutputError(f"The output cannot be written: {os.strerror(problem.errno)}. Nothing more ran.")
    return SystemLimitError(f"The system refused what hitl needs; nothing more ran. {reason(problem)}")


def limit_reached(problem: BaseException) -> SystemLimitError | None:
    """Return in words which limit of the system or of this process was reached, or None where none was."""
    if isinstance(problem, MemoryError):
        return SystemLimitError(f"Not enough memory; nothing more ran. {_RAISE[errno.ENOMEM]}")
    if isinstance(problem, RuntimeError) and "start new thread" in str(problem):
        return SystemLimitError(f"No thread can be started; nothing more ran. {_RAISE[errno.EAGAIN]}")
    if isinstance(problem, OSError) and problem.errno in _RAISE:
        return SystemLimitError(f"A limit of the system was reached; nothing more ran. {reason(problem)}")
    return None


def reason(problem: OSError) -> str:
    """Return what was refused and what to do about it, in whole sentences."""
    said = os.strerror(problem.errno) if problem.errno is not None else str(problem)
    if problem.filename is not None:
        name = os.fsdecode(problem.filename) if isinstance(problem.filename, str | bytes) else ""
        said = f"{name}: {said}" if name else said
        return f"{said}. {_RAISE.get(problem.errno or 0, 'Check that it is there, and that you may use it.')}"
    return f"{said}. {_RAISE.get(problem.errno or 0, '')}".rstrip()


def check_limits() -> None:
    """Check that the limits of this process leave room for a run.

    Raises:
        SystemLimitError: They do not.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _FEW_FILES:
        raise SystemLimitError(
            f"At most {files} files may be open, and hitl needs more than {_FEW_FILES}; nothing ran. "
            f"{_RAISE[errno.EMFILE]}"
        )
