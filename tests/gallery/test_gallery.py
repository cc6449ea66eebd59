"""Each workflow of the gallery is answered at the terminal, with the program killed in between, and in plain lines.

The quick suite runs each workflow in one of these ways, in turn; `pytest -m slow` runs the rest.
"""

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
_NEW_LINE = "\x1b\r"  # Alt-Enter
_CONTINUED = "\\\r"  # a line that ends with a backslash continues


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
    """A workflow, what a person answers, and the result that they see.

    `replies` are those of the model, and `told` is what it was told by the tools. A run that `restarts` cannot be saved
    while it asks, so that `hitl resume` begins it again, without what was typed.
    """

    file: str
    fields: tuple[Field, ...]
    result: str
    replies: tuple[Calls | Text, ...] = ()
    told: tuple[str, ...] = ()
    restarts: bool = False

    def begins_question(self, at: int) -> bool:
        """Whether the field number `at` is the first one of a question."""
        return at == 0 or self.fields[at].name == ONLY or self.fields[at - 1].name == SEND


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
        ("Dangerous task completed successfully.",),
    ),
    Case(
        "react.py",
        (Field(ONLY, "yes", "Send the email to Bob?"),),
        "Bob has it.",
        (
            Text('Thought: I need a tool.\nAction: send_email\nAction Input: {"to": "Bob"}'),
            Text("Thought: I can answer without using any more tools.\nAnswer: Bob has it."),
        ),
    ),
    Case(
        "function_agent.py",
        (Field(ONLY, "yes", "Delete a.txt?"), Field(ONLY, "never", "Delete b.txt?")),
        "One is left.",
        (
            Calls.of(("call_0", '{"path": "a.txt"}'), ("call_1", '{"path": "b.txt"}'), name="delete_file"),
            Text("One is left."),
        ),
        ("a.txt: yes", "b.txt: never"),
    ),
    Case(
        "handoff.py",
        (Field(ONLY, "fine", "Publish Cats with the notes they purr?"),),
        "It is published.",
        (
            Calls.of(("call_0", '{"notes": "they purr"}'), name="record_notes"),
            Calls.of(("call_1", '{"to_agent": "write", "reason": "all is known"}'), name="handoff"),
            Calls.of(("call_2", '{"title": "Cats"}'), name="publish"),
            Text("It is published."),
        ),
        ("The editor says fine.",),
    ),
    Case(
        "agent_state.py",
        (Field("confirmed", "yes", "Is your name Robert?"), Field("nickname", "Bob"), Field(SEND, None)),
        "Hello.",
        (
            Calls.of(("call_0", '{"name": "Robert"}'), name="set_name"),
            Calls.of(("call_1", "{}"), name="get_name"),
            Text("Hello."),
        ),
        ("The name was set.", "The name is Bob."),
    ),
    Case("resources.py", (Field(ONLY, "Ann", "signature: Yours, Laurie"),), "1 sent: to Ann"),
    Case(
        "typed_state.py",
        (
            Field(ONLY, "1.50", "What does bread cost?", refused=("0", "greater than 0")),
            Field(ONLY, "2", "What does milk cost?"),
        ),
        "bread, milk: 3.50",
    ),
    Case(
        "nested.py",
        (Field(ONLY, "red", "Which colour for the door?"),),
        "The child says: it is red",
        restarts=True,
    ),
    Case(
        "survey.py",
        (
            Field("name", "Ann", "How was your visit?", refused=("A", "at least 2 characters")),
            Field("rating", "4", "From 1 to 5", refused=("6", "less than or equal to 5")),
            Field("again", "y"),
            Field("found_by", None, "2  advert"),
            Field("comment", ""),
            Field(SEND, None),
        ),
        '{"answers": {"name": "Ann", "rating": 4, "again": true, "found_by": "chance", "comment": ""}}',
    ),
    Case(
        "choices.py",
        (
            Field("option", "car", "How do you travel?"),
            Field("speed", None),
            Field(SEND, None),
            Field("option", "boat", "There is no car."),
            Field("speed", "slow"),
            Field(SEND, None),
        ),
        "boat, slow",
    ),
    Case(
        "document.py",
        (
            Field("approve", "no", "Second line."),
            Field("new_text", "One.\nTwo."),
            Field(SEND, None),
            Field("approve", "yes", "Report, again"),
            Field("new_text", ""),
            Field(SEND, None),
        ),
        '["One.", "Two."]',
    ),
    Case(
        "trip.py",
        (
            Field("leave", "2026-12-01", "Plan the trip", refused=("tomorrow", "valid date")),
            Field("at", "09:30"),
            Field("back", None),
            Field("stops", '[{"city": "Rome"}]', refused=("[]", "at least 1 item")),
            Field("people", "Ann, Bob"),
            Field("days", None),
            Field("budget", "99.5"),
            Field(SEND, None),
        ),
        '{"leave": "2026-12-01", "at": "09:30:00", "back": null, "stops": [{"city": "Rome", "nights": 1}], '
        '"people": ["Ann", "Bob"], "days": [1, 2], "budget": 99.5}',
    ),
    Case(
        "attempts.py",
        (
            Field(ONLY, "3", "An even number"),
            Field(ONLY, "x", "3 is not even."),
            Field(ONLY, "4", "x is not even."),
        ),
        "4 after 3",
    ),
    Case(
        "fanout.py",
        tuple(Field(ONLY, word, f"Close ticket {n}?") for n, word in enumerate(("yes", "no", "yes"), 1)),
        "[[1, true], [2, false], [3, true]]",
    ),
    Case(
        "own_events.py",
        (Field("seats", "3", "How many seats?"), Field("reason", ""), Field(SEND, None)),
        "3 seats in row F",
    ),
)


def _in_turn(way: int) -> list[object]:
    """Return the cases of one of two ways to run them; the quick suite runs every other one in each."""
    return [
        pytest.param(case, id=case.file.partition(".")[0], marks=() if at % 2 == way else pytest.mark.slow)
        for at, case in enumerate(CASES)
    ]


def _prepare(case: Case, folder: Path, model: ModelServer) -> None:
    name = case.file.partition(":")[0]
    shutil.copy(WORKFLOWS / name, folder / name)
    model.reply(*case.replies)


def _options(model: ModelServer) -> dict[str, str]:
    return {"OPENAI_API_BASE": model.url}


def _check_end(at: Person, case: Case, model: ModelServer) -> None:
    assert at.leaves() == 0, at.everything
    assert "newline⟧" not in at.everything  # of a long question, the record has its first line
    assert case.result in at.everything.replace("\n", ""), at.everything
    assert sorted(set(case.told) - set(model.tool_results() if case.told else [])) == []


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


@pytest.mark.parametrize("case", _in_turn(0))
def test_at_the_terminal_across_a_kill(person: At, case: Case, folder: Path, model: ModelServer) -> None:
    """Killed while the last field is filled in, the program comes back to it with what was typed."""
    _prepare(case, folder, model)
    at = person("run", f"./{case.file}", "go", env=_options(model), columns=100)
    if case.file != "own_events.py":
        at.sees("^hitl shows you the questions of this workflow")
    asked = 0
    last = max(number for number, field in enumerate(case.fields) if field.name != SEND)
    for number, field in enumerate(case.fields):
        if field.name == SEND:
            at.sees("^Enter send · Esc back to the fields")
            at.type("\r")
            continue
        if case.begins_question(number):
            asked += 1
            _sees_question(at, asked)
        at.sees(rf"^{re.escape(field.name)}:?($| )", *([re.escape(field.says)] if field.says else []))
        if field.refused is not None:
            at.type(f"{_CLEAR}{field.refused[0]}\r")
            at.sees(re.escape(field.refused[1]))
        if field.text is not None:
            at.type(_CLEAR + field.text.replace("\n", _NEW_LINE))
        if number == last:
            typed = field.text or ""
            _waits_for_draft(folder, typed)
            at.signal(signal.SIGKILL)
            at.leaves()
            at = person("resume", env=_options(model), columns=100)
            asked = 1
            if case.restarts:
                at.sees("The run starts again from the beginning", rf"^{re.escape(field.name)}:?($| )")
                at.type(typed)
            at.sees(rf"^{re.escape(field.name)}:? ?{re.escape(typed)}$")
        at.type("\r")
    _check_end(at, case, model)


@pytest.mark.parametrize("case", _in_turn(1))
def test_in_plain_lines(person: At, case: Case, folder: Path, model: ModelServer) -> None:
    """The same, word by word, without an escape sequence."""
    _prepare(case, folder, model)
    at = person("run", f"./{case.file}", "go", "--plain", env=_options(model), columns=100)
    asked = 0
    for number, field in enumerate(case.fields):
        if field.name == SEND:
            at.waits(lambda: at.screen.endswith("Your answer:"), "to be asked whether to send it")
            numbers = re.findall(r"Answer (\d{3}) y", at.everything)
            at.type(f"{numbers[-1]} y\r")
            continue
        prompt = "Your answer" if field.name == ONLY else field.name
        said = [re.escape(field.says)] if field.says else []
        if case.begins_question(number):
            asked += 1
            _sees_question(at, asked)
        at.sees(rf"^{prompt}( \(.*\))?:$", *said)
        if field.refused is not None:
            at.type(f"{field.refused[0]}\r")
            at.sees(re.escape(field.refused[1]), rf"^{prompt}( \(.*\))?:$")
        at.type(f"{(field.text or '').replace(chr(10), _CONTINUED)}\r")
    _check_end(at, case, model)
    assert b"\x1b" not in at.raw


def test_a_question_of_a_child_that_is_not_relayed(person: At, folder: Path) -> None:
    """It cannot be asked; the run ends, and says what the author should do."""
    shutil.copy(WORKFLOWS / "unread.py", folder)
    at = person("run", "./unread.py", "go", columns=100)
    assert at.leaves() == 70
    told = " ".join(at.everything.split())
    assert (
        "A nested workflow waits for a response to its InputRequiredEvent, and nothing reads its events"
        in told
    )
    assert "pass the request on with ctx.write_event_to_stream()" in told
