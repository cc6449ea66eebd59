"""Keeps a text from using up the machine: a limit on its processes, and one on memory."""

from __future__ import annotations

import os
import resource

_SPARE = 64
"""Processes that the kernel allows beyond the limit, so that a check sees that it was reached."""

_RESERVED = 300
"""Process ids that the kernel does not use again in a process namespace."""

_NAMESPACED = (6, 14)
"""The first Linux in which kernel.pid_max is that of a process namespace instead of the system's."""

_OOM_SCORE = "/proc/self/oom_score_adj"
_FIRST = "1000"
"""The score of processes that the kernel ends before all others when it has no memory left."""


class Limits:
    """The limits of the processes that this one starts: `processes` and threads, and bytes of `memory`, in all.

    The kernel enforces the number of processes, except for root before Linux 6.14, and `exceeded` notices it. For
    memory there is only the check, as nothing else counts all that a text can use without a control group.
    """

    def __init__(self, processes: int, memory: int) -> None:
        self._most_tasks = _tasks() + processes
        self._least_memory = available_memory() - memory
        # With 1, a crash starts no program for core files on the system either; see core(5).
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
        if os.getuid() != 0:  # this counts the processes of the stage's user namespace only
            resource.setrlimit(resource.RLIMIT_NPROC, (processes + _SPARE, processes + _SPARE))
        elif _release() >= _NAMESPACED:
            _write("/proc/sys/kernel/pid_max", str(_RESERVED + processes + _SPARE))

    def exceeded(self) -> str:
        """Return the limit that was reached: "processes" or "memory"; otherwise an empty text.

        It looks at the whole system: what others start or allocate meanwhile counts too.
        """
        if _tasks() >= self._most_tasks:
            return "processes"
        return "memory" if available_memory() < self._least_memory else ""


def end_first(score: str = _FIRST) -> str:
    """Have the kernel end this process, and those it starts from now on, before others when it has no memory left.

    Returns the score of this process until now; with that as `score`, it is again as before.
    """
    with open(_OOM_SCORE, encoding="ascii") as file:
        own = file.read()
    _write(_OOM_SCORE, score)
    return own


def available_memory() -> int:
    """Return the bytes of memory that can be used without swapping."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 1 << 32


def _tasks() -> int:
    """Return the number of processes and threads of the system."""
    with open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[3].partition("/")[2])


def _release() -> tuple[int, ...]:
    """Return the first two numbers of the kernel's release."""
    parts = os.uname().release.split("-")[0].split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit())


def _write(path: str, text: str) -> None:
    """Write to a file of the kernel, if it can be written."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass
