"""The result of a workflow is on standard output, whatever it is."""

from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.terminal import Person
from tests.test_streams import shell_line

WORKFLOW = """
import dataclasses, datetime, decimal, pathlib, uuid
from pydantic import BaseModel
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Model(BaseModel):
    files: list[str]

@dataclasses.dataclass
class Data:
    size: int
    path: pathlib.Path

class Ended(StopEvent):
    count: int

class Own:
    def __str__(self):
        return "an object of my own"

class Result(Workflow):
    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result={expression})

workflow = Result()
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'*text*'", "*text*"),
        ("{'files': [1], 'name': 'ä*b*'}", '{"files": [1], "name": "ä*b*"}'),
        ("42", "42"),
        ("True", "true"),
        ("[1, 'two', None]", '[1, "two", null]'),
        ("Model(files=['a'])", '{"files": ["a"]}'),
        ("Data(1, pathlib.Path('/x'))", '{"size": 1, "path": "/x"}'),
        ("datetime.date(2026, 11, 28)", "2026-11-28"),
        ("Own()", "an object of my own"),
        ("b'some bytes'", "some bytes"),
        ("{'hidden': chr(0x202e)}", '{"hidden": "\\u202e"}'),
        ("{1: {2, 2}}", '{"1": [2]}'),
        ("[Own()]", '["an object of my own"]'),
    ],
)
def test_a_result_is_shown(hitl: Hitl, folder: Path, expression: str, expected: str) -> None:
    """Text as text, everything else as JSON, and what JSON cannot hold as its str."""
    (folder / "own.py").write_text(WORKFLOW.replace("{expression}", expression))
    ended = hitl("run", "./own.py", "x")
    assert (ended.returncode, ended.stdout) == (0, f"{expected}\n"), ended.stderr


def test_no_result_is_not_shown(hitl: Hitl, folder: Path) -> None:
    """A workflow that returns nothing prints nothing."""
    (folder / "own.py").write_text(WORKFLOW.replace("{expression}", "None"))
    ended = hitl("run", "./own.py", "x")
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_result_is_shown_at_the_terminal(environment: dict[str, str], folder: Path) -> None:
    """As it is: it is no Markdown."""
    (folder / "own.py").write_text(WORKFLOW.replace("{expression}", "{'a*b*': ['_c_', '`d`']}"))
    at: Person = shell_line(environment, folder, "$hitl run ./own.py x; echo status $?")
    at.sees("status 0")
    assert '{"a*b*": ["_c_", "`d`"]}' in at.screen
    at.close()


def test_lines_of_a_text_stay_lines_at_the_terminal(environment: dict[str, str], folder: Path) -> None:
    """The output of a program is no paragraph."""
    (folder / "own.py").write_text(WORKFLOW.replace("{expression}", "'one\\ntwo\\n\\n- three\\n'"))
    at: Person = shell_line(environment, folder, "$hitl run ./own.py x; echo status $?")
    at.sees("status 0")
    assert "▌ one\n▌ two\n▌\n▌ " in at.screen
    at.close()


def test_a_result_with_fields_of_its_own_is_shown(hitl: Hitl, folder: Path) -> None:
    """The end of a workflow may be an event of its author's."""
    source = WORKFLOW.replace("-> StopEvent:", "-> Ended:").replace(
        "StopEvent(result={expression})", "Ended(count=3)"
    )
    (folder / "own.py").write_text(source)
    ended = hitl("run", "./own.py", "x")
    assert (ended.returncode, ended.stdout) == (0, '{"count": 3}\n'), ended.stderr
