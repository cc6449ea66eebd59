"""`hitl resume` where code of the workflow has changed: it says so before any of it is imported."""

import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HITL, Hitl
from tests.resuming import ENTER, At, journal, presses
from tests.test_resume_workflow import EVENTS

WORKFLOW = """
import sys
from pathlib import Path
sys.path.append(str(Path(__file__).parents[1] / "shared"))
import above
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from parts.asks import Ask, Reply, Data
from hitl_cli import run_command

class Mine(Workflow):
    @step
    async def propose(self, ev: StartEvent) -> Ask:
        from parts.deep import late
        return Ask(data=Data(command=late.COMMAND))

    @step
    async def decide(self, ev: Reply) -> StopEvent:
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))

workflow = Mine()
"""

SPRUNG = "\nimport pathlib; pathlib.Path({mark!r}).touch()\n"


@pytest.fixture
def root(folder: Path) -> Path:
    """The folder of a workflow that imports from a package, inside a step, and from a folder beside its own."""
    root = folder / "flow"
    (root / "parts" / "deep").mkdir(parents=True)
    (folder / "shared").mkdir()
    (folder / "shared" / "above.py").write_text("")
    (root / "mine.py").write_text(WORKFLOW)
    (root / "parts" / "__init__.py").write_text("import pkgutil\npkgutil.get_data(__name__, 'words.txt')\n")
    (root / "parts" / "words.txt").write_text("words")
    (root / "parts" / "asks.py").write_text("from . import more\n" + EVENTS)
    (root / "parts" / "more.py").write_text("")
    (root / "parts" / "deep" / "__init__.py").write_text("")
    (root / "parts" / "deep" / "late.py").write_text("COMMAND = 'echo ran >> ran'\n")
    (root / "parts" / "unused.py").write_text("")
    return root


@pytest.fixture
def pending(hitl: Hitl, root: Path) -> Path:
    """The folder of that workflow, which waits for a decision."""
    assert hitl("run", "flow/mine.py", "go").returncode == 75
    return root


def add_to(file: Path, mark: Path) -> None:
    """Have a file leave a mark when it is imported."""
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as text:
        text.write(SPRUNG.format(mark=str(mark)))


Change = Callable[[Path, Path], object]
CHANGES: dict[str, tuple[str, Change]] = {
    "the file itself": ("mine.py", lambda root, mark: add_to(root / "mine.py", mark)),
    "in a package": ("parts/asks.py", lambda root, mark: add_to(root / "parts/asks.py", mark)),
    "an __init__": ("parts/__init__.py", lambda root, mark: add_to(root / "parts/__init__.py", mark)),
    "a relative import": ("parts/more.py", lambda root, mark: add_to(root / "parts/more.py", mark)),
    "inside a step": ("parts/deep/late.py", lambda root, mark: add_to(root / "parts/deep/late.py", mark)),
    "above the folder": (
        "../shared/above.py",
        lambda root, mark: add_to(root.parent / "shared/above.py", mark),
    ),
    "data of a package": (
        "parts/words.txt",
        lambda root, mark: (root / "parts/words.txt").write_text("other"),
    ),
    "deleted": (r"parts/more.py \(deleted\)", lambda root, mark: (root / "parts/more.py").unlink()),
    "a package in a module's place": (
        r"parts/asks/__init__.py \(new, imported in place of parts/asks.py\)",
        lambda root, mark: add_to(root / "parts/asks/__init__.py", mark),
    ),
    "in another folder of the path": (
        r"above.py \(new, imported in place of ../shared/above.py\)",
        lambda root, mark: add_to(root / "above.py", mark),
    ),
    "a pipe": ("parts/more.py", lambda root, mark: replace_by_pipe(root / "parts/more.py")),
    "a link": ("parts/more.py", lambda root, mark: replace_by_link(root / "parts/more.py", mark)),
}


def replace_by_pipe(file: Path) -> None:
    """Put a pipe that nobody writes to in the place of a file."""
    file.unlink()
    os.mkfifo(file)


def replace_by_link(file: Path, mark: Path) -> None:
    """Put a link to code that leaves a mark in the place of a file."""
    file.unlink()
    add_to(mark.with_suffix(".py"), mark)
    file.symlink_to(mark.with_suffix(".py"))


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_reported_before_anything_is_imported(
    pending: Path, hitl: Hitl, tmp_path: Path, change: str
) -> None:
    """By its name, wherever it is; nothing of it has run, and nothing went on."""
    named, make = CHANGES[change]
    make(pending, tmp_path / "mark")
    ended = hitl("resume")
    assert ended.returncode == 75, ended.stderr
    assert f"(files: {named.replace(chr(92), '')})" in ended.stderr
    assert not (tmp_path / "mark").exists()
    assert journal(pending.parent, "SELECT state FROM commands") == [("waiting",)]


def test_no_imports_nothing_and_yes_continues(pending: Path, person: At, tmp_path: Path) -> None:
    """The question comes first; the answer decides whether the code runs."""
    add_to(pending / "parts" / "more.py", tmp_path / "mark")
    at = person("resume", columns=200)
    at.sees(r"files: parts/more\.py", "y continue")
    assert not (tmp_path / "mark").exists()
    presses(at, ENTER)
    assert at.leaves() == 75
    assert not (tmp_path / "mark").exists()
    at = person("resume")
    at.sees("y continue")
    presses(at, "y")
    at.approves("echo ran")
    assert at.leaves() == 0
    assert (tmp_path / "mark").exists()


def test_what_was_not_imported_is_not_asked_about(pending: Path, hitl: Hitl) -> None:
    """Other files may change, and new ones may come, as long as they are not found in the place of others."""
    (pending / "parts" / "unused.py").write_text("# changed\n")
    (pending / "another.py").write_text("# new\n")
    (pending / "json").mkdir()  # not a package, so it hides nothing
    add_to(pending / "netrc.py", pending / "mark")  # the standard library's is imported
    add_to(pending / "llama_index" / "__init__.py", pending / "mark")
    ended = hitl("resume")
    assert ended.returncode == 75
    assert "changed since" not in ended.stderr
    assert not (pending / "mark").exists()


def test_file_that_the_code_finds_by_itself_is_reported(hitl: Hitl, root: Path) -> None:
    """A plugin that was not there before is imported with the others, and then nothing continues without a yes."""
    (root / "mine.py").write_text(
        "import importlib\nfrom pathlib import Path\n"
        "for each in Path(__file__).parent.glob('plugin_*.py'): importlib.import_module(each.stem)\n"
        + WORKFLOW
    )
    assert hitl("run", "flow/mine.py", "go").returncode == 75
    assert "changed since" not in hitl("resume").stderr
    (root / "plugin_new.py").write_text("")
    assert "(files: plugin_new.py)" in hitl("resume").stderr


def test_cached_bytecode_is_not_run(pending: Path, hitl: Hitl, tmp_path: Path) -> None:
    """A file whose source is the same runs from its source, whatever somebody put into the cache."""
    source = pending / "parts" / "more.py"
    hostile = tmp_path / "hostile.py"
    add_to(hostile, tmp_path / "mark")
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir(exist_ok=True)
    for mode in (py_compile.PycInvalidationMode.UNCHECKED_HASH, py_compile.PycInvalidationMode.TIMESTAMP):
        text = source.stat()
        hostile.write_text(hostile.read_text())
        os.utime(hostile, ns=(text.st_atime_ns, text.st_mtime_ns))
        py_compile.compile(str(hostile), str(cached), invalidation_mode=mode)
        data = bytearray(cached.read_bytes())
        data[12:16] = text.st_size.to_bytes(4, "little") if data[4] == 0 else data[12:16]
        cached.write_bytes(data)
        ended = hitl("resume")
        assert ended.returncode == 75
        assert "changed since" not in ended.stderr
        assert "there is no terminal to ask you" in ended.stderr
    assert not (tmp_path / "mark").exists()


def test_module_of_a_package(hitl: Hitl, root: Path, tmp_path: Path) -> None:
    """Of `package.module:name`, all of the outermost package is compared, from where it is found now."""
    (root / "__init__.py").write_text("")
    (root / "mine.py").write_text(WORKFLOW.replace("from parts", "from .parts"))
    path = {"PYTHONPATH": str(root.parent)}
    assert hitl("run", "flow.mine:workflow", "go", env=path).returncode == 75
    assert "changed since" not in hitl("resume", env=path).stderr
    add_to(root / "__init__.py", tmp_path / "mark")
    assert "(files: flow/__init__.py)" in hitl("resume", env=path).stderr
    (root / "__init__.py").write_text("")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(root, elsewhere / "flow")
    add_to(elsewhere / "flow" / "parts" / "more.py", tmp_path / "mark")
    ended = hitl("resume", env={"PYTHONPATH": f"{elsewhere}:{root.parent}"})
    assert "(files: flow/parts/more.py" in ended.stderr
    assert not (tmp_path / "mark").exists()


def test_session_that_waits_for_nothing(hitl: Hitl, root: Path, person: At, tmp_path: Path) -> None:
    """Its conversation continues with the changed workflow only after a yes."""
    (root / "mine.py").write_text(
        "from workflows import Workflow, step\nfrom workflows.events import StartEvent, StopEvent\nimport parts.more\n"
        "class Mine(Workflow):\n    @step\n    async def go(self, ev: StartEvent) -> StopEvent:\n"
        "        import parts.deep.late\n        return StopEvent(result='said ' + ev.user_msg)\nworkflow = Mine()\n"
    )
    at = person("run", "flow/mine.py")
    at.says("hello")
    at.sees("said")
    at.sees("^>$")
    at.type("\x04")
    assert at.leaves() == 0
    add_to(root / "parts" / "deep" / "late.py", tmp_path / "mark")
    ended = hitl("resume")
    assert ended.returncode == 75
    assert "(files: parts/deep/late.py)" in ended.stderr
    assert "Continue with" not in ended.stderr


def test_imported_file_runs_with_its_traceback(hitl: Hitl, root: Path) -> None:
    """What is imported from source only is still told with its line, and leaves no cache."""
    (root / "parts" / "more.py").write_text("\n1 / 0\n")
    ended = subprocess.run(
        [*HITL, "run", "flow/mine.py", "--debug", "go"],
        cwd=root.parent,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ended.returncode == 66
    assert 'parts/more.py", line 2' in ended.stderr
    assert "1 / 0" in ended.stderr
    assert not list(root.rglob("__pycache__")), sys.version


def test_what_an_earlier_process_imported_is_still_compared(pending: Path, person: At, hitl: Hitl) -> None:
    """Also when the last one came to its end before the step that imports it."""
    at = person("resume")
    at.sees(r"\$ echo ran")
    at.type("\x03")
    at.sees("Why not")
    at.type("no" + ENTER)
    at.leaves()
    assert "changed since" not in hitl("resume").stderr
    (pending / "parts" / "deep" / "late.py").write_text("COMMAND = 'echo other'\n")
    assert "(files: parts/deep/late.py)" in hitl("resume").stderr
