"""The guide for authors, docs/workflows.md: its examples run as they stand, and it names everything that is public."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest

import hitl_cli
from hitl_cli.errors import WorkflowError
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import CTRL_D, ENTER, ESC
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


def test_the_second_question_of_a_tool_survives_a_stop(person: At, model: ModelServer, folder: Path) -> None:
    """After `hitl resume`, what was approved and did not run is asked again, then the second question."""
    (folder / "deploy.py").write_text(TWO_QUESTIONS)
    model.reply(Calls.of(("call", '{"host": "web"}'), name="deploy"), Text("Done."))
    at = person("run", "./deploy.py", "x")
    at.sees(r"\$ ssh web stop")
    at.type(" now" + ENTER)
    at.sees(r"\$ ssh web start")
    at.type(CTRL_D)
    assert at.leaves() == 75
    again = person("resume")
    again.sees(r"\$ ssh web stop now")
    again.type(ENTER)
    again.sees(r"\$ ssh web start")
    again.type(ENTER)
    again.leaves()
    assert model.tool_results() == ["True ssh web stop now / True ssh web start / "]


def test_a_response_to_another_request_is_an_error() -> None:
    """A tool that is given one must not act on it."""
    response = hitl_cli.CommandResponseEvent(request_id="a", execute=True, command="ls")
    response.check_answers("a")
    with pytest.raises(WorkflowError, match="another request"):
        response.check_answers("b")


async def test_asking_needs_a_tool_call() -> None:
    """Elsewhere there is no id to ask under; the error says where to ask."""
    with pytest.raises(LookupError, match="PersonInTheLoopAgentWorkflow"):
        hitl_cli.current_request_id()
    with pytest.raises(LookupError, match="PersonInTheLoopAgentWorkflow"):
        await hitl_cli.ask_command(None, "ls")  # type: ignore[arg-type]  # it is not used here


SCRIPT = """
import asyncio, os
from hitl_cli import default_model, propose_command, run_command, system_prompt

async def main():
    print(default_model().metadata.model_name, (await default_model().acomplete("hi")).text, system_prompt("default"))
    print((await run_command(await propose_command("list files"))).output, end="")
    os.environ["HITL_MODEL"] = "offline"
    request = "show how much space is free on all disks"
    print(await propose_command(request), (await default_model().acomplete(request)).text)

asyncio.run(main())
"""


def test_the_functions_in_a_script(environment: dict[str, str], model: ModelServer, folder: Path) -> None:
    """Outside a run they go by the settings of the process, whether these name a model or the catalogue."""
    model.reply(Text("Hello."), Calls.of("echo listed", name="propose_command"))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env={**environment, "HITL_SYSTEM_PROMPT": "Be brief."},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.stdout == "scripted Hello. Be brief.\nlisted\ndf -h df -h\n", ended.stderr


def test_the_guide_names_everything_public() -> None:
    """Each public name has a row in the table, and each field of a response one in the other."""
    names = set(re.findall(r"^\| `(\w+)", GUIDE, re.MULTILINE))
    fields = set(get_type_hints(hitl_cli.CommandResponseEvent)) & set(
        hitl_cli.CommandResponseEvent.model_fields
    )
    assert names == set(hitl_cli.__all__) | fields
    assert all(getattr(hitl_cli, name).__doc__ for name in hitl_cli.__all__)
