"""An agent that works for long on one request, or repeats itself: the person is asked whether it may continue."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow

from hitl_cli import PersonInTheLoopAgentWorkflow, default_model
from hitl_cli.agent_limits import REPEATS
from hitl_cli.testing import ScriptedModel, ScriptedPerson, run_workflow, tool_call
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

FOREIGN = """\
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.workflow import Workflow, step
from llama_index.core.workflow import StartEvent, StopEvent
from hitl_cli import default_model

def look() -> str:
    "Look."
    return "seen"

def made():
    return AgentWorkflow(agents=[FunctionAgent(name="a", tools=[look], llm=default_model())])

agent = made()

class Outer(Workflow):
    @step
    async def only(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=str(await made().run(user_msg="go", max_iterations=3)))

outer = Outer()
"""


def test_at_the_limit_the_person_is_asked_and_the_model_gives_a_final_answer(
    person: At, model: ModelServer, folder: Path
) -> None:
    """The question survives a kill; with no, the model is asked once more, without tools, and learns why."""
    model.reply(Calls.of("touch one"), Calls.of("touch two"), Text("Not done."))
    at = person("run", "agent", "go", env={"HITL_MODEL_CALLS": "1"})
    at.sees("model was called 1 time ", "at most 1 more", "yes or no")
    at.type("yes\r")
    at.approves("touch one")
    at.sees("model was called 2 times")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume", "--plain")
    again.sees("model was called 2 times", "yes or no")
    again.type("no\r")
    assert again.leaves() == 0
    assert "Not done." in again.everything
    assert [each.name for each in folder.iterdir()] == ["one"]
    assert "tools" in model.requests[1]
    assert "tools" not in model.requests[2]
    assert "ended the work" in model.tool_results()[-1]


def test_without_a_person_the_question_is_saved(hitl: Hitl, model: ModelServer) -> None:
    """One sentence, and the documented status of a decision that nobody can take."""
    model.reply(Calls.of("true"))
    ended = hitl("run", "agent", "go", env={"HITL_MODEL_CALLS": "1"})
    assert ended.returncode == 75
    assert "hitl resume" in ended.stderr
    assert "Max iterations" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "calls", "advice"),
    [("agent", 2, "HITL_MODEL_CALLS allows more"), ("outer", 3, "run(..., max_iterations=100)")],
)
def test_the_engines_own_limit_is_a_sentence_for_the_author(
    hitl: Hitl, model: ModelServer, folder: Path, name: str, calls: int, advice: str
) -> None:
    """Where nobody asks, the run ends, and the message says what the author can do."""
    (folder / "flow.py").write_text(FOREIGN)
    model.reply(*[Calls.of(("c", "{}"), name="look")] * calls)
    ended = hitl("run", f"./flow.py:{name}", "go", env={"HITL_MODEL_CALLS": "2"})
    assert ended.returncode == 70
    assert f"called its model {calls} times" in ended.stderr
    assert advice in ended.stderr
    assert "PersonInTheLoopAgentWorkflow" in ended.stderr
    assert "early_stopping_method" not in ended.stderr


class Looking:
    """A tool without an effect, whose results are those given, and then always the last of them."""

    def __init__(self, *results: str) -> None:
        self.results = list(results)
        self.made = 0

    def workflow(self) -> AgentWorkflow:
        """Return an agent with this tool."""

        async def look(where: str) -> str:
            """Look."""
            self.made += 1
            return self.results.pop(0) if len(self.results) > 1 else self.results[0]

        return PersonInTheLoopAgentWorkflow.from_tools_or_functions([look], llm=default_model(), timeout=None)


def script(*words: Any) -> ScriptedModel:
    """Return a model that looks in these places, one after the other, and then says `Done.`."""
    calls = [tool_call("look", where=str(each)) for each in words]
    return ScriptedModel(*calls, "Done.")


def test_an_agent_that_repeats_itself_is_noticed_and_ends_when_the_person_says_so() -> None:
    """After some calls with the same result the person sees the call; the next of them is not carried out."""
    looking = Looking("nothing")
    person = ScriptedPerson().fills("repeats itself", proceed=False)
    run = run_workflow(looking.workflow, "go", person=person, model=script(*["here"] * (REPEATS + 2)))
    assert str(run.result) == "Done."
    assert looking.made == REPEATS + 1
    assert '{"where": "here"}' in run.requests[0].text


@pytest.mark.parametrize(
    ("results", "places"),
    [
        (map(str, range(REPEATS + 2)), ["here"] * (REPEATS + 2)),
        (["nothing"], [*range(REPEATS // 2), *["here"] * (REPEATS - 1)]),
        (["nothing"], ["here", "there"] * REPEATS),
    ],
    ids=["other results", "other calls", "in turn"],
)
def test_progress_is_no_repetition(results: Any, places: Any) -> None:
    """A call whose result changes, as of one that waits for something, or between other calls, is never asked about."""
    looking = Looking(*results)
    assert str(run_workflow(looking.workflow, "go", model=script(*places)).result) == "Done."
    assert looking.made == len(places)
