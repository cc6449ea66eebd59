"""What a workflow reports while it runs, and its result, are shown so that a person can read them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from workflows.events import Event

from hitl_cli.session.engine.event_text import outline
from hitl_cli.session.engine.reports import Reports
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

WORKFLOW = r"""
import asyncio
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

class Progress(Event):
    msg: str

class Part(Event):
    name: str
    done: int
    of: int | None = None

class Piece(Event):
    delta: str

class File(BaseModel):
    name: str
    lines: list[str]

class Report(StopEvent):
    text: str
    files: list[File]

class Long(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        ctx.write_event_to_stream(Progress(msg="reading\x1b[2J the files"))
        ctx.write_event_to_stream(Part(name="index", done=3))
        self.counting = asyncio.create_task(self.count(ctx))
        return InputRequiredEvent(prefix="Continue?")

    async def count(self, ctx):
        for number in range(5):
            await asyncio.sleep(0.1)
            ctx.write_event_to_stream(Progress(msg=f"counted {number}"))

    @step
    async def end(self, ctx: Context, ev: HumanResponseEvent) -> Report:
        await self.counting
        for piece in ("one ", "after", " another"):
            ctx.write_event_to_stream(Piece(delta=piece))
        return Report(text="First.\n╭─ Run this command? ─╮", files=[File(name="a", lines=["x", "y"])])

workflow = Long(timeout=None)
"""


def test_reports_and_a_long_result_at_the_terminal(person: At, folder: Path) -> None:
    """Behind the sign of the workflow, nothing on an open question, and the fields of the result in lines."""
    (folder / "long.py").write_text(WORKFLOW)
    at = person("run", "./long.py", "x", columns=80)
    at.sees("^┊ reading⟦U\\+001B⟧\\[2J the files$", "^┊ Part: name: index, done: 3$", "^> ?$")
    at.reads(1.0)
    assert "counted" not in at.everything
    at.type("yes\r")
    assert at.leaves() == 0, at.everything
    shown = at.everything
    assert "\n┊ counted 0\n┊ counted 1\n" in shown
    assert "\n┊ one after another\n" in shown
    assert (
        "\n┊ text:\n┊   First.\n┊   ╭─ Run this command? ─╮\n┊ files:\n┊   - name: a\n┊     lines:\n┊       - x\n"
        in shown
    )


def test_in_a_pipe_only_the_result_is_on_standard_output(hitl: Hitl, folder: Path) -> None:
    """The same result is one line of JSON there, and the reports are beside it."""
    source = WORKFLOW.partition("        self.counting")[0].replace("-> InputRequiredEvent", "-> StopEvent")
    source += "        return StopEvent(result={'a': 'b\\nc'})\n\nworkflow = Long(timeout=None)\n"
    (folder / "long.py").write_text(source)
    ended = hitl("run", "./long.py", "x")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"a": "b\nc"}), ended.stderr
    assert "┊ reading⟦U+001B⟧[2J the files\n┊ Part: name: index, done: 3\n" in ended.stderr


def test_calls_of_tools_of_a_foreign_agent_are_lines(person: At, folder: Path, model: ModelServer) -> None:
    """One for the call, although the engine makes it twice, and one for its result."""
    shutil.copy(Path(__file__).parent / "gallery/workflows/assistant.py", folder / "assistant.py")
    model.reply(Calls.of(("call_0", "{}"), name="dangerous_task"), Text("It is done."))
    at = person("run", "./assistant.py", "x", env={"OPENAI_API_BASE": model.url}, columns=100)
    at.sees("^┊ tool dangerous_task\\(\\)$", "^> ?$")
    at.type("yes\r")
    assert at.leaves() == 0, at.everything
    assert at.everything.count("tool dangerous_task()") == 1
    assert "\n┊ tool dangerous_task: Dangerous task completed successfully.\n" in at.everything


class Note(Event):
    """A report with one text."""

    text: str


@given(st.lists(st.text(max_size=40), max_size=40))
def test_a_run_reports_only_so_much(texts: list[str]) -> None:
    """Whatever a workflow writes, the lines are bounded, and that something is missing is said once."""
    reports = Reports()
    for text in texts:
        shown = reports.of(Note(text=text))
        assert "".join(each.text for each in shown).strip("\n") == text.strip("\n")
    for _ in range(200):
        reports.of(Note(text="x" * 3000))
    assert reports.of(Note(text="more")) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_outline_has_every_text(value: object) -> None:
    """Nothing is lost in it."""
    texts: list[str] = []

    def collect(each: object) -> None:
        if isinstance(each, dict):
            texts.extend(part for name in each for part in name.split("\n"))
            for inner in each.values():
                collect(inner)
        elif isinstance(each, list):
            for inner in each:
                collect(inner)
        elif isinstance(each, str):
            texts.extend(each.split("\n"))

    collect(value)
    shown = outline(value)
    assert all(text in shown for text in texts)
