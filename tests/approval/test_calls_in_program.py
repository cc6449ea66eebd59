"""Calls of tools in the program itself: at a terminal that is interrupted, and without a person."""

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

SLOW = """
import asyncio
from pathlib import Path
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI

async def sleeps() -> None:
    Path("began").touch()
    await asyncio.sleep(60)

agent = FunctionAgent(tools=[sleeps], llm=OpenAI(model="gpt-4o-mini"))
"""


def test_a_call_that_is_cut_off(person: Callable[..., Person], model: ModelServer, folder: Path) -> None:
    """Ctrl-C ends the turn while the tool runs: the record says that its outcome is unknown, and so does the model."""
    (folder / "slow.py").write_text(SLOW)
    model.reply(Calls.of(("a", "{}"), name="sleeps"), Text("I see."))
    at = person("run", "./slow.py", "--approve", "all", env={"OPENAI_API_BASE": model.url}, columns=120)
    at.says("one")
    at.sees("^Enter call it")
    at.type("\r")
    at.waits((folder / "began").exists, "the tool to run")
    at.type_at_once("\x03")
    at.sees("✗ called  sleeps {} · interrupted, its outcome is unknown")
    at.says("two")
    at.sees("I see")
    at.type("\x04")
    assert at.leaves() == 0
    assert "called `sleeps {}`: interrupted, its outcome is unknown" in str(model.messages())


def test_without_a_person_nothing_is_called(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """The sentence says what was not called; the session can be resumed."""
    (folder / "slow.py").write_text(SLOW)
    model.reply(Calls.of(("a", "{}"), name="sleeps"))
    ended = hitl("run", "./slow.py", "go", "--approve", "all", env={"OPENAI_API_BASE": model.url})
    assert ended.returncode == 75
    assert "wants to call sleeps. The call was not made" in ended.stderr
    assert "hitl resume" in ended.stderr
    assert not (folder / "began").exists()
