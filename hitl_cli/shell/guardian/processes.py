"""Process functions of the guardian: descendants, signals, Linux process settings, and the watchdog's loop."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Collection
from typing import NoReturn

_MOST_LISTED = 100
_LONGEST_LINE = 300

ON_LINUX = sys.platform.startswith("linux")
_DEATH_SIGNAL, _DUMPABLE, _NAME, _SUBREAPER = 1, 4, 15, 36  # PR_SET_PDEATHSIG and so on, of prctl(2)


def send(process: int, number: int) -> None:
    """Send a signal to a process, if possible."""
    with contextlib.suppress(OSError):
        os.kill(process, number)


def send_group(group: int, number: int) -> None:
    """Send a signal to a process group, if possible."""
    with contextlib.suppress(OSError):
        os.killpg(group, number)


def shell_status(wait_status: int) -> int:
    """Return the exit status that a shell would report for the wait status of `os.waitpid`."""
    code = os.waitstatus_to_exitcode(wait_status)
    return 128 - code if code < 0 else code


def descendants(known: Collection[int] = ()) -> set[int] | None:
    """Return all descendants of this process, or None if there is no memory or descriptor left to list them.

    On systems without subreapers, where orphans escape, this includes the processes of this session and `known` ones.
    """
    try:
        import psutil

        found = {each.pid for each in psutil.Process().children(recursive=True)}
        if not ON_LINUX:
            own = os.getpid()
            found |= {
                each for each in psutil.pids() if each != own and (each in known or _session(each) == own)
            }
    except Exception:  # noqa: BLE001  (the error depends on the resource that ran out)
        return None
    return found


def command_lines(processes: Collection[int]) -> list[tuple[int, str]]:
    """Return the first running processes of `processes` whose parent is not among them, with their command lines.

    Long command lines are cut. A process can change its own command line.
    """
    import psutil

    found = []
    for pid in sorted(processes):
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if process.ppid() not in processes and process.status() != psutil.STATUS_ZOMBIE:
                line = " ".join(process.cmdline()) or process.name()
                found.append((pid, line[:_LONGEST_LINE]))
        if len(found) == _MOST_LISTED:
            break
    return found


def _session(process: int) -> int | None:
    try:
        return os.getsid(process)
    except OSError:
        return None


def forbid_inspection() -> None:
    """On Linux: prevent other processes of the user from tracing this one and reading its memory, variables and files.

    Its forks are protected too, until they execute another program.
    """
    if ON_LINUX:
        ctypes.CDLL(None).prctl(_DUMPABLE, 0)


def adopt_orphans() -> None:
    """On Linux: become the subreaper, the new parent of orphaned descendants.

    The process is also renamed, so that `killall python3` in a command does not kill it.
    """
    system = ctypes.CDLL(None)
    system.prctl(_SUBREAPER, 1)
    system.prctl(_NAME, b"hitl-guardian")


def signal_on_parent_death(parent: int, number: int) -> bool:
    """Have the kernel send this process a signal when its `parent` ends; return whether the parent still runs."""
    if not ON_LINUX:
        return True
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, number)
    return os.getppid() == parent


def run_watchdog(guardian: int, take_over: Callable[[], None]) -> NoReturn:
    """Run the watchdog: continue `guardian` when it is stopped; when it is killed, kill what it leaves.

    Then call `take_over`.
    """
    # If a command stopped the watchdog too, the end of the program continues it.
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGCONT)
    signal.signal(signal.SIGTERM, lambda *_: send(guardian, signal.SIGTERM))
    while os.WIFSTOPPED(status := os.waitpid(guardian, os.WUNTRACED)[1]):
        send(guardian, signal.SIGCONT)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, os.WNOHANG)
            for process in descendants() or ():
                send(process, signal.SIGKILL)
            os.waitpid(-1, 0)
    if os.WIFSIGNALED(status):
        take_over()
    os._exit(0)
