"""The panels at three widths, as files to look at; HITL_SNAPSHOTS=write writes them again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"
PANELS = Path(__file__).parents[2] / "docs" / "panels.py"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_panels_look_as_reviewed(width: int) -> None:
    """What `docs/panels.py` prints is what was reviewed."""
    shown = subprocess.run(
        [sys.executable, str(PANELS), str(width)],
        env={"PATH": os.environ["PATH"], "HOME": "/home/person", "PYTHONUTF8": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    file = SNAPSHOTS / f"panels-{width}.txt"
    if os.environ.get("HITL_SNAPSHOTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(shown)
    assert shown == file.read_text()
