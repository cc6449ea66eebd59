"""Processes as a guardian sees them: what descends from it, signals to it, and the warden behind the guardian."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Collection
from typing import NoReturn

_MOST_NAMED = 100
_LONGEST_LINE = 300

ON_LINUX = sys.platform.startswith("linux")
_DEATH_SIGNAL, _DUMPABLE, _NAME, _SUBREAPER = 1, 4, 15, 36  # PR_SET_PDEATHSIG and so on, of prctl(2)


def send(process: int, number: int) -> None:
    """Send a signal to a process, if that can be done."""
    with contextlib.suppress(OSError):
        os.kill(process, number)


def send_group(group: int, number: int) -> None:
    """Send a signal to a process group, if that can be done."""
    with contextlib.suppress(OSError):
        os.killpg(group, number)


def shell_status(wait_status: int) -> int:
    """Return what a shell would report for the status that `os.waitpid` gives of an ended process."""
    code = os.waitstatus_to_exitcode(wait_status)
    return 128 - code if code < 0 else code


def descendants(known: Collection[int] = ()) -> set[int] | None:
    """Return all processes that descend from this one; None where the system has no files or memory to tell.

    Where an orphan escapes its ancestors, those of this process's session count too, and those that are `known`.
    """
    try:
        import psutil

        found = {each.pid for each in psutil.Process().children(recursive=True)}
        if not ON_LINUX:
            own = os.getpid()
            found |= {
                each for each in psutil.pids() if each != own and (each in known or _session(each) == own)
            }
    except Exception:  # noqa: BLE001  (which error it is depends on what was short)
        return None
    return found


def named(processes: Collection[int]) -> list[tuple[int, str]]:
    """Return the first of `processes` that run and are no children of another one, each with its command line.

    That is cut where it is long. A process can change its own command line.
    """
    import psutil

    found = []
    for pid in sorted(processes):
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if process.ppid() not in processes and process.status() != psutil.STATUS_ZOMBIE:
                line = " ".join(process.cmdline()) or process.name()
                found.append((pid, line[:_LONGEST_LINE]))
        if len(found) == _MOST_NAMED:
            break
    return found


def _session(process: int) -> int | None:
    try:
        return os.getsid(process)
    except OSError:
        return None


def forbid_inspection() -> None:
    """On Linux: keep processes of the same user from reading this one's memory, variables and open files.

    Nor can they trace it. What it forks is protected as well, until it becomes another program.
    """
    if ON_LINUX:
        ctypes.CDLL(None).prctl(_DUMPABLE, 0)


def adopt_orphans() -> None:
    """On Linux: become the parent of every descendant that loses its own.

    The process also gets a name of its own, so that `killall python3` in a command does not mean it.
    """
    system = ctypes.CDLL(None)
    system.prctl(_SUBREAPER, 1)
    system.prctl(_NAME, b"hitl-guardian")


def die_with(parent: int, number: int) -> bool:
    """Have the system send this process a signal when its `parent` ends; return whether that is still there."""
    if not ON_LINUX:
        return True
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, number)
    return os.getppid() == parent


def stand_behind(guardian: int, take_over: Callable[[], None]) -> NoReturn:
    """Be the warden: continue `guardian` when it is stopped, and kill what it leaves when it is killed.

    When nothing of that is left, call `take_over`.
    """
    # Whoever stopped the warden as well does not outlive the program.
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
