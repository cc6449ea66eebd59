"""From the start of `hitl run custom` without any model to the question on the screen; at most 0.8 s."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._compare import seconds
from tests.terminal import Person

_RUNS = 9
_IMPORTS = [sys.executable, "-c", "import typer, workflows, prompt_toolkit, rich.markdown"]


def main() -> None:
    """Print the time to the first question of a first start ever and of later ones, against that of bare imports."""
    with tempfile.TemporaryDirectory() as home:
        first = _seconds(Path(home))
        pairs = [(_seconds(Path(home)), seconds(_IMPORTS)) for _ in range(_RUNS)]
    later, imports = zip(*pairs, strict=True)
    print(
        f"start to question: first time {first * 1000:.0f} ms (the index is built), "
        f"later {statistics.median(later) * 1000:.0f} ms; "
        f"importing typer, workflows, prompt_toolkit and Rich alone {statistics.median(imports) * 1000:.0f} ms"
    )


def _seconds(home: Path) -> float:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "hitl_cli", "run", "custom", "show the largest files here"]
    started = time.perf_counter()
    person = Person(command, environment, home, cold=True)
    try:
        person.sees(r"Run this command\?", r"\$ find")
        return time.perf_counter() - started
    finally:
        person.close()
