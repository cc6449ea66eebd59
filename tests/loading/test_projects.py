"""Workflows of projects: packages, names in their configuration, and the variables that these set."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.resuming import presses
from tests.terminal import Person

FLOW = """\
'''Says where it is.'''
import os
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from .words import WORD

class Flow(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        from app import late
        return StopEvent(result=f"{ev.user_msg} {WORD} {late.WORD} {__name__} {os.environ.get('COLOUR')}")

chat = Flow()
other = Flow()
"""


@pytest.fixture
def project(folder: Path) -> Path:
    """A project whose package has a `workflows.py` and other neighbours named like libraries."""
    package = folder / "src" / "app"
    package.mkdir(parents=True)
    (package / "workflows.py").write_text(FLOW)
    (package / "words.py").write_text("WORD = 'near'\n")
    (package / "late.py").write_text("WORD = 'late'\n")
    for name in ("openai", "pydantic", "netrc", "llama_index"):
        (package / f"{name}.py").write_text("raise RuntimeError('a neighbour was imported')\n")
        (folder / f"{name}.py").write_text("raise RuntimeError('a neighbour was imported')\n")
    (folder / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    return folder


@pytest.mark.parametrize("is_package", [True, False])
def test_file_of_a_package_is_its_module(hitl: Hitl, project: Path, is_package: bool) -> None:
    """With relative imports and its own name; no neighbour shadows a library, with or without an `__init__`.

    So it is where the project has no configuration.
    """
    (project / "pyproject.toml").unlink()
    ended = hitl("run", "src/app/workflows.py:chat", "x")
    assert (ended.returncode, ended.stdout) == (0, "x near late app.workflows None\n"), ended.stderr
    (project / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    if is_package:
        (project / "src" / "app" / "__init__.py").write_text("")
    ended = hitl("run", "src/app/workflows.py:chat", "x")
    assert (ended.returncode, ended.stdout) == (0, "x near late app.workflows None\n"), ended.stderr
    (project / "elsewhere").mkdir()
    ended = hitl("run", "../src/app/workflows.py:chat", "x", program=["env", "-C", "elsewhere", *_program()])
    assert ended.stdout == "x near late app.workflows None\n", ended.stderr
    assert hitl("run", "app.workflows:other", "x").stdout == "x near late app.workflows None\n"
    misspelt = hitl("run", "app.workflow:other", "x").stderr
    assert "No module named 'app.workflow'. Did you mean app.workflows or app.words? Nothing ran." in misspelt


def _program() -> list[str]:
    import sys

    return [sys.executable, "-m", "hitl_cli"]


def test_package_with_the_name_of_a_library(hitl: Hitl, folder: Path) -> None:
    """Its file runs, with its relative imports, and the library is still the one that is imported."""
    package = folder / "workflows"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("WORD = 'near'\n")
    (package / "flow.py").write_text(FLOW.replace("from app import late", "from . import words as late"))
    ended = hitl("run", "workflows/flow.py:chat", "x")
    assert ended.stdout == "x near near hitl_workflow_workflows.flow None\n", ended.stderr


def test_neighbour_that_is_meant(hitl: Hitl, folder: Path) -> None:
    """An import that would have wanted the neighbour says that the library has its name."""
    (folder / "openai.py").write_text("KEY = 1\n")
    (folder / "flow.py").write_text("from openai import KEY\n")
    ended = hitl("run", "flow.py", "x")
    assert ended.returncode == 66
    assert "The library openai is imported, not the file or folder of that name beside yours" in ended.stderr


ASKS = """\
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent
from hitl_cli import CommandData, CommandInputEvent, CommandResponseEvent
from .parts.state import State

class Asks(Workflow):
    @step
    async def ask(self, ctx: Context[State], ev: StartEvent) -> CommandInputEvent:
        async with ctx.store.edit_state() as state:
            state.asked = 3
        return CommandInputEvent(data=CommandData(command="echo x"))

    @step
    async def decide(self, ctx: Context[State], ev: CommandResponseEvent) -> StopEvent:
        return StopEvent(result=(await ctx.store.get_state()).asked)

asks = Asks(timeout=None)
"""


def test_package_is_resumed(hitl: Hitl, person: Callable[..., Person], project: Path) -> None:
    """By its name, with a state whose class is in another file of it; a change in that file is reported."""
    (project / "src" / "app" / "flow.py").write_text(ASKS)
    (project / "src" / "app" / "parts").mkdir()
    state = project / "src" / "app" / "parts" / "state.py"
    state.write_text("from pydantic import BaseModel\nclass State(BaseModel):\n    asked: int = 0\n")
    (project / "pyproject.toml").write_text("[tool.llamaagents.workflows]\nasks = 'app.flow:asks'\n")
    assert hitl("run", "asks", "x").returncode == 75
    assert "changed since" not in hitl("resume").stderr
    with state.open("a") as file:
        file.write("# changed\n")
    assert "(files: app/parts/state.py)" in hitl("resume").stderr
    at = person("resume")
    at.sees("y continue")
    presses(at, "y")
    at.approves("echo x")
    assert at.leaves() == 0, at.screen
    assert "\n3\n" in at.screen


def test_relative_imports_without_a_package(hitl: Hitl, folder: Path) -> None:
    """A folder whose file imports relatively is its package, without an `__init__` and without a project."""
    (folder / "app" / "flows").mkdir(parents=True)
    (folder / "app" / "words.py").write_text("WORD = 'near'\n")
    text = FLOW.replace("from .words", "from ..words").replace("import late", "import words as late")
    (folder / "app" / "flows" / "flow.py").write_text(text)
    assert hitl("run", "app/flows/flow.py:chat", "x").stdout == "x near near app.flows.flow None\n"


CONFIGURATIONS = {
    "pyproject.toml of hitl": ("pyproject.toml", "[tool.hitl.workflows]\ntalk = 'app.workflows:chat'\n"),
    "pyproject.toml of hitl, a file": (
        "pyproject.toml",
        "[tool.hitl.workflows]\ntalk = 'src/app/workflows.py:chat'\n",
    ),
    "pyproject.toml of llamaagents": (
        "pyproject.toml",
        (
            "[tool.llamaagents]\nenv_files = ['.env']\n[tool.llamaagents.workflows]\ntalk = 'app.workflows:chat'\n"
            "[tool.llamadeploy.workflows]\ntalk = 'app.nothing:chat'\n"
        ),
    ),
    "pyproject.toml of llamadeploy": (
        "pyproject.toml",
        "[tool.llamadeploy]\nenv_files = ['.env']\n[tool.llamadeploy.workflows]\ntalk = 'app.workflows:chat'\n",
    ),
    "llama_agents.toml": (
        "llama_agents.toml",
        "env_files = ['.env']\n[workflows]\ntalk = 'app.workflows:chat'\n",
    ),
    "llama_deploy.yaml": (
        "llama_deploy.yaml",
        "workflows:\n  talk: app.workflows:chat\nenv_files: [.env]\n",
    ),
    "llama_deploy.yml with services": (
        "llama_deploy.yml",
        (
            "name: Deployment\ncontrol-plane: {port: 8000}\ndefault-service: talk\nservices:\n  talk:\n    name: Talk\n"
            "    source: {type: local, name: src}\n    path: app.workflows:chat\n    env-files: [./.env]\n"
        ),
    ),
}


@pytest.mark.parametrize(
    "configuration",
    [
        each if "llamaagents" in each or "services" in each else pytest.param(each, marks=pytest.mark.slow)
        for each in CONFIGURATIONS
    ],
)
def test_name_in_a_configuration(hitl: Hitl, project: Path, configuration: str) -> None:
    """It is run and listed by its name, with the variables of its files."""
    file, text = CONFIGURATIONS[configuration]
    (project / file).write_text(text)
    (project / ".env").write_text("COLOUR=green # a comment\nexport EMPTY=\n")
    colour = "green" if "env" in text else "None"
    ended = hitl("run", "talk", "x")
    assert ended.stdout == f"x near late app.workflows {colour}\n", ended.stderr
    listed = json.loads(hitl("list", "--json").stdout)
    assert file in next(each["summary"] for each in listed if each["reference"] == "talk")
    ended = hitl("run", "takl", "x")
    assert "Did you mean talk?" in ended.stderr


def test_configuration_that_is_wrong(hitl: Hitl, project: Path) -> None:
    """A file runs beside a broken configuration; a name does not, and both are told why."""
    (project / "pyproject.toml").write_text("[tool.hitl.workflows\n")
    assert hitl("run", "src/app/workflows.py:chat", "x").returncode == 0
    ended = hitl("run", "talk", "x")
    assert ended.returncode == 66
    assert "pyproject.toml cannot be read" in ended.stderr
    listed = hitl("list")
    assert listed.returncode == 0
    assert "pyproject.toml cannot be read" in listed.stderr
    (project / "pyproject.toml").write_text("[tool.llamaagents]\nrequired_env_vars = ['COLOUR']\n")
    ended = hitl("run", "src/app/workflows.py:chat", "x")
    assert ended.returncode == 66
    assert "requires environment variables that are not set: COLOUR." in ended.stderr


def test_installed_entry_point(hitl: Hitl, folder: Path, tmp_path: Path) -> None:
    """A package that names its workflow in the group `hitl.workflows` is listed and run by that name."""
    site = tmp_path / "site"
    (site / "talker-1.0.dist-info").mkdir(parents=True)
    (site / "talker-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: talker\nVersion: 1.0\n"
    )
    (site / "talker-1.0.dist-info" / "entry_points.txt").write_text("[hitl.workflows]\ntalk = talker:chat\n")
    words = "from .words import WORD"
    (site / "talker.py").write_text(
        FLOW.replace(words, "WORD = 'near'").replace("from app import late", "import talker as late")
    )
    path = {"PYTHONPATH": str(site)}
    ended = hitl("run", "talk", "x", env=path)
    assert ended.stdout == "x near near talker None\n", ended.stderr
    assert "talk    talker:chat (talker)" in hitl("list", env=path).stdout


KINDS = {
    "instance of any name": "mine = Flow()",
    "class alone": "",
    "class with defaults": "class Larger(Flow):\n    def __init__(self, size=3): super().__init__()",
    "factory": "def create_workflow(): return Flow()",
    "factory with optional arguments": "def create_workflow(request=None, *, size=3, **more): return Flow()",
    "asynchronous factory": (
        "import asyncio\nasync def create_workflow():\n"
        "    await asyncio.sleep(0)\n    made = Flow()\n    made.loop = asyncio.get_running_loop()\n    return made"
    ),
    "factory of any name": "def build() -> Flow: return Flow()",
    "factory before instances": "one = Flow()\ntwo = Flow()\ndef create_workflow(): return one",
    "two names of one": "one = Flow()\ntwo = one",
    "after a script's guard": "if __name__ == '__main__':\n    one = Flow()\n    two = Flow()",
}
KIND = """\
import asyncio
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Flow(Workflow):
    loop = None
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=self.loop in (None, asyncio.get_running_loop()))
"""


@pytest.mark.parametrize(
    "kind",
    [
        each
        if "class" in each or "async" in each or "any name" in each
        else pytest.param(each, marks=pytest.mark.slow)
        for each in KINDS
    ],
)
def test_file_that_offers_one_workflow(hitl: Hitl, folder: Path, kind: str) -> None:
    """It is run and listed without a name; what an asynchronous factory makes belongs to the loop of the run."""
    (folder / "flow.py").write_text(f"{KIND}\n{KINDS[kind]}\n")
    ended = hitl("run", "./flow.py", "x")
    assert (ended.returncode, ended.stdout) == (0, "true\n"), ended.stderr
    assert "./flow.py" in hitl("list").stdout.split()


def test_agents_of_an_agent_workflow_are_no_workflows_to_choose(hitl: Hitl, folder: Path) -> None:
    """As in LlamaIndex's documentation: the agents stand in the file beside the workflow that has them."""
    (folder / "team.py").write_text(
        "from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent\n"
        "from llama_index.core.llms.mock import MockFunctionCallingLLM\n"
        "llm = MockFunctionCallingLLM()\n"
        "writer = FunctionAgent(name='writer', description='writes', can_handoff_to=[], llm=llm, tools=[])\n"
        "reader = FunctionAgent(name='reader', description='reads', llm=llm, tools=[])\n"
        "team = AgentWorkflow(agents=[writer, reader], root_agent='writer')\n"
    )
    ended = hitl("run", "team.py", "hello")
    assert ended.returncode == 0, ended.stderr
    assert "./team.py" in hitl("list").stdout.split()


def test_list_reads_the_packages_of_a_project(hitl: Hitl, project: Path) -> None:
    """What has several workflows is listed with each name; a link to a folder above ends nothing."""
    os.symlink("../..", project / "src" / "app" / "again")
    ended = hitl("list")
    assert ended.returncode == 0, ended.stderr
    references = [line.split("  ")[0].strip() for line in ended.stdout.splitlines()]
    assert references == [
        *("agent", "custom"),
        *("./src/app/workflows.py:chat", "./src/app/workflows.py:other"),
    ]
