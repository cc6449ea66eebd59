"""A conversation of 200 turns at a terminal: turn 200 takes at most 1.2 times what turn 10 takes, in time and CPU.

Time is from Enter to the request at the server, less the 120 ms that make sure Enter was pressed alone; CPU is that of
the main thread, from before Enter to the next prompt. Each is a median of ten turns.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._compare import TimedServer
from tests.model_server import Text
from tests.terminal import Person

TURNS = 200
_ALONE = 0.12  # seconds that the prompt waits for another key after Enter
_ANSWER = (
    "A sentence of the model that is about as long as answers of a model are, with **some** `Markdown`. " * 3
)


def _cpu(process: int) -> float:
    """Return the seconds of CPU time that the main thread of a process took."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def _measure(server: TimedServer, home: Path) -> tuple[list[float], list[float]]:
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "SHELL": "/bin/bash",
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "x",
    }
    waits, work = [], []
    at = Person([sys.executable, "-m", "hitl_cli", "run", "agent"], variables, home, lines=8, cold=True)
    try:
        at.sees(r"^>\s*$")
        at.reads(5.0)  # everything is loaded
        for number in range(TURNS):
            at.type_at_once(f"question {number}")
            at.sees(rf"^> question {number}$")
            at.reads(0.6)  # an Enter that comes sooner may be part of a paste
            before, entered = _cpu(at.pid), time.perf_counter()
            at.type_at_once("\r")
            at.waits(lambda: len(server.arrived) > number, "the request")  # noqa: B023
            at.sees(r"^tokens: [^\n]*\n>$")
            waits.append(server.arrived[number] - entered - _ALONE)
            work.append(_cpu(at.pid) - before)
    finally:
        at.close()
    return waits, work


def _compare(what: str, each: Sequence[float]) -> None:
    early, late = statistics.median(each[5:15]), statistics.median(each[-10:])
    print(
        f"{what}: turn 1 {each[0] * 1000:.0f} ms, turn 10 {early * 1000:.0f} ms, "
        f"turn {len(each)} {late * 1000:.0f} ms, ratio {late / early:.2f} (at most 1.2)"
    )


def main() -> None:
    """Print what the turns take."""
    server = TimedServer()
    server.reply(*[Text(_ANSWER)] * TURNS)
    try:
        with tempfile.TemporaryDirectory() as home:
            waits, work = _measure(server, Path(home))
    finally:
        server.close()
    _compare("Enter to request", waits)
    _compare("CPU of the turn", work)


if __name__ == "__main__":
    main()
