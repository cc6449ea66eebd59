"""From the start of `hitl run agent "…"` and `custom "…"` to the request at the server, beside the engine's imports.

All rows of one round run in turn, so that a change in the machine's speed hits all. A first run, in a new home, and a
later one take at most 0.25 of the imports' time. The ratio of CPU times is steadier on a busy machine. The last two
rows are an agent whose request does not come with the program (one of OpenAI's reasoning models), and one that sends
none early.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from benchmarks._compare import TimedServer, seconds
from tests.model_server import Text

RUNS = 7
MOST = 0.25
_IMPORTS = """
from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.llms.openai import OpenAI
import os
os._exit(0)
"""


@dataclass(frozen=True)
class _Row:
    """A run of `workflow` in a home that it knows, or a new one; `most` is the goal for its ratio to the imports."""

    workflow: str
    is_first: bool = False
    variables: Mapping[str, str] | None = None
    most: float | None = MOST


_ROWS = {
    "custom, first run": _Row("custom", is_first=True),
    "custom, later run": _Row("custom"),
    "agent, first run": _Row("agent", is_first=True),
    "agent, later run": _Row("agent"),
    "agent, remembered request": _Row("agent", variables={"HITL_MODEL": "gpt-5-mini"}),
    "agent, no early request": _Row("agent", variables={"HITL_EARLY_REQUEST": "off"}, most=None),
}


def _until_request(server: TimedServer, row: _Row, home: str) -> tuple[float, float]:
    """Return the seconds from the start of a run to its request, and the CPU time that they took."""
    server.reply(Text("echo"))
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "x",
        **(row.variables or {}),
    }
    before, started = len(server.arrived), perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "hitl_cli", "run", row.workflow, "hello"],
        env=variables,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        server.process = process.pid
    (arrived,) = server.arrived[before:]
    return arrived - started, server.work[before]


def _measure(server: TimedServer, row: _Row, kept: str) -> tuple[float, float]:
    if not row.is_first:
        return _until_request(server, row, kept)
    with tempfile.TemporaryDirectory() as home:
        return _until_request(server, row, home)


def main() -> None:
    """Print the medians of each row and their ratios to the imports."""
    server = TimedServer()
    imports: list[tuple[float, float]] = []
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in _ROWS}
    try:
        with tempfile.TemporaryDirectory() as kept:
            for row in _ROWS.values():  # the compiled files, the facts of the engine, and what is remembered
                _measure(server, row, kept)
            for _ in range(RUNS):
                before = os.times()
                took = seconds([sys.executable, "-c", _IMPORTS])
                after = os.times()
                work = after.children_user + after.children_system
                imports.append((took, work - before.children_user - before.children_system))
                for name, row in _ROWS.items():
                    found[name].append(_measure(server, row, kept))
    finally:
        server.close()
    print(f"the engine's imports {statistics.median(took for took, _ in imports) * 1000:.0f} ms")
    for name, row in _ROWS.items():
        times = zip(*found[name], strict=True)
        floors = zip(*imports, strict=True)
        took, work = (
            statistics.median(mine / other for mine, other in zip(ours, floor, strict=True))
            for ours, floor in zip(times, floors, strict=True)
        )
        wall = statistics.median(each for each, _ in found[name])
        goal = f" (at most {row.most})" if row.most else ""
        print(
            f"{name}: start to request {wall * 1000:.0f} ms, ratio {took:.2f}{goal}, in CPU time {work:.2f}"
        )


if __name__ == "__main__":
    main()
