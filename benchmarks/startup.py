"""`hitl --help` against the import of what any program of its kind imports; at most 1.5 times."""

import sys

from benchmarks._compare import compare


def main() -> None:
    """Print both medians and their ratio."""
    ours = [sys.executable, "-m", "hitl_cli", "--help"]
    theirs = [sys.executable, "-c", "import typer, rich.console"]
    mine, other, ratio = compare(ours, theirs)
    print(
        f"hitl --help {mine * 1000:.0f} ms, import typer and rich.console {other * 1000:.0f} ms, ratio {ratio:.2f}"
    )
