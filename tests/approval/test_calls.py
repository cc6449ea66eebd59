"""Calls of tools that a person approves: what is asked, what is called, and what the model is told."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from llama_index.core.agent.workflow import (
    AgentWorkflow,
    BaseWorkflowAgent,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
)
from llama_index.core.tools import AsyncBaseTool, FunctionTool, ToolMetadata, ToolOutput
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.resource import Resource

from hitl_cli.errors import UsageError
from hitl_cli.requests import CodeRequest, Request, ToolRequest
from hitl_cli.testing import ScriptedModel, ScriptedPerson, run_workflow, tool_call
from tests.approval.tools import Done, agent_with


def test_each_of_several_calls_has_a_question_and_an_answer_of_its_own(done: Done) -> None:
    """Two calls alike and one more: one is approved as it is, one is changed, one is rejected; each counts once."""
    model = ScriptedModel(
        [tool_call("delete", path="a"), tool_call("delete", path="a"), tool_call("search", words="x")],
        "Done.",
    )
    person = ScriptedPerson().calls().calls(path="b", force=True).rejects(reason="not now")
    run = run_workflow(
        agent_with(model, done.delete, done.search), "go", person=person, model=model, approve="all"
    )
    assert sorted(done) == ["delete a False", "delete b True"]
    told = " ".join(model.tool_results)
    assert "They said: not now" in told
    assert 'changed the arguments of this call to {"path": "b", "force": true}' in told
    assert [(each.state, each.approved) for each in run.records] == [
        ("finished", 'delete {"path": "a"}'),
        ("finished", 'delete {"path": "b", "force": true}'),
        ("rejected", None),
    ]
    assert run.exit_status == 0


def test_only_the_chosen_tools_ask(done: Done) -> None:
    """A pattern chooses one; the other is called without a question, and the first line says so."""
    model = ScriptedModel([tool_call("delete", path="a"), tool_call("search", words="x")], "Done.")
    agent = agent_with(model, done.delete, done.search)
    run = run_workflow(agent, "go", person=ScriptedPerson().rejects("delete"), model=model, approve="del*")
    assert done == ["search x"]
    assert "You approve each call of delete. search acts without asking you" in run.told[0]
    assert "--approve search" in run.told[0]


def test_a_name_that_matches_nothing_stops_before_the_run(done: Done) -> None:
    """The sentence has suggestions, and the model is not asked."""
    model = ScriptedModel("Done.")
    with pytest.raises(UsageError, match=r"No tool matches 'delte'; nothing ran\. Did you mean delete\?"):
        run_workflow(agent_with(model, done.delete), "go", model=model, approve="delte")
    assert not model.conversations


def _direct(done: Done) -> FunctionTool:
    return FunctionTool.from_defaults(done.delete, return_direct=True)


def test_a_result_that_is_returned_directly(done: Done) -> None:
    """Approved, it ends the run; rejected, the model continues."""
    model = ScriptedModel(tool_call("delete", path="a"))
    run = run_workflow(
        agent_with(model, _direct(done)), "go", person=ScriptedPerson().calls(), model=model, approve="all"
    )
    assert str(run.result) == "deleted a"
    model = ScriptedModel([tool_call("delete", path="a"), tool_call("search", words="x")], "I see.")
    person = ScriptedPerson().rejects("delete", reason="no").calls("search")
    run = run_workflow(
        agent_with(model, _direct(done), done.search), "go", person=person, model=model, approve="all"
    )
    assert str(run.result) == "I see."
    assert len(model.tool_results) == 2


async def _note(ctx: Context, text: str) -> str:
    """Note something in the state of the run."""
    await ctx.store.set("noted", text)
    return f"noted {text}"


async def _ask(ctx: Context, what: str) -> str:
    """Ask a person by itself."""
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_event=InputRequiredEvent.model_validate({"prefix": f"{what}?"}),
        waiter_id=what,
        timeout=None,
    )
    return f"they say {response.response}"


def _fail(times: int) -> float:
    """Divide."""
    return 1 / times


class Echo(AsyncBaseTool):
    """A tool of a class of its own."""

    @property
    def metadata(self) -> ToolMetadata:
        """What the model is told."""
        return ToolMetadata("Repeats the input.", name="echo")

    def call(self, input: str) -> ToolOutput:  # noqa: A002
        """Repeat the input."""
        return ToolOutput(tool_name="echo", content=input * 2, raw_input={"input": input})

    async def acall(self, input: str) -> ToolOutput:  # noqa: A002
        """Repeat the input."""
        return self.call(input)


@pytest.mark.parametrize(
    ("tool", "call", "fill", "told"),
    [
        (_note, {"text": "x"}, {}, "noted x"),
        (_ask, {"what": "Really"}, {"response": "yes"}, "they say yes"),
        (Echo(), {"input": "ab"}, {}, "abab"),
        (_fail, {"times": 0}, {}, "division by zero"),
    ],
    ids=["context", "waits itself", "other class", "fails"],
)
@pytest.mark.parametrize("stops", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_tools_of_every_kind_work_under_approval(
    tool: Any, call: dict[str, Any], fill: dict[str, Any], told: str, stops: bool
) -> None:
    """They do the same as without, also when the session is stopped at each question and resumed.

    The first line names each of them, also one that asks by itself.
    """
    name = tool.metadata.name if hasattr(tool, "metadata") else tool.__name__
    model = ScriptedModel(tool_call(name, **call), "Done.")
    person = ScriptedPerson()
    for answer in (lambda: person.calls(name), *([lambda: person.fills(**fill)] if fill else [])):
        if stops:
            person.stops()
        answer()  # type: ignore[no-untyped-call]
    run = run_workflow(lambda: agent_with(model, tool), "go", person=person, model=model, approve="all")
    assert model.tool_results == [told]
    assert f"You approve each call of {name}." in " ".join(run.told)


def test_a_handoff_and_the_tools_of_two_agents(done: Done) -> None:
    """Handing over to another agent is a call of a tool, too."""
    model = ScriptedModel(
        tool_call("handoff", to_agent="second", reason="it can"), tool_call("delete", path="a"), "Done."
    )
    agents: list[BaseWorkflowAgent] = [
        agent_with(model, done.search, name="first", description="Searches."),
        agent_with(model, done.delete, name="second", description="Deletes."),
    ]
    person = ScriptedPerson().calls("handoff").calls("delete")
    run_workflow(
        AgentWorkflow(agents=agents, root_agent="first"), "go", person=person, model=model, approve="all"
    )
    assert done == ["delete a False"]
    assert [each.agent for each in person.requests if isinstance(each, ToolRequest)] == ["first", "second"]


@pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning")
def test_the_tool_of_a_react_agent(done: Done) -> None:
    """Its calls are texts, and its model gets the reason of a rejection as an observation."""
    action = 'Thought: I do it.\nAction: delete\nAction Input: {"path": "a"}'
    model = ScriptedModel(action, "Thought: I see.\nAnswer: Then not.")
    agent = ReActAgent(tools=[done.delete], llm=model)
    run = run_workflow(
        agent, "go", person=ScriptedPerson().rejects(reason="keep it"), model=model, approve="all"
    )
    assert "keep it" in str(model.conversations[-1])
    assert str(run.result) == "Then not."
    assert not done


def test_a_tool_that_comes_from_a_retriever(done: Done) -> None:
    """It is not known before the run, and asks all the same."""

    class Retriever:
        async def aretrieve(self, words: str) -> list[FunctionTool]:
            return [FunctionTool.from_defaults(done.delete)]

    model = ScriptedModel(tool_call("delete", path="a"), "Done.")
    agent = FunctionAgent(tools=[], llm=model)
    agent.tool_retriever = Retriever()  # type: ignore[assignment]
    run_workflow(agent, "go", person=ScriptedPerson().rejects(), model=model, approve="all")
    assert not done


class Holder(Workflow):
    """Has an agent, and returns its answer."""

    def __init__(self, agent: FunctionAgent) -> None:
        super().__init__(timeout=None)
        self.agent = agent

    @step
    async def start(self, ev: StartEvent) -> StopEvent:
        """Run the agent."""
        return StopEvent(result=str(await self.agent.run(user_msg="go")))


def _with_resource(agent: FunctionAgent) -> Workflow:
    def get_agent() -> FunctionAgent:
        return agent

    class WithResource(Workflow):
        """Gets an agent as a resource."""

        @step
        async def start(
            self, ev: StartEvent, agent: Annotated[FunctionAgent, Resource(get_agent)]
        ) -> StopEvent:
            """Run the agent."""
            return StopEvent(result=str(await agent.run(user_msg="go")))

    return WithResource(timeout=None)


@pytest.mark.parametrize("made", [Holder, _with_resource], ids=["attribute", "resource"])
def test_an_agent_inside_another_workflow(made: Callable[[FunctionAgent], Workflow], done: Done) -> None:
    """Nobody reads the events of its run; its calls are asked about, one at a time."""
    model = ScriptedModel([tool_call("delete", path="a"), tool_call("delete", path="b")], "Done.")
    person = ScriptedPerson().calls('"a"', force=True).rejects('"b"')
    run = run_workflow(made(agent_with(model, done.delete)), "go", person=person, model=model, approve="all")
    assert done == ["delete a True"]
    assert run.result == "Done."


def test_a_run_that_starts_again_says_what_was_called_before(done: Done) -> None:
    """An inner run cannot be saved: it starts again, and the same call comes with a note."""
    replies = [tool_call("delete", path="a"), tool_call("delete", path="b")]
    model = ScriptedModel(*replies, *replies, "Done.")
    person = ScriptedPerson().calls('"a"').stops('"b"').rejects('"a"').calls('"b"')
    run = run_workflow(
        lambda: Holder(agent_with(model, done.delete)), "go", person=person, model=model, approve="all"
    )
    assert done == ["delete a False", "delete b False"]
    assert any("hitl made the same call in this run before it ended" in each for each in run.told)


def test_an_approved_call_is_not_made_twice(done: Done) -> None:
    """Two calls wait; one is approved and made, then the session stops: after that, only the other is asked about."""
    model = ScriptedModel([tool_call("delete", path="a"), tool_call("delete", path="b")], "Done.")
    person = ScriptedPerson().calls('"a"').stops('"b"').stops('"b"').calls('"b"')
    run_workflow(lambda: agent_with(model, done.delete), "go", person=person, model=model, approve="all")
    assert done == ["delete a False", "delete b False"]
    assert model.tool_results == ["deleted a", "deleted b"]


def test_a_stopped_question_asks_although_nothing_is_put_under_approval_any_more(done: Done) -> None:
    """The calls that a session has open are asked about when it is resumed, whatever the settings say then."""
    model = ScriptedModel(tool_call("delete", path="a"), "Done.")
    person = ScriptedPerson().stops().rejects()
    run_workflow(lambda: agent_with(model, done.delete), "go", person=person, model=model, approve="delete")
    assert not done


def _is_code(request: Request) -> bool:
    return isinstance(request, CodeRequest) and request.agent == "coder"


@pytest.mark.parametrize("stops", [False, True])
def test_the_code_of_an_agent(stops: bool) -> None:
    """It asks without any option; exactly the approved text runs, and the model gets the reason of a rejection."""
    ran: list[str] = []

    async def execute(code: str) -> str:
        ran.append(code)
        return "3"

    model = ScriptedModel(
        "<execute>\nprint(1 + 2)\n</execute>", "<execute>\nprint(4)\r\nprint(5)\n</execute>", "Three."
    )
    person = ScriptedPerson()
    if stops:
        person.stops()
    person.runs(_is_code, edited="print(3)").rejects(_is_code, reason="one is enough")
    run = run_workflow(
        lambda: CodeActAgent(execute, name="coder", llm=model), "go", person=person, model=model
    )
    assert ran == ["print(3)"]
    assert "one is enough" in str(model.conversations[-1])
    assert "You approve the Python code of coder before it runs" in run.told[0]
    assert run.records[0].approved == "print(3)"
    assert person.requests[-1].text == "print(4)\nprint(5)"


def test_a_call_that_is_not_asynchronous_is_refused(done: Done) -> None:
    """Code that is not asynchronous cannot wait for a person; it gets an error, and nothing happens."""

    class Sync(Workflow):
        """Calls the tool of its agent itself."""

        @step
        async def start(self, ev: StartEvent) -> StopEvent:
            """Call it."""
            (tool,) = await agent_with(ScriptedModel(), done.delete).get_tools()
            await asyncio.sleep(0)
            try:
                tool(path="a")
            except Exception as problem:  # noqa: BLE001
                return StopEvent(result=str(problem))
            return StopEvent()

    run = run_workflow(Sync(timeout=None), "go", approve="all")
    assert "cannot wait for a person; it did not run" in run.result
    assert not done


class Toolbox(Workflow):
    """Calls its tools without an agent."""

    def __init__(self, *tools: FunctionTool) -> None:
        super().__init__(timeout=None)
        self.tools = list(tools)

    @step
    async def start(self, ev: StartEvent) -> StopEvent:
        """Call the first."""
        return StopEvent(result=self.tools[0](path="a").content)


def test_tools_that_no_agent_has(done: Done) -> None:
    """The first line says that nobody can be asked about them; to name one is an error, not a false promise."""
    workflow = Toolbox(FunctionTool.from_defaults(done.delete))
    run = run_workflow(workflow, "go", approve="all")
    assert "The workflow calls delete itself, and nobody can be asked about that." in " ".join(run.told)
    with pytest.raises(
        UsageError, match="not through an agent, so that hitl cannot ask about it; nothing ran"
    ):
        run_workflow(workflow, "go", approve="delete")
    assert done == ["delete a False"]
