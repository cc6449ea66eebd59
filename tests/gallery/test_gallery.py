"""Each workflow of the gallery is answered at the terminal, with the program killed in between, and in plain lines."""

import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.model_server import Calls, ModelServer, Text
from tests.shell.conftest import eventually
from tests.terminal import Person

At = Callable[..., Person]

WORKFLOWS = Path(__file__).parent / "workflows"
SEND = "SEND"
"""In place of the name of a field: the look at the whole form before it is sent."""
_CLEAR = "\x01\x0b"  # Ctrl-A Ctrl-K: what stands on the line


@dataclass(frozen=True)
class Field:
    """What is typed into a field; `text` is None where its default is kept, and `refused` what is not accepted first.

    `says` is what the workflow says before it.
    """

    name: str
    text: str | None
    says: str = ""
    refused: tuple[str, str] | None = None


@dataclass(frozen=True)
class Case:
    """A workflow, what a person answers, and the result that they see; `replies` are those of the model."""

    file: str
    fields: tuple[Field, ...]
    result: str
    replies: tuple[Calls | Text, ...] = ()


ONLY = ">"
"""The prompt of a form with one field."""

CASES = (
    Case("greeting.py", (Field(ONLY, "Ann", "What is your name?"),), "Hello, Ann"),
    Case("waiting.py", (Field(ONLY, "no", "Delete 3 files?"),), "decided no"),
    Case(
        "written.py:w",
        (Field(ONLY, "Ada", "First name?"), Field(ONLY, "Byron", "Last name?")),
        '["Ada", "Byron", "Laurie"]',
    ),
    Case(
        "parallel.py",
        tuple(
            Field(ONLY, str(count), f"How many {name}?")
            for count, name in enumerate(("apples", "pears", "plums"))
        ),
        '{"apples": "0", "pears": "1", "plums": "2"}',
    ),
    Case(
        "review.py",
        (
            Field("approved", "yes", "May it be published?", refused=("perhaps", "Type yes or no.")),
            Field("remark", "fine"),
            Field(SEND, None),
        ),
        "d1 True 'fine'",
    ),
    Case(
        "order.py",
        (
            Field("size", None, "2  large"),
            Field("finish", "2", "1  matte", refused=("shiny", "Type one of the choices")),
            Field("copies", "5", "At most 50", refused=("99", "less than or equal to 50")),
            Field("due", "2026-12-24", refused=("soon", "valid date")),
            Field("tags", "red, blue"),
            Field("address", '{"street": "Elm", "code": 7}', refused=('{"street": 1}', "valid string")),
            Field("express", "y"),
            Field(SEND, None),
        ),
        '{"size": "large", "finish": "glossy", "copies": 5, "due": "2026-12-24", "tags": ["red", "blue"], '
        '"address": {"street": "Elm", "code": 7}, "express": true}',
    ),
    Case(
        "interview.py",
        (
            Field(ONLY, "Zoe", "Who are you?"),
            Field(ONLY, "9", "How old are you?", refused=("nine", "valid integer")),
        ),
        "Zoe is 9",
    ),
    Case("guess.py", (Field(ONLY, "3", "Guess a number"), Field(ONLY, "7")), "seven it is"),
    Case(
        "users.py",
        (Field(ONLY, "red", "Colour for ann?"), Field(ONLY, "blue", "Colour for bob?")),
        "ann likes red, bob likes blue",
    ),
    Case(
        "assistant.py",
        (Field(ONLY, "yes", "Are you sure you want to proceed?"),),
        "It is done.",
        (Calls.of(("call_0", "{}"), name="dangerous_task"), Text("It is done.")),
    ),
)


@pytest.fixture(params=CASES, ids=lambda case: case.file.partition(".")[0])
def case(request: pytest.FixtureRequest, folder: Path, model: ModelServer) -> Case:
    """A case whose workflow lies in the folder."""
    case: Case = request.param
    name = case.file.partition(":")[0]
    shutil.copy(WORKFLOWS / name, folder / name)
    model.reply(*case.replies)
    return case


def _options(model: ModelServer) -> dict[str, str]:
    return {"OPENAI_API_BASE": model.url}


def _draft(folder: Path) -> str:
    """Return the unfinished form in the journal, the empty text if there is none."""
    (file,) = folder.parent.rglob("journal.db")
    with sqlite3.connect(file) as journal:
        found = journal.execute("SELECT draft FROM questions ORDER BY command DESC LIMIT 1").fetchone()
    return found[0] or "" if found else ""


def _waits_for_draft(folder: Path, typed: str) -> None:
    assert eventually(lambda: typed.replace('"', "") in _draft(folder).replace('\\"', ""))


def _sees_question(at: Person, number: int) -> None:
    at.waits(lambda: at.everything.count("The workflow asks") == number, "the next question")


def test_at_the_terminal_across_a_kill(person: At, case: Case, folder: Path, model: ModelServer) -> None:
    """Killed while the last field is filled in, the program comes back to it with what was typed."""
    at = person("run", f"./{case.file}", "go", env=_options(model), columns=100)
    at.sees("^hitl shows you the questions of this workflow")
    asked = 0
    for field in case.fields:
        if field.name == SEND:
            at.sees("^Enter send · Esc back to the fields")
            at.type("\r")
            continue
        is_last = field is [each for each in case.fields if each.name != SEND][-1]
        if field.name == ONLY:
            asked += 1
            _sees_question(at, asked)
        at.sees(rf"^{re.escape(field.name)}:?($| )", *([re.escape(field.says)] if field.says else []))
        if field.refused is not None:
            at.type(f"{_CLEAR}{field.refused[0]}\r")
            at.sees(re.escape(field.refused[1]))
        if field.text is not None:
            at.type(_CLEAR + field.text)
        if is_last:
            typed = field.text or ""
            _waits_for_draft(folder, typed)
            at.signal(signal.SIGKILL)
            at.leaves()
            at = person("resume", env=_options(model), columns=100)
            asked = 1
            at.sees(rf"^{re.escape(field.name)}:? {re.escape(typed)}$")
        at.type("\r")
    assert at.leaves() == 0, at.everything
    assert case.result in at.everything.replace("\n", ""), at.everything
    assert not model.leftovers


def test_in_plain_lines(person: At, case: Case, model: ModelServer) -> None:
    """The same, word by word, without an escape sequence."""
    at = person("run", f"./{case.file}", "go", "--plain", env=_options(model), columns=100)
    asked = 0
    for field in case.fields:
        if field.name == SEND:
            at.sees("^Your answer: ?$")
            numbers = re.findall(r"Answer (\d{3}) y", at.everything)
            at.type(f"{numbers[-1]} y\r")
            continue
        prompt = "Your answer" if field.name == ONLY else field.name
        said = [re.escape(field.says)] if field.says else []
        if field.name == ONLY:
            asked += 1
            _sees_question(at, asked)
        at.sees(rf"^{prompt}( \(.*\))?:$", *said)
        if field.refused is not None:
            at.type(f"{field.refused[0]}\r")
            at.sees(re.escape(field.refused[1]), rf"^{prompt}( \(.*\))?:$")
        at.type(f"{field.text or ''}\r")
    assert at.leaves() == 0, at.everything
    assert b"\x1b" not in at.raw
    assert case.result in at.everything.replace("\n", ""), at.everything
    assert not model.leftovers
