"""Start fields on the command line, in a file, in a form, in a conversation, and after a kill."""

import asyncio
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from hitl_cli.starting.fields import start_fields
from hitl_cli.starting.values import Start
from hitl_cli.testing import ScriptedPerson, run_workflow
from tests.conftest import Hitl
from tests.terminal import Person

At = Callable[..., Person]

ARTICLE = '''
import asyncio
from typing import Literal
from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Place(BaseModel):
    street: str
    code: int

class Begin(StartEvent):
    topic: str = Field(description="What to write about")
    words: int = Field(ge=10, description="How long")
    tone: Literal["plain", "funny"] = "plain"
    tags: list[str] = []
    place: Place | None = None

class Article(Workflow):
    """Writes an article."""
    @step
    async def ask(self, ctx: Context, ev: Begin) -> InputRequiredEvent:
        open("began", "a").write(f"{ev.words}.")
        await ctx.store.set("told", f"{ev.topic} {ev.words} {ev.tone} {ev.tags} {ev.place}")
        return InputRequiredEvent(prefix="Publish?")

    @step
    async def work(self, ev: Begin) -> None:  # a step at work cannot be saved
        await asyncio.sleep(600)

    @step
    async def end(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"{await ctx.store.get('told')}, {ev.response}")
'''
SHORT = (
    ARTICLE[: ARTICLE.index("class Article")]
    + """
class Short(Workflow):
    @step
    async def tell(self, ev: Begin) -> StopEvent:
        open("began", "a").write(".")
        return StopEvent(result=f"{ev.topic} {ev.words} {ev.tone} {ev.tags} {ev.place}")
"""
)
CHAT = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Begin(StartEvent):
    query: str
    times: int

class Chat(Workflow):
    @step
    async def go(self, ev: Begin) -> StopEvent:
        return StopEvent(result=" ".join([ev.query] * ev.times))
"""


@pytest.fixture
def files(folder: Path) -> Path:
    """The folder with the workflows and with files of start fields."""
    for name, text in {
        "article.py": ARTICLE,
        "short.py": SHORT,
        "chat.py": CHAT,
        "a.json": '{"topic": "dogs", "words": 20, "place": {"street": "Elm", "code": 7}}',
        "a.yaml": "words: 20\ntags: [x, y]\n",
        "a.toml": 'words = 5\ntone = "loud"\n',
    }.items():
        (folder / name).write_text(text)
    return folder


def test_fields_come_from_the_command_line_and_from_files(files: Path, hitl: Hitl) -> None:
    """`--input` and the request override the file; lists and nested values are JSON, or items with commas."""
    for arguments, result in (
        (("cats", "--input", "words=50", "--input", "tags=a, b"), "cats 50 plain ['a', 'b'] None"),
        (("--input-file", "a.json"), "dogs 20 plain [] street='Elm' code=7"),
        (("cats", "--input-file", "a.yaml", "--input", "words=30"), "cats 30 plain ['x', 'y'] None"),
        (("mice", "--input-file", "a.json", "--input", "place="), "mice 20 plain [] None"),
    ):
        ended = hitl("run", "./short.py", *arguments)
        assert (ended.returncode, ended.stdout.strip()) == (0, result), ended.stderr
    nothing = hitl("run", "./short.py", "--input-file", "a.json", stdin="")  # as a service may have
    assert nothing.stdout.startswith("dogs 20"), nothing.stderr
    piped = hitl("run", "./short.py", "cats", "--input-file", "-", stdin="words: 11\n")
    assert piped.stdout.strip() == "cats 11 plain [] None", piped.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("cats", "--input", "words=5", "--input", "tone=loud", "--input", 'place={"street": "Elm"}'),
            "tone='loud': expected one of plain, funny\\..*words='5': expected a number .*code: Field required",
        ),
        (
            ("cats", "--input-file", "a.toml"),
            "Invalid words in a.toml: .*Invalid tone in a.toml: expected one of",
        ),
        (("cats", "--input", "word=50"), "Unknown start field 'word'.*Did you mean words\\?"),
        (("cats",), "needs words \\(a number\\) to start.*no terminal.*Add --input words=NUMBER"),
        ((), 'needs topic \\(a text\\) and words \\(a number\\).*Add "TEXT" --input words=NUMBER'),
        (("cats", "--input", "words"), "Invalid --input 'words': expected KEY=VALUE"),
        (("cats", "--input-file", "none.json"), "Invalid --input-file 'none.json': there is no such file"),
    ],
)
def test_error_names_the_field_and_what_is_expected(
    files: Path, hitl: Hitl, arguments: tuple[str, ...], said: str
) -> None:
    """Before anything of the workflow runs, and with the status of a wrong command line."""
    ended = hitl("run", "./short.py", *arguments)
    assert ended.returncode == 2
    assert re.search(said, " ".join(ended.stderr.split())), ended.stderr
    assert not (files / "began").exists()


def test_bundled_workflows_have_no_other_fields(hitl: Hitl) -> None:
    """A sentence says so."""
    for name in ("agent", "custom"):
        ended = hitl("run", name, "go", "--input", "topic=cats")
        assert ended.returncode == 2
        assert f"{name} takes only a request." in ended.stderr


def test_form_asks_for_what_is_missing_and_survives_a_kill(files: Path, person: At) -> None:
    """It has the request already. A run that must start again has the same fields without a question."""
    at = person("run", "./article.py", "cats", "--input", "tags=x")
    at.sees(
        "Before it starts, the workflow asks 3 things:", "^┊ Writes an article.", "^┊ How long", "^words:"
    )
    at.type("5\r")
    at.sees("greater than or equal to 10")
    at.type("\x01\x0b50\r")
    at.sees("^tone: plain")
    at.type("\r")
    at.sees("^place:")
    at.type("\r")
    at.sees("^Enter start · Esc back to the fields")
    assert not (files / "began").exists()
    at.type("\r")
    at.sees("^Started with words: 50, tone: plain$", "Publish\\?", "^> ?$")
    at.signal(signal.SIGKILL)
    at.leaves()
    at = person("resume")
    at.sees("Publish\\?", "^> ?$")
    at.type("\x04")
    at.sees("Nothing is sent, and the run is not saved at this")
    at.type("\x04")
    assert at.leaves() == 75
    assert "The run is not saved at this question. To start it again: hitl resume" in " ".join(
        at.everything.split()
    )
    at = person("resume")
    at.sees("Publish\\?", "^> ?$")
    at.type("yes\r")
    assert at.leaves() == 0
    assert "cats 50 plain ['x'] None, yes" in at.everything
    assert (files / "began").read_text() == "50.50.50."


def test_conversation_keeps_the_fields_and_plain_lines_ask_for_them(files: Path, person: At) -> None:
    """The first request asks for them; the second has them."""
    at = person("run", "./chat.py", "--plain")
    at.sees("^What do you want\\? Ctrl-D leaves: ?$")
    at.type("hello\r")
    at.sees("Before it starts, the workflow asks one thing:", "^times \\(a number\\): ?$")
    at.type("two\r")
    at.sees("valid integer", "^times \\(.*\\): ?$")
    at.type("2\r")
    at.sees("^model: hello hello$", "(?s)hello hello.*^What do you want\\? Ctrl-D leaves: ?$")
    at.type("again\r")
    at.sees("(?s)again again.*^What do you want\\? Ctrl-D leaves: ?$")
    at.type("\x04")
    assert at.leaves() == 0
    assert b"\x1b" not in at.raw


class Secretive(StartEvent):
    """Has a field that is never stored."""

    token: SecretStr
    topic: str


class Guarded(Workflow):
    """Has a step at work while it asks, so that its run cannot be saved and starts again."""

    @step
    async def ask(self, ctx: Context, ev: Secretive) -> InputRequiredEvent:
        """Ask."""
        await ctx.store.set("told", f"{ev.topic} {ev.token.get_secret_value()}")
        return InputRequiredEvent()

    @step
    async def work(self, ev: Secretive) -> None:
        """Never end."""
        await asyncio.sleep(600)

    @step
    async def end(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        """Tell."""
        return StopEvent(result=await ctx.store.get("told"))


def test_secret_is_asked_for_again_if_the_run_starts_again() -> None:
    """It is not stored; the other fields are."""
    person = ScriptedPerson().fills(token="first").stops().fills(token="second").fills(response="yes")
    assert run_workflow(Guarded(), "cats", person=person).result == "cats second"


def test_secret_that_is_missing_is_named_as_what_it_is() -> None:
    """Not by how it is shown."""
    missing = Start("./flow.py", start_fields(Guarded())).missing_error({"topic": "cats"})
    assert "needs token (a text) to start" in str(missing)
    assert "--input token" not in str(missing)
    assert "token must stay secret, so do not write it on the command line" in str(missing)
    both = Start("./flow.py", start_fields(Guarded())).missing_error({})
    assert 'Add "TEXT" to the command line. token must stay' in str(both)
