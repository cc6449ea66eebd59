"""From a reference to a workflow: names, files, modules, and files that do not work."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Hitl

ECHO = """\
'''Says what it was told.'''
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from helper import SUFFIX

class Echo(Workflow):
    @step
    async def say(self, ev: StartEvent) -> StopEvent:
        from late import LATE
        return StopEvent(result=f"{ev.user_msg} {SUFFIX} {LATE}")
"""


@pytest.fixture
def echo(folder: Path) -> Path:
    """A workflow file with neighbours, one of which it imports when it runs."""
    (folder / "helper.py").write_text("SUFFIX = 'again'\n")
    (folder / "late.py").write_text("LATE = 'later'\n")
    path = folder / "echo.py"
    path.write_text(ECHO + "\nworkflow = Echo()\n")
    return path


def test_file_is_run_with_its_neighbours(hitl: Hitl, echo: Path) -> None:
    """A workflow without a person or a model runs, and its result is printed."""
    ended = hitl("run", "./echo.py", "hello")
    assert (ended.returncode, ended.stdout) == (0, "hello again later\n"), ended.stderr


def test_file_is_found_from_elsewhere(hitl: Hitl, echo: Path) -> None:
    """The neighbours are those of the file, not of the current folder."""
    ended = hitl("run", str(echo), "--cwd", "/", "hello")
    assert (ended.returncode, ended.stdout) == (0, "hello again later\n"), ended.stderr


def test_attribute_names_one_of_several(hitl: Hitl, echo: Path) -> None:
    """`file.py:name` takes an instance or whatever makes one."""
    echo.write_text(ECHO + "one = Echo()\ndef two(): return Echo()\n")
    assert hitl("run", "./echo.py:one", "a").stdout == "a again later\n"
    assert hitl("run", "./echo.py:two", "b").stdout == "b again later\n"
    assert hitl("run", "./echo.py:Echo", "c").stdout == "c again later\n"


def test_module_reference(hitl: Hitl, echo: Path, folder: Path) -> None:
    """`package.module:name` is imported as Python does."""
    ended = hitl("run", "echo:workflow", "x", env={"PYTHONPATH": str(folder)})
    assert ended.stdout == "x again later\n", ended.stderr


@pytest.mark.parametrize(
    ("content", "reference", "sentence"),
    [
        ("x = 1", "./bad.py", "bad.py has no workflow; nothing ran. It needs an instance"),
        ("x = (", "./bad.py", "Cannot import bad.py (line 1): SyntaxError: '(' was never closed."),
        (
            "\nimport nothing_like_this",
            "./bad.py",
            "bad.py (line 2): ModuleNotFoundError: No module named 'nothing_like_this'. Install it with: ",
        ),
        (
            "import llama_index.llms.nothing_like",
            "./bad.py",
            "-m pip install llama-index-llms-nothing-like. Nothing ran.",
        ),
        (
            "\n\nimport broken",
            "./bad.py",
            "Cannot import bad.py (line 3): broken.py, line 2: ZeroDivisionError: ",
        ),
        ("raise SystemExit(0)", "./bad.py", "Cannot import bad.py (line 1): SystemExit: 0."),
        ("workflow = 3", "./bad.py", "workflow in bad.py is not a workflow but a value of type int"),
        (
            "def create_workflow(): return 1 / 0",
            "./bad.py",
            "create_workflow() in bad.py failed: bad.py:1 in create_workflow: ZeroDivisionError",
        ),
        (
            ECHO + "a = Echo()\nb = Echo()\nc = b\n",
            "./bad.py",
            "bad.py has several workflows; nothing ran. Give one: ./bad.py:a, ./bad.py:b\n",
        ),
        (
            ECHO + "class Other(Echo):\n    def __init__(self, size): pass\n",
            "./bad.py",
            "Other in bad.py needs the argument size, and hitl gives none; nothing ran.",
        ),
        (ECHO + "flow = Echo()\n", "./bad.py:flwo", "bad.py has no flwo; nothing ran. Did you mean flow?"),
        ("", "./ehco.py", "Did you mean ./echo.py?"),
        ("", "echo", "There is no workflow 'echo'; nothing ran. Did you mean ./echo.py?"),
        ("", "agnet", "Did you mean agent?"),
        ("", "broken.txt", "There is no workflow 'broken.txt'"),
        ("", "../work", "../work is a folder, not a workflow file; nothing ran. In it: ../work/echo.py."),
        ("", "no.such.module:x", "Cannot import no.such.module: ModuleNotFoundError: No module named 'no'."),
        ("", "json:nothing", "json has no nothing; nothing ran."),
    ],
)
def test_reference_that_leads_nowhere(
    hitl: Hitl, echo: Path, content: str, reference: str, sentence: str
) -> None:
    """One sentence with file and line, status 66, nothing ran."""
    (echo.parent / "bad.py").write_text(content)
    (echo.parent / "broken.py").write_text("\n1 / 0\n")
    ended = hitl("run", reference, "x")
    assert sentence in ended.stderr
    assert ended.returncode == 66
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_debug_shows_the_traceback(hitl: Hitl, folder: Path, tmp_path: Path) -> None:
    """Under `--debug` the sentence comes after the traceback, which is in the log, too."""
    (folder / "bad.py").write_text("import nothing_like_this\n")
    ended = hitl("run", "./bad.py", "--debug", "x")
    assert "Traceback" in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("hitl: ")
    (log,) = (tmp_path / "home").rglob("hitl.log")
    assert "ModuleNotFoundError: No module named 'nothing_like_this'" in log.read_text()


def test_list_names_what_can_be_run(hitl: Hitl, echo: Path) -> None:
    """The bundled workflows and the files of the folder, which are read and not run."""
    (echo.parent / "trap.py").write_text("'''A trap.'''\nopen('sprung', 'w')\nworkflow = 1\n")
    ended = hitl("list")
    assert [line.split("  ")[0] for line in ended.stdout.splitlines()] == [
        "agent",
        "custom",
        "./echo.py",
        "./trap.py",
    ]
    assert "Says what it was told." in ended.stdout
    assert json.loads(hitl("list", "--json").stdout)[2]["reference"] == "./echo.py"
    assert not (echo.parent / "sprung").exists()


STUCK = """\
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from hitl_cli import HumanInputEvent
from pydantic import BaseModel

class Data(BaseModel):
    text: str = ""

class Asks(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        await ctx.wait_for_event(HumanResponseEvent, {waits})
        return StopEvent()

workflow = Asks()
"""


@pytest.mark.parametrize(
    ("waits", "sentence"),
    [
        ("", "nobody was asked for, so it was ended. Waiting: the step 'ask' for"),
        (
            "waiter_event=HumanInputEvent(event_type='cli_human_input', data=Data())",
            "its data must have a text named command.",
        ),
    ],
)
def test_workflow_that_waits_for_nobody(hitl: Hitl, folder: Path, waits: str, sentence: str) -> None:
    """It is ended with a sentence, and does not hang."""
    (folder / "stuck.py").write_text(STUCK.format(waits=waits))
    ended = hitl("run", "./stuck.py", "x")
    assert ended.returncode == 70
    assert sentence in ended.stderr


def test_step_that_fails(hitl: Hitl, echo: Path) -> None:
    """The failure of a step is told with its own words."""
    (echo.parent / "late.py").unlink()
    ended = hitl("run", "./echo.py", "x")
    assert ended.returncode == 70
    assert "echo.py:9 in say: ModuleNotFoundError: No module named 'late'. Install it with: " in ended.stderr


UNASKED = """\
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from hitl_cli import run_command

class Unasked(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await run_command("touch made"))

workflow = Unasked()
"""


def test_workflow_cannot_run_what_nobody_approved(hitl: Hitl, folder: Path) -> None:
    """`run_command` under `hitl run` takes only what the person decided."""
    (folder / "unasked.py").write_text(UNASKED)
    ended = hitl("run", "./unasked.py", "x")
    assert ended.returncode == 70
    assert "tried to run a command that nobody approved; it did not run" in ended.stderr
    assert not (folder / "made").exists()


def test_list_beside_hostile_files(hitl: Hitl, folder: Path) -> None:
    """Whatever has the name of a Python file: the good ones are listed, and nothing is waited for."""
    deep = "'''Deep.'''\nworkflow = "
    contents: dict[str, str | bytes] = {
        "good.py": "'''Good.'''\nworkflow = 1\n",
        "dashes.py": deep + "-" * 200_000 + "1",
        "brackets.py": deep + "[" * 100_000 + "]" * 100_000,
        "calls.py": deep + "f(" * 5_000 + ")" * 5_000,
        "dots.py": deep + "a" + ".a" * 100_000,
        "sums.py": deep + "1" + "+1" * 100_000,
        "nested.py": deep + "1\n" + "".join(" " * depth + "if 1:\n" for depth in range(200)),
        "nul.py": b"workflow = 1\0",
        "binary.py": bytes(range(256)) * 1_000 + b"workflow",
        "coding.py": "# -*- coding: nonsense -*-\nworkflow = 1\n",
        "escape.py": "'''Escape.'''\nworkflow = '\\d'\n",
        "long.py": f"'''{'long ' * 10_000}'''\nworkflow = 1\n",
        "large.py": "workflow = 1\n" + "x = 1\n" * 100_000,
        "\udcff.py": "'''Name.'''\nworkflow = 1\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with (folder / "sparse.py").open("wb") as sparse:
        sparse.truncate(2**33)
    os.mkfifo(folder / "fifo.py")
    (folder / "broken.py").symlink_to("nowhere")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "endless.py").symlink_to("/dev/zero")
    (folder / "folder.py").mkdir()
    ended = hitl("list")
    assert ended.returncode == 0, ended.stderr
    names = [line.split("  ")[0].strip() for line in ended.stdout.splitlines()]
    assert {"agent", "custom", "./good.py", "./escape.py", "./long.py"} <= set(names)
    assert not {"./dashes.py", "./fifo.py", "./large.py", "./nul.py"} & set(names)
    assert max(map(len, ended.stdout.splitlines())) < 300
    assert ended.stderr == "hitl: Skipped 1 file of this folder: there are too many, or they are too large.\n"
    assert hitl("list", "--json").returncode == 0


def test_list_of_many_files(hitl: Hitl, folder: Path) -> None:
    """What is parsed of all files together is limited."""
    for number in range(40):
        (folder / f"w{number:02}.py").write_text("workflow = 1\n" + "x = {1: [2, 3]}\n" * 10_000)
    (folder / "a.py").write_text("'''First.'''\nworkflow = 1\n")
    ended = hitl("list")
    assert ended.returncode == 0
    assert "./a.py" in ended.stdout
    assert "files of this folder: there are too many" in ended.stderr
