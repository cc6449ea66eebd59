"""Versions of the engine: each is installed, its facts are checked, and a run is killed and resumed on it."""

import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.session.engine.support import ENGINE
from tests.conftest import Hitl
from tests.engine.test_support import FLOW
from tests.terminal import Person

ROOT = Path(__file__).parents[2]
VERSIONS = {"<3": True, "~=2.25.0": True, "~=2.24.0": True, "~=2.23.0": False, "~=2.22.1": False}
"""Which versions are installed, and whether a run on them can be resumed."""

UNUSABLE = "==2.22.0"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], Path]:
    """Return an environment's Python that has a version of the engine; the rest is that of the tests.

    The test is skipped if there is no index to get it from.
    """

    def installed(wanted: str) -> Path:
        target = tmp_path / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
        python = target / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
        ended = subprocess.run([*pip, f"{ENGINE}{wanted}"], capture_output=True, text=True, check=False)
        if ended.returncode:
            pytest.skip(f"cannot be installed: {ended.stderr.strip().splitlines()[-1]}")
        (site,) = (target / "lib").glob("python*/site-packages")
        (site / "rest.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
        return python

    return installed


@pytest.mark.parametrize("wanted", VERSIONS)
def test_a_run_on_another_version(
    install: Callable[[str], Path], wanted: str, environment: dict[str, str], hitl: Hitl, folder: Path
) -> None:
    """The doctor says whether runs can be saved, and that is what happens."""
    (folder / "flow.py").write_text(FLOW)
    program = [str(install(wanted)), "-m", "hitl_cli"]
    can_resume = VERSIONS[wanted]
    (line,) = [
        each for each in hitl("doctor", program=program).stdout.splitlines() if each.startswith("engine")
    ]
    print(line)
    assert f"runs {'can' if can_resume else 'cannot'} be saved" in line
    at = Person([*program, "run", "./flow.py", "go"], environment, folder, columns=110)
    at.sees(r"┊ Who\?", "^>")
    assert ("hitl cannot save this run" in at.screen) is not can_resume
    at.type("Ann")
    if can_resume:
        at.signal(signal.SIGKILL)
        at.leaves()
        at.close()
        at = Person([*program, "resume"], environment, folder, columns=110)
        at.sees(r"┊ Who\?", "^>")
        at.type("\x01\x0bBob")
    at.type("\r")
    assert at.leaves() == 0
    assert f"Hello, {'Bob' if can_resume else 'Ann'}" in at.screen
    at.close()


def test_a_version_that_cannot_deliver_answers(
    install: Callable[[str], Path], hitl: Hitl, folder: Path
) -> None:
    """Nothing runs, and the sentence says what to install."""
    (folder / "flow.py").write_text(FLOW)
    ended = hitl("run", "./flow.py", "go", program=[str(install(UNUSABLE)), "-m", "hitl_cli"])
    assert ended.returncode == 2
    said = " ".join(ended.stderr.split())
    assert f"hitl: {ENGINE} 2.22.0 does not do what hitl relies on (a step that runs again" in said
    assert "Nothing ran. Install another version: pip install 'llama-index-workflows" in said
