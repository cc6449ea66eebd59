"""The guide for authors, docs/workflows.md: its examples run as they stand, and it names everything that is public."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import hitl_cli
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import ENTER, ESC
from tests.terminal import Person

GUIDE = (Path(__file__).parent.parent / "docs" / "workflows.md").read_text()
STEPS, AGENT = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
At = Callable[..., Person]


def test_example_of_steps(person: At, folder: Path) -> None:
    """The command is asked about, and runs as edited."""
    (folder / "steps.py").write_text(STEPS)
    (folder / "a.txt").write_text("one\ntwo\n")
    at = person("run", "./steps.py", "count")
    at.sees(r"\$ wc -l \*\.txt")
    at.type(ENTER)
    assert at.leaves() == 0
    assert "2 a.txt" in at.screen


def test_example_of_an_agent(person: At, model: ModelServer, folder: Path) -> None:
    """The tool runs what was approved, and the model reads the outcome, also that of a rejection."""
    (folder / "own_agent.py").write_text(AGENT)
    model.reply(Calls.of("echo first", "echo second", name="shell"), Text("Done."))
    at = person("run", "./own_agent.py", "x")
    at.sees(r"\$ echo first")
    at.type(ENTER)
    at.sees(r"\$ echo second")
    at.type(ESC)
    at.sees("reject without a reason")
    at.type("one is enough" + ENTER)
    assert at.leaves() == 0
    told = model.tool_results()
    assert any(result.endswith("\nfirst\n") for result in told)
    assert "The person rejected this command; it did not run. They said: one is enough" in told


TWO_QUESTIONS = """
from llama_index.core.workflow import Context
from hitl_cli import PersonInTheLoopAgentWorkflow, ask_command, default_model

async def deploy(ctx: Context, host: str) -> str:
    'Deploy to a host; asks twice, runs nothing.'
    first = await ask_command(ctx, f"ssh {host} stop")
    second = await ask_command(ctx, f"ssh {host} start")
    return f"{first.execute} {first.command} / {second.execute} {second.command} / {second.reason}"

def create_workflow():
    return PersonInTheLoopAgentWorkflow.from_tools_or_functions([deploy], llm=default_model(), timeout=None)
"""


def test_a_tool_that_only_asks(person: At, model: ModelServer, folder: Path) -> None:
    """`ask_command` returns each decision of a tool to its own question, and executes nothing."""
    (folder / "deploy.py").write_text(TWO_QUESTIONS)
    model.reply(Calls.of(("call", '{"host": "web"}'), name="deploy"), Text("Done."))
    at = person("run", "./deploy.py", "x")
    at.sees(r"\$ ssh web stop")
    at.type(" now" + ENTER)
    at.sees(r"\$ ssh web start")
    at.type(ESC)
    at.sees("reject without a reason")
    at.type("later" + ENTER)
    at.leaves()
    assert model.tool_results() == ["True ssh web stop now / False  / later"]
    assert "not run by the workflow" in at.everything


def test_the_guide_names_everything_public() -> None:
    """Each public name has a row in the table, and each field of a response one in the other."""
    names = set(re.findall(r"^\| `(\w+)", GUIDE, re.MULTILINE))
    fields = set(get_type_hints(hitl_cli.CommandResponseEvent)) & set(
        hitl_cli.CommandResponseEvent.model_fields
    )
    assert names == set(hitl_cli.__all__) | fields
    assert all(getattr(hitl_cli, name).__doc__ for name in hitl_cli.__all__)
