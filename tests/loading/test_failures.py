"""Failures in an author's code are told with their line, and their tracebacks are kept."""

from pathlib import Path

import pytest
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

from hitl_cli.errors import WorkflowError
from hitl_cli.testing import ScriptedPerson, run_workflow
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text

FLOW = """\
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent
from deep import look

class Flow(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> StopEvent:
        return {where}

workflow = Flow()
"""


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("{'a': 1}['b']", "flow.py:8 in ask: KeyError: 'b'"),
        ("look({})", "deep.py:2 in look: KeyError: 'b'"),
        ("__import__('json').loads('{')", "flow.py:8 in ask: JSONDecodeError: "),
        ("[each / 0 for each in (1,)]", "flow.py:8 in ask: ZeroDivisionError: division by zero"),
    ],
)
def test_failure_in_a_step(hitl: Hitl, folder: Path, tmp_path: Path, where: str, place: str) -> None:
    """In one sentence with the innermost line of the author's files; the traceback is in the log."""
    (folder / "deep.py").write_text("def look(values):\n    return values['b']\n")
    (folder / "flow.py").write_text(FLOW.replace("{where}", where))
    ended = hitl("run", "./flow.py", "x", "--debug")
    assert ended.returncode == 70
    *traceback, sentence = ended.stderr.splitlines()
    assert sentence.startswith("hitl: The workflow failed: ")
    assert place in sentence
    assert place.split(": ")[1] in traceback[-1]
    (log,) = (tmp_path / "home").rglob("hitl.log")
    assert traceback[-1] in log.read_text()
    assert "Traceback" in log.read_text()


def test_old_methods_of_the_context(hitl: Hitl, folder: Path) -> None:
    """Samples of earlier versions call `ctx.set`; where it is now is said."""
    source = FLOW.replace("from deep import look", "from workflows import Context")
    source = source.replace("self, ev", "self, ctx: Context, ev").replace("{where}", "await ctx.set('a', 1)")
    (folder / "flow.py").write_text(source)
    ended = hitl("run", "./flow.py", "x")
    assert ended.returncode == 70
    assert "In this version of the engine it is ctx.store.set(...)." in " ".join(ended.stderr.split())


AGENT = """\
from llama_index.core.agent.workflow import {agent}
from llama_index.core.workflow import Context
from hitl_cli import current_request_id, default_model

async def shell(ctx: Context, command: str) -> str:
    "Run a shell command."
    {body}

def create_workflow():
    return {agent}{make}(
        {tools}[shell], llm=default_model()
    )
"""


@pytest.mark.parametrize(
    ("agent", "make", "tools"),
    [("AgentWorkflow", ".from_tools_or_functions", ""), ("FunctionAgent", "", "tools=")],
)
def test_tool_of_this_project_in_a_plain_agent(
    hitl: Hitl, model: ModelServer, folder: Path, agent: str, make: str, tools: str
) -> None:
    """It ends the run, and is told which class gives its tools an id; the model is not asked again."""
    text = AGENT.replace("{agent}", agent).replace("{make}", make).replace("{tools}", tools)
    (folder / "plain.py").write_text(text.replace("{body}", "return current_request_id()"))
    model.reply(Calls.of("touch made", name="shell"))
    ended = hitl("run", "plain.py", "x")
    assert ended.returncode == 70, ended.stderr
    assert "use it in place of AgentWorkflow" in ended.stderr
    assert "PersonInTheLoopAgentWorkflow" in ended.stderr


def test_failure_in_a_tool(hitl: Hitl, model: ModelServer, folder: Path, tmp_path: Path) -> None:
    """The model is told, the person sees the line, and the traceback is in the log."""
    text = AGENT.replace("{agent}", "AgentWorkflow").replace("{make}", ".from_tools_or_functions")
    (folder / "plain.py").write_text(text.replace("{tools}", "").replace("{body}", "return {}['b']"))
    model.reply(Calls.of("touch made", name="shell"))
    model.reply(Text("sorry"))
    ended = hitl("run", "plain.py", "x")
    assert "plain.py:7 in shell: KeyError: 'b'" in " ".join(ended.stderr.split()), ended.stderr
    (log,) = (tmp_path / "home").rglob("hitl.log")
    assert "KeyError: 'b'" in log.read_text()


class StepNamedRun(Workflow):
    """Its step replaces the method of the engine that starts a workflow."""

    @step
    async def run(self, ev: StartEvent) -> StopEvent:  # type: ignore[override]
        """End."""
        return StopEvent(result=ev.topic)


def test_step_that_is_named_run_is_named() -> None:
    """The engine would complain of an unexpected argument."""
    with pytest.raises(WorkflowError, match="A step of StepNamedRun is named run"):
        run_workflow(StepNamedRun(), "cats", person=ScriptedPerson())
