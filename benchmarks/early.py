"""From the start of `hitl run agent "…"` to the request at the server, against the bare engine's imports.

A first run takes at most 0.8 of them, each later one, whose request leaves early, at most 0.25.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._compare import TimedServer, seconds
from tests.model_server import Text

RUNS = 7
_IMPORTS = """
from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.llms.openai import OpenAI
import os
os._exit(0)
"""


def _until_request(server: TimedServer, home: str, options: dict[str, str]) -> float:
    """Return the seconds from the start of a run to its request."""
    server.reply(Text("ok"))
    before, started = len(server.arrived), time.perf_counter()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "x",
        **options,
    }
    subprocess.run(
        [sys.executable, "-m", "hitl_cli", "run", "agent", "hello"],
        env=variables,
        cwd=home,
        check=True,
        capture_output=True,
    )
    (arrived,) = server.arrived[before:]
    return arrived - started


def _told(what: str, took: Sequence[float], bare: Sequence[float], most: float) -> None:
    ratio = statistics.median(mine / other for mine, other in zip(took, bare, strict=True))
    print(f"{what} {statistics.median(took) * 1000:.0f} ms, ratio {ratio:.2f} (at most {most})")


def main() -> None:
    """Print the medians and their ratios to the imports."""
    bare, first, later = [], [], []
    server = TimedServer()
    try:
        with tempfile.TemporaryDirectory() as home:
            _until_request(server, home, {})  # the compiled files, the facts of the engine, and the shape
            for _ in range(RUNS):
                bare.append(seconds([sys.executable, "-c", _IMPORTS]))
                first.append(_until_request(server, home, {"HITL_EARLY_REQUEST": "off"}))
                later.append(_until_request(server, home, {}))
            assert list(Path(home).rglob("early-requests.json"))
    finally:
        server.close()
    print(f"the engine's imports {statistics.median(bare) * 1000:.0f} ms")
    _told("start to request, without an early one", first, bare, 0.8)
    _told("start to early request", later, bare, 0.25)


if __name__ == "__main__":
    main()
