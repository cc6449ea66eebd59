"""A preview against the bare command: at most 60 ms more. And what a preview costs in a folder of 100,000 files."""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hitl_cli.preview.runner import Previewer

_REPEATS = 15
_FOLDERS, _FILES = 100, 1000
_COMMAND = "echo text > file"


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = _median(lambda: subprocess.run(["/bin/bash", "-c", _COMMAND], cwd=folder, check=True))
        small = _median(lambda: _preview(folder))
        print(
            f"bare command {bare:.1f} ms, preview {small:.1f} ms, overhead {small - bare:.1f} ms (at most 60)"
        )
        for number in range(_FOLDERS):
            (folder / str(number)).mkdir()
            for file in range(_FILES):
                (folder / str(number) / str(file)).touch()
        large = _median(lambda: _preview(folder))
        print(f"in a folder of {_FOLDERS * _FILES:,} files {large:.1f} ms")


def _preview(folder: Path) -> None:
    previewer = Previewer("/bin/bash", folder, dict(os.environ), str(Path.home()))
    asyncio.run(previewer.run(_COMMAND, lambda _: None))


def _median(run: Callable[[], object]) -> float:
    """Return the median time of `run`, in milliseconds."""
    run()
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
