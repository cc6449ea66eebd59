"""Every entry of the catalogue: its form, its syntax, and where that is safe, what its command does."""

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.catalogue.entry import Entry, InvalidEntry, fill
from hitl_cli.catalogue.entry_files import read_entries
from hitl_cli.catalogue.index import BUNDLED

EFFECTS = Path(__file__).parent / "effects"
DOCS = Path(__file__).parents[2] / "docs" / "catalogue.md"
EXAMPLES = {"number": "7", "days": "7", "interval": "2", "size": "10M", "extension": "txt", "port": "80"}


def _entries() -> Iterator[Entry]:
    for file in sorted(BUNDLED.glob("*.toml")):
        for entry in read_entries(file):
            assert isinstance(entry, Entry), str(entry)
            yield entry


AREAS = sorted(file.stem for file in BUNDLED.glob("*.toml"))


@functools.cache
def _by_id() -> dict[str, Entry]:
    return {entry.id: entry for entry in _entries()}


def _effects(area: str) -> list[dict[str, Any]]:
    file = EFFECTS / f"{area}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def test_there_are_many_and_no_id_is_used_twice() -> None:
    """The index keeps one entry for each id; what is in the files is in the index."""
    everything = list(_entries())
    assert len(everything) >= 500
    assert len(everything) == len(_by_id())
    told = re.search(r"a catalogue: (\d+) tasks", DOCS.read_text())
    assert told
    assert int(told[1]) == len(everything)


@pytest.mark.parametrize("area", AREAS)
def test_every_command_is_valid_bash(area: str, tmp_path: Path) -> None:
    """With examples in its slots and without: a person may look at either."""
    script = tmp_path / "all.sh"
    for entry in read_entries(BUNDLED / f"{area}.toml"):
        assert not isinstance(entry, InvalidEntry), str(entry)
        given = {
            name: slot.default or EXAMPLES.get(slot.kind, "x" if slot.kind != "text" else "it's a b")
            for name, slot in entry.slots.items()
        }
        for command in filter(None, (entry.command, entry.macos)):
            script.write_text(fill(command, given) + "\n")
            done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{entry.id}: {done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "effect",
    [pytest.param(effect, id=f"{area}-{effect['id']}") for area in AREAS for effect in _effects(area)],
)
def test_the_command_does_what_its_entry_says(effect: dict[str, Any], tmp_path: Path) -> None:
    """In a scratch folder with what it needs: its output, its status, and the files that it leaves."""
    entry = _by_id()[effect["id"]]
    folder = tmp_path / "a folder"
    folder.mkdir()
    path = os.pathsep.join(["/usr/local/sbin", "/usr/sbin", "/sbin", os.environ["PATH"]])
    if missing := [name for name in entry.needs if shutil.which(name, path=path) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    if not Path(effect.get("reads", "/")).exists():
        pytest.skip(f"this machine has no {effect['reads']}")
    for name, content in effect.get("fixture", {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\0" * content if isinstance(content, int) else content.encode())
    environment = {"HOME": str(folder), "PATH": path, "LANG": "C.UTF-8", "TMPDIR": str(folder)}
    if "setup" in effect:
        _bash(effect["setup"], folder, environment).check_returncode()
    given = {name: slot.default for name, slot in entry.slots.items() if slot.default is not None}
    done = _bash(fill(entry.command, {**given, **effect.get("slots", {})}), folder, environment)
    said = f"{done.args}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == effect.get("status", 0), said
    for pattern in effect.get("stdout_has", []):
        assert re.search(pattern, done.stdout), said
    for pattern in effect.get("stdout_lacks", []):
        assert not re.search(pattern, done.stdout), said
    for name, pattern in effect.get("files", {}).items():
        if pattern is None:
            assert not os.path.lexists(folder / name), said
        else:
            assert re.search(pattern, (folder / name).read_bytes().decode("utf-8", "replace")), said


def _bash(command: str, folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        input="y\n" * 20,  # for commands that ask before they delete
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=30,
        check=False,
    )
