"""The guide docs/testing.md: its examples are tests that pass with pytest alone, and it names what there is."""

import inspect
import re
import sys
from dataclasses import fields
from pathlib import Path

import hitl_cli.testing
from hitl_cli.commands.new import make
from hitl_cli.testing import ScriptedPerson, ScriptedRun
from tests.conftest import Hitl

GUIDE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()


def test_the_examples_pass_outside_this_checkout(hitl: Hitl, folder: Path) -> None:
    """The first one is about what `hitl new` writes, whose own test passes as well."""
    make("shout", folder)
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)):
        (folder / f"test_example{number}.py").write_text(example)
    # `python -P`, as which the tests start programs, does not look into the current folder.
    options = ("-q", "-p", "no:cacheprovider", "-o", "pythonpath=.", "-W", "ignore")
    ended = hitl(*options, program=[sys.executable, "-m", "pytest"])
    assert "9 passed" in ended.stdout, ended.stdout + ended.stderr


def test_the_guide_names_everything() -> None:
    """Each method of the person and each field of a run has a row; each public name is mentioned."""
    rows = set(re.findall(r"^\| `(\w+)", GUIDE, re.MULTILINE))
    answers = {
        name
        for name, method in inspect.getmembers(ScriptedPerson, inspect.isfunction)
        if name[0] != "_" and inspect.signature(method).return_annotation == "ScriptedPerson"
    }
    assert rows == answers | {field.name for field in fields(ScriptedRun)} | {"is_paused"}
    assert all(f"`{name}" in GUIDE or f" {name}" in GUIDE for name in hitl_cli.testing.__all__)
