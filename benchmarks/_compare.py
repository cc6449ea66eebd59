"""Two commands against each other, in turn, so that a change of the machine's speed hits both; and timed requests."""

import contextlib
import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.model_server import ModelServer


class TimedServer(ModelServer):
    """Notes when each request arrived, as `time.perf_counter` tells it, and the CPU time of `process` by then."""

    def __init__(self) -> None:
        self.process = 0
        self.arrived: list[float] = []
        self.work: list[float] = []
        super().__init__()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        self.arrived.append(time.perf_counter())
        self.work.append(cpu_time(self.process) if self.process else 0.0)
        with contextlib.suppress(OSError):  # a program that was ended does not read its answer
            super()._serve(handler)


def cpu_time(process: int) -> float:
    """Return the seconds of CPU time of a process, its threads included."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def seconds(command: Sequence[str]) -> float:
    """Return the wall time of `command`."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def compare(ours: Sequence[str], theirs: Sequence[str], runs: int = 15) -> tuple[float, float, float]:
    """Return the median seconds of both commands, and the median of their ratio pair by pair."""
    for command in (ours, theirs):
        seconds(command)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    mine, other = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(mine), statistics.median(other), ratio
