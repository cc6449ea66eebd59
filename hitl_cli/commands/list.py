"""`hitl list`: what can be run."""

from pathlib import Path
from typing import NamedTuple

from hitl_cli.loader import BUNDLED, bundled_folder, summary


class Runnable(NamedTuple):
    """A workflow that can be run: how to name it, and what it says of itself."""

    reference: str
    summary: str


def runnable(folder: Path) -> list[Runnable]:
    """Return the bundled workflows, then those in the files of `folder`. The files are read, never run."""
    found = [Runnable(name, summary(bundled_folder() / file) or "") for name, file in BUNDLED.items()]
    bundled = {bundled_folder() / file for file in BUNDLED.values()}
    others = ((path, summary(path)) for path in sorted(folder.glob("*.py")) if path not in bundled)
    return found + [Runnable(f"./{path.name}", text) for path, text in others if text is not None]
