"""Keeps a text from using up the machine: a limit on its processes, and one on memory."""

import contextlib
import os
import re
import resource
from collections.abc import Iterator

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
        elif tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= _NAMESPACED:
            with (
                contextlib.suppress(OSError),
                open("/proc/sys/kernel/pid_max", "w", encoding="ascii") as file,
            ):
                file.write(str(_RESERVED + processes + _SPARE))

    def exceeded(self) -> str:
        """Return the limit that was reached: "processes" or "memory"; otherwise an empty text.

        It looks at the whole system: what others start or allocate meanwhile counts too.
        """
        if _tasks() >= self._most_tasks:
            return "processes"
        return "memory" if available_memory() < self._least_memory else ""


@contextlib.contextmanager
def ended_first() -> Iterator[None]:
    """Have the kernel end the processes that are started in this context first when it has no memory left."""
    with open(_OOM_SCORE, encoding="ascii") as file:
        own = file.read()
    _write_score(_FIRST)
    try:
        yield
    finally:
        _write_score(own)


def available_memory() -> int:
    """Return the bytes of memory that can be used without swapping."""
    with contextlib.suppress(OSError), open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 1 << 32


def _tasks() -> int:
    """Return the number of processes and threads of the system."""
    with open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[3].partition("/")[2])


def _write_score(score: str) -> None:
    with contextlib.suppress(OSError), open(_OOM_SCORE, "w", encoding="ascii") as file:
        file.write(score)
