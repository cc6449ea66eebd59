"""The wheel, in an environment that holds nothing else of ours, next to files and packages with our names."""

import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

ROOT = Path(__file__).parent.parent
HOSTILE = "raise RuntimeError('a stranger was imported')\n"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel; dependencies are read from the environment of the tests."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    python = target / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run([*pip, "--quiet", "--disable-pip-version-check"], check=True)
    (site,) = (target / "lib").glob("python*/site-packages")
    # Files named .pth in a folder that a .pth file names are not read: the checkout itself stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "events").mkdir()
    (site / "events" / "__init__.py").write_text("class Events: pass\n")  # as PyPI's package of this name
    return target / "bin"


def test_wheel_has_one_top_level_package(wheel: Path) -> None:
    """The workflows travel inside the package, byte for byte, and nothing else comes along."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {
            "hitl_cli",
            wheel.name.rsplit("-", 3)[0] + ".dist-info",
        }
        for file in ("events.py", "agent_workflow.py", "custom_workflow.py"):
            assert archive.read(f"hitl_cli/bundled/{file}") == (ROOT / file).read_bytes()
        assert "hitl_cli/py.typed" in names


def test_every_workflow_file_is_shipped() -> None:
    """A Python file at the root is one of the bundled ones."""
    wheel_target = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    files = {path.name for path in ROOT.glob("*.py")} - {"hatch_build.py"}
    expected = {name: f"hitl_cli/bundled/{name}" for name in files}
    assert wheel_target["force-include"] == expected


@pytest.mark.parametrize(
    ("workflow", "start"),
    [
        ("agent", "script"),
        pytest.param("custom", "module", marks=pytest.mark.slow),
        pytest.param("agent", "module", marks=pytest.mark.slow),
        pytest.param("custom", "script", marks=pytest.mark.slow),
    ],
)
def test_wheel_among_strangers(
    hitl: Hitl, model: ModelServer, installed: Path, folder: Path, workflow: str, start: str
) -> None:
    """It runs its own workflows where the folder and PYTHONPATH hold an events.py that is not ours."""
    for stranger in ("events.py", "agent_workflow.py", "custom_workflow.py"):
        (folder / stranger).write_text(HOSTILE)
    model.reply(Calls.of("touch made") if workflow == "agent" else Text("touch made"))
    program = (
        [str(installed / "hitl")] if start == "script" else [str(installed / "python"), "-m", "hitl_cli"]
    )
    hostile = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": ""}
    ended = hitl("run", workflow, "make it", program=program, env=hostile)
    assert ended.returncode == 75, ended.stderr
    assert "there is no terminal to ask you" in ended.stderr


def test_wheel_brings_the_index_of_the_catalogue(hitl: Hitl, installed: Path, folder: Path) -> None:
    """The first search of an installed program finds its index made, and makes none of its own."""
    home = folder / "home"
    ended = hitl(
        *("catalogue", "search", "show the largest files here", "--json"),
        program=[str(installed / "hitl")],
        env={"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
    )
    assert ended.returncode == 0, ended.stderr
    assert "find" in ended.stdout
    assert not (home / "cache").exists()


def test_own_workflow_beside_the_wheel(hitl: Hitl, installed: Path, folder: Path) -> None:
    """A person's own file and its own events.py are the ones that are used."""
    (folder / "events.py").write_text("WORD = 'mine'\n")
    (folder / "flow.py").write_text(
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\n"
        "from events import WORD\n"
        "class Flow(Workflow):\n"
        "    @step\n"
        "    async def go(self, ev: StartEvent) -> StopEvent:\n"
        "        return StopEvent(result=WORD)\n"
        "workflow = Flow()\n"
    )
    ended = hitl("run", "./flow.py", "x", program=[str(installed / "hitl")])
    assert (ended.returncode, ended.stdout) == (0, "mine\n"), ended.stderr


def test_new_workflow_beside_the_wheel(
    hitl: Hitl, installed: Path, environment: dict[str, str], folder: Path
) -> None:
    """`hitl new` in an empty folder: the workflow runs at once, its test passes, and nothing is overwritten."""
    program = [str(installed / "hitl")]
    made = hitl("new", "greet-all", program=program)
    assert made.returncode == 0, made.stderr
    assert sorted(each.name for each in folder.iterdir()) == ["greet_all.py", "test_greet_all.py"]
    test = made.stdout.partition("Test it:")[2].split()
    tested = hitl(*test[1:], program=test[:1], env={"PYTHONSAFEPATH": ""})
    assert tested.returncode == 0, tested.stderr
    assert "Ran 3 tests" in tested.stderr
    at = Person([*program, "run", "./greet_all.py", "hello"], environment, folder)
    at.sees(r"\$ echo hello")
    at.type("\r")
    assert at.leaves() == 0, at.screen
    assert at.screen.startswith("$ echo hello\nhello\n✓ exit 0")
    at.close()
    (folder / "greet_all.py").write_text("mine")
    (folder / "test_other.py").write_text("mine")
    for name, problem in {
        "greet-all": "greet_all.py exists; nothing was written.",
        "other": "test_other.py exists; nothing was written.",
        "json": "json is the name of an installed module",
        "workflows": "workflows is the name of an installed module",
        "../up": "cannot be the name of a workflow; nothing was written.",
        "class": "cannot be the name of a workflow; nothing was written.",
    }.items():
        refused = hitl("new", name, program=program)
        assert refused.returncode == 2
        assert problem in refused.stderr
    assert (folder / "greet_all.py").read_text() == (folder / "test_other.py").read_text() == "mine"
    assert not (folder / "other.py").exists()


@pytest.mark.parametrize(
    "file", ["agent_workflow.py", pytest.param("custom_workflow.py", marks=pytest.mark.slow)]
)
def test_workflow_file_runs_as_a_script(hitl: Hitl, model: ModelServer, file: str) -> None:
    """`python agent_workflow.py` takes the same road as `hitl run`."""
    model.reply(Calls.of("touch made") if "agent" in file else Text("touch made"))
    ended = hitl("make it", program=[sys.executable, str(ROOT / file)])
    assert ended.returncode == 75, ended.stderr
