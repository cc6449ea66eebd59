"""What the program does with an engine that does not do what it relies on, and when it checks that."""

import json
import platform
import signal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from hitl_cli.errors import UsageError
from hitl_cli.session.engine.facts import BASIC, RESUME, Fact, broken
from hitl_cli.session.engine.support import ENGINE, FILE, EngineSupport, support_of_installed
from tests.conftest import Hitl
from tests.terminal import Person

WAITS = "waits survive a pause, and each response reaches its wait"

FLOW = """
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Flow(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Who?")

    @step
    async def end(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"Hello, {ev.response}")

flow = Flow()
"""


def kept(folder: Path, *, resume: tuple[str, ...] = (), engine: str = "") -> None:
    """Write the result of a check of the installed version, or of another version of the engine."""
    versions = {name: version(name) for name in (ENGINE, "pydantic", "hitl-terminal")}
    versions |= {"python": platform.python_version()} | ({ENGINE: engine} if engine else {})
    (folder / FILE).write_text(json.dumps({"versions": versions, "basic": [], "resume": resume}))


def test_all_facts_hold() -> None:
    """On the version with which these tests run."""
    assert broken(BASIC + RESUME) == []


def test_a_fact_that_does_not_hold_is_named() -> None:
    """Whatever its check raises."""

    async def fails() -> None:
        raise KeyError("x")

    assert broken((*BASIC[:1], Fact("pigs fly", fails))) == ["pigs fly"]


def test_the_result_is_kept_for_these_versions(tmp_path: Path) -> None:
    """A kept result is used, one of another version is not, nor one that is damaged; a check can be repeated."""
    assert support_of_installed(tmp_path) == EngineSupport(version(ENGINE))
    assert json.loads((tmp_path / FILE).read_text())["versions"][ENGINE] == version(ENGINE)
    kept(tmp_path, resume=(WAITS,))
    assert support_of_installed(tmp_path).resume == (WAITS,)
    assert support_of_installed(tmp_path, again=True).resume == ()
    kept(tmp_path, resume=(WAITS,), engine="2.0.0")
    assert support_of_installed(tmp_path).resume == ()
    (tmp_path / FILE).write_text('{"versions": 3}')
    assert support_of_installed(tmp_path).resume == ()
    assert support_of_installed(tmp_path / "missing").resume == ()


def test_without_the_basic_facts_nothing_runs() -> None:
    """The error says what does not hold, and what to install."""
    EngineSupport("2.26.1", resume=(WAITS,)).check()
    with pytest.raises(
        UsageError, match=r"workflows 2\.9\.0 does not .* \(pigs fly\)\. Nothing ran\. Install"
    ):
        EngineSupport("2.9.0", basic=("pigs fly",)).check()


@pytest.mark.parametrize(
    ("versions", "install"), [({ENGINE: "2.26.1"}, "==2.26.1"), ({ENGINE: "2.23.3"}, ">="), ({}, ">=")]
)
def test_a_session_is_resumed_with_the_version_that_paused_it(versions: dict[str, str], install: str) -> None:
    """Where that is another one."""
    with pytest.raises(UsageError) as refused:
        EngineSupport("2.23.3", resume=(WAITS,)).check_resume("3f2a", versions)
    assert f"pip install '{ENGINE}{install}" in str(refused.value)


def test_a_run_that_cannot_be_saved(
    person: Callable[..., Person], hitl: Hitl, folder: Path, bare_environment: dict[str, str]
) -> None:
    """It says so and works; after a stop and after a kill nothing is offered, and hitl resume refuses."""
    (folder / "flow.py").write_text(FLOW)
    state = Path(bare_environment["HOME"], ".local", "state", "hitl")
    state.mkdir(parents=True, mode=0o700)
    kept(state, resume=(WAITS,))
    at = person("run", "./flow.py", "go", columns=120)
    at.sees(r"^With llama-index-workflows [\d.]+, hitl cannot save this run", "^>")
    at.type("Ann\r")
    assert at.leaves() == 0
    assert "Hello, Ann" in at.screen

    at = person("run", "./flow.py", "go", columns=120)
    at.sees("^>")
    at.type("\x04")
    at.sees("Press the key again")
    at.type("\x04")
    assert at.leaves() == 75
    assert "Stopped; nothing ran." in at.screen
    assert "hitl resume" not in at.screen

    at = person("run", "./flow.py", "go", columns=120)
    at.sees("^>")
    at.signal(signal.SIGKILL)
    at.leaves()
    refused = hitl("resume")
    assert refused.returncode == 2
    assert f"does not do what hitl relies on ({WAITS}). Nothing ran" in " ".join(refused.stderr.split())
    told = hitl("doctor", "--json")
    assert "runs can be saved and resumed" in told.stdout
