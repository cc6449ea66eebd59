"""`hitl inspect`: what a workflow is made of, and the mistakes in it."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Hitl
from tests.model_server import ModelServer
from tests.terminal import Person

FLOW = """\
import uuid
from contextlib import suppress
from datetime import datetime
from typing import Callable, Type, Union
from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

open("imported", "w")

class Go(StartEvent):
    topic: str = Field(description="What to write about")
    words: int = 200

class Question(InputRequiredEvent):
    kind: Type = int
    when: datetime
    call: Callable[[datetime], int]
    data: Union[dict, BaseModel]

async def tool(ctx: Context, question: str) -> str:
    call_id = f"q-{uuid.uuid4()}"
    try:
        r = await ctx.wait_for_event(HumanResponseEvent, waiter_id=call_id, timeout=None)
    except Exception:
        return "none"
    with suppress(Exception):
        r = await ctx.wait_for_event(HumanResponseEvent, requirements={"a": 1}, timeout=60)
    return r.response

async def right(ctx: Context, question: str) -> str:
    started = datetime.now()
    try:
        asked = InputRequiredEvent(prefix=question)
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=asked, requirements={"a": question}, timeout=None
        )
    except ValueError:
        return "none"
    try:
        return answer.response
    except Exception:
        return f"{uuid.uuid4()} {started}"

class Flow(Workflow):
    @step
    async def ask(self, ev: Go) -> Question | StopEvent:
        "Asks about \\x1b[2J the topic."
        open("ran", "w")

    @step
    async def take(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        pass

flow = Flow()
"""
DRAWN = """\
Flow  ./flow.py

Steps and events
  Go
  └── ask  Asks about ⟦U+001B⟧[2J the topic.
      ├── Question  a person is asked
      │   └── the person answers
      │       └── HumanResponseEvent
      │           └── take
      │               └── StopEvent  the end
      └── StopEvent  the end

Start fields
  topic  str  required     What to write about
  words  int  default 200
"""


def test_workflow_is_drawn(hitl: Hitl, folder: Path) -> None:
    """As a tree of steps and events, with its start fields; it is imported, and no step runs."""
    (folder / "flow.py").write_text(FLOW)
    ended = hitl("inspect", "./flow.py")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(DRAWN), ended.stdout
    assert (folder / "imported").exists()
    assert not (folder / "ran").exists()
    assert [
        each["name"] for each in json.loads(hitl("inspect", "./flow.py", "--json").stdout)["start_fields"]
    ] == [*("topic", "words")]


def test_mistakes_are_named_with_their_place(hitl: Hitl, folder: Path) -> None:
    """Each once, and nothing of a function that does the same in the right way."""
    (folder / "flow.py").write_text(FLOW)
    found = json.loads(hitl("inspect", "./flow.py", "--json").stdout)["traps"]
    assert [(each["place"], each["problem"].partition(":")[0].partition(",")[0][:40]) for each in found] == [
        ("Flow", "The time limit of 45 s counts while a pe"),
        ("flow.py:24 in tool", "uuid4() gives another value when the eng"),
        ("flow.py:24 in tool", "The wait has no requirements"),
        ("flow.py:28 in tool", "The wait ends after 60 s; a person may t"),
        ("flow.py:25 in tool", "except Exception around a wait catches t"),
        ("flow.py:27 in tool", "suppress(Exception) around a wait catche"),
        ("Question.kind", "A value of type Type cannot be saved in "),
        ("Question.call", "A value of type Callable[[datetime]"),
        ("Question.data", "A field of the type BaseModel is saved a"),
    ]


AGENT = """\
from __future__ import annotations
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.workflow import Context
from hitl_cli import ask_command

async def shell(ctx: Context, command: str) -> str:
    "Runs a command."
    return (await ask_command(ctx, command)).command

def search(words: str) -> str:
    "Searches."
    return words

agent = FunctionAgent(name="helper", llm=MockFunctionCallingLLM(), tools=[shell, search])
"""


def test_agent(person: Callable[..., Person], folder: Path) -> None:
    """Its tools are listed: which ask a person, and which act by themselves."""
    (folder / "agent.py").write_text(AGENT.replace("from __future__ import annotations\n", ""))
    at = person("inspect", "agent.py", columns=80, lines=60)
    assert at.leaves() == 0, at.screen
    assert "tool of helper  asks a person\n" in at.screen
    assert "tool of helper  acts by itself: its code asks nobody\n" in at.screen
    assert max(map(len, at.screen.splitlines())) <= 80
    assert "(as above)" in at.screen
    assert "none found" in at.screen


def test_annotations_that_are_not_real(hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """No model can be offered a tool whose annotations are postponed; what to remove is said, also in a run."""
    (folder / "agent.py").write_text(
        AGENT.replace("import ask_command", "import ask_command, default_model").replace(
            "MockFunctionCallingLLM()", "default_model()"
        )
    )
    assert "`from __future__ import annotations`" in hitl("inspect", "agent.py").stdout
    ended = hitl("run", "agent.py", "x")
    assert ended.returncode == 70
    assert "Remove `from __future__ import annotations` from the file with the tool." in ended.stderr
