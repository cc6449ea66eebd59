"""`hitl_cli.testing`: what its scripted person and model do, and what they complain about."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.llms import ChatMessage
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from hitl_cli import CommandData, CommandInputEvent, CommandResponseEvent, propose_command, run_command
from hitl_cli.errors import WorkflowError
from hitl_cli.testing import (
    ScriptedModel,
    ScriptedPerson,
    ScriptError,
    arun_workflow,
    run_workflow,
    tool_call,
)


class Commands(Workflow):
    """Asks about two commands, one after the other, and reports on both."""

    @step
    async def first(self, ev: StartEvent) -> CommandInputEvent:
        """Ask."""
        return CommandInputEvent(request_id="first", data=CommandData(command="echo first"))

    @step
    async def second(self, ctx: Context, ev: CommandResponseEvent) -> CommandInputEvent | StopEvent:
        """Run it, and ask again."""
        said = ev.outcome_for_model()
        if ev.execute:
            result = await run_command(ev.command, request_id=ev.request_id)
            said = f"{result.exit_status} {result.output}{ev.comment}"
        reports = [*await ctx.store.get("reports", default=[]), said]
        await ctx.store.set("reports", reports)
        if len(reports) == 2:
            return StopEvent(result=reports)
        return CommandInputEvent(request_id="second", data=CommandData(command="touch made; pwd"))


class Question(InputRequiredEvent):
    """Asks."""

    prefix: str = "Which year?"


class Date(HumanResponseEvent):
    """When."""

    year: int


class Asking(Workflow):
    """Asks a question."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        """Ask."""
        return Question()

    @step
    async def end(self, ev: Date) -> StopEvent:
        """End."""
        return StopEvent(result=ev.year)


class Proposing(Workflow):
    """Returns what the model proposes."""

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        """Ask the model."""
        return StopEvent(result=await propose_command("list"))


def test_results_are_scripted_or_real(tmp_path: Path) -> None:
    """A command runs only where the test asks for it, in the folder that the test names."""
    person = (
        ScriptedPerson()
        .runs(lambda request: request.request_id == "second", for_real=True)
        .runs(printing="one\n", exit_status=3, comment="!")
    )
    run = run_workflow(Commands(), "go", person=person, folder=tmp_path)
    assert run.result == ["3 one\n!", f"0 {tmp_path}\n"]
    assert (tmp_path / "made").exists()
    assert [(each.state, each.approved, each.exit_status) for each in run.records] == [
        ("finished", "echo first", 3),
        ("finished", "touch made; pwd", 0),
    ]
    assert (run.exit_status, run.is_paused) == (0, False)


def test_start_fields_are_given_or_filled_in() -> None:
    """As on the command line, and in the form before the run."""

    class Begin(StartEvent):
        topic: str
        words: int

    class Article(Workflow):
        @step
        async def write(self, ev: Begin) -> StopEvent:
            return StopEvent(result=f"{ev.topic} {ev.words}")

    assert run_workflow(Article(), "cats", inputs={"words": 3}).result == "cats 3"
    assert run_workflow(Article(), "cats", person=ScriptedPerson().fills(words=4)).result == "cats 4"


def test_a_stop_pauses_or_is_resumed() -> None:
    """What ran before is not run again; what was pending is asked again."""
    paused = run_workflow(Commands, "go", person=ScriptedPerson().runs().stops())
    assert (paused.result, paused.is_paused, paused.exit_status) == (None, True, 75)
    assert [each.state for each in paused.records] == ["finished", "waiting"]
    person = ScriptedPerson().runs(printing="1").stops().answers("no need")
    run = run_workflow(Commands, "go", person=person)
    assert [each.text for each in run.requests] == ["echo first", "touch made; pwd", "touch made; pwd"]
    assert run.result == ["0 1", "The command did not run; the person answers in its place: no need"]


def _agent(model: ScriptedModel) -> AgentWorkflow:
    return AgentWorkflow.from_tools_or_functions([], llm=model)


@pytest.mark.parametrize(
    ("workflow", "person", "model", "problem"),
    [
        (
            Asking,
            ScriptedPerson(),
            None,
            r"no answer to the question 'Which year\?'. What is left of it: nothing",
        ),
        (
            Asking,
            ScriptedPerson().fills("Which day?", year=1),
            None,
            "left of it: fills in year=1 .for .Which day",
        ),
        (
            Asking,
            ScriptedPerson().runs(),
            None,
            "runs a command, but the workflow asked a question: 'Which year",
        ),
        (
            Asking,
            ScriptedPerson().rejects(),
            None,
            "asked a question: 'Which year.'. A question is answered with",
        ),
        (
            Asking,
            ScriptedPerson().fills(year="soon"),
            None,
            "is not valid: year: Input should be a valid integer",
        ),
        (Asking, ScriptedPerson().fills(day=3), None, "has no field day; it has year"),
        (
            Asking,
            ScriptedPerson().fills(year=1).fills(year=2),
            None,
            "only 'Which year.'. Not used: fills in year=2",
        ),
        (
            Commands,
            ScriptedPerson().fills(year=1),
            None,
            "fills in fields, but the workflow asked about a command",
        ),
        (Commands, ScriptedPerson().runs(), None, "no answer to the command 'touch made; pwd'"),
        (Proposing, None, None, "asked for the person's model, but the test gives none"),
        (
            Proposing,
            None,
            ScriptedModel("ls", "pwd"),
            "asked once, but its script has 2 replies. Not used: 'pwd'",
        ),
        (Proposing, None, ScriptedModel(), "asked once, but its script has only 0 replies.*'list'"),
    ],
)
def test_a_script_that_does_not_fit(
    workflow: Callable[[], Workflow], person: ScriptedPerson | None, model: ScriptedModel | None, problem: str
) -> None:
    """Each misfit is a failed assertion that says what happened and what is left."""
    with pytest.raises(ScriptError, match=problem):
        run_workflow(workflow, "go", person=person, model=model)


def test_a_model_of_the_workflow_that_is_asked_too_often() -> None:
    """Also where an agent made an error of the workflow out of it."""
    model = ScriptedModel()
    with pytest.raises(ScriptError, match=r"asked once, but its script has only 0 replies.*'hello'"):
        run_workflow(_agent(model), "hello")


class Failing(Workflow):
    """Fails."""

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        """Fail."""
        raise KeyError("b")


class Hanging(Workflow):
    """Never ends."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Wait for nothing."""
        await asyncio.Event().wait()
        return StopEvent()


def test_a_workflow_that_fails_or_hangs() -> None:
    """A failure says the line of the author's code; a run that does not end is a failed test."""
    with pytest.raises(WorkflowError, match=r"test_testing.py:\d+ in go: KeyError: 'b'"):
        run_workflow(Failing)
    with pytest.raises(ScriptError, match=r"did not end within 0.2 s"):
        run_workflow(Hanging, patience=0.2)


@pytest.mark.filterwarnings(
    "ignore:is_running called from within a step:DeprecationWarning"
)  # of ReActAgent itself
async def test_the_model_in_each_of_its_forms() -> None:
    """Chats and completions, streamed or not, and agents with tools take the replies in order."""

    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    model = ScriptedModel(
        "one two", "three  four", tool_call("add", a=1, b=2), ["so", tool_call("add", a=1, b=1)]
    )
    said = [each.delta async for each in await model.astream_chat([ChatMessage(content="x")])]
    assert "".join(each or "" for each in said) == "one two"
    assert len(said) == 3
    assert [each.text for each in model.stream_complete("y")] == ["three  ", "three  four"]
    calls = [
        model.get_tool_calls_from_response(model.chat([])),
        model.get_tool_calls_from_response(list(model.stream_chat([]))[-1]),
    ]
    assert [[(each.tool_id, each.tool_kwargs) for each in some] for some in calls] == [
        [("call_0", {"a": 1, "b": 2})],
        [("call_1", {"a": 1, "b": 1})],
    ]
    model.check_used()

    tools = ScriptedModel(tool_call("add", a=1, b=2), "It is 3.")
    run = await arun_workflow(FunctionAgent(tools=[add], llm=tools), "add", model=tools)
    assert (str(run.result), tools.tool_results) == ("It is 3.", ["3"])
    thinks = ScriptedModel(
        'Thought: I add.\nAction: add\nAction Input: {"a": 1, "b": 2}', "Thought: done.\nAnswer: 3"
    )
    run = await arun_workflow(ReActAgent(tools=[add], llm=thinks), "add", model=thinks)
    assert str(run.result) == "3"


class Proposal(InputRequiredEvent):
    """Proposes a command."""

    command: str


class Consent(HumanResponseEvent):
    """Whether it may run."""

    approved: bool
    command: str


class OwnCommands(Workflow):
    """Runs its commands by itself."""

    @step
    async def ask(self, ev: StartEvent) -> Proposal:
        """Ask."""
        return Proposal(command="make all")

    @step
    async def act(self, ev: Consent) -> StopEvent:
        """Say what would run."""
        return StopEvent(result=[ev.approved, ev.command])


def test_command_that_the_workflow_runs_is_only_approved() -> None:
    """The script cannot say what it prints."""
    run = run_workflow(OwnCommands(), "", person=ScriptedPerson().runs("make", edited="make one"))
    assert run.result == [True, "make one"]
    assert run.records[0].state == "delegated"
    with pytest.raises(ScriptError, match="runs 'make all' by itself"):
        run_workflow(OwnCommands(), "", person=ScriptedPerson().runs(printing="made"))


def test_what_cannot_be_undone_is_confirmed_in_the_script() -> None:
    """Approving it is not enough, as at a terminal; this runs nothing."""
    with pytest.raises(ScriptError, match="runs\\(confirmed=True\\)"):
        run_workflow(Commands(), person=ScriptedPerson().runs(edited="rm -rf ~"))
    person = ScriptedPerson().runs(edited="rm -rf ~", printing="gone", confirmed=True).runs()
    assert run_workflow(Commands(), person=person).result[0] == "0 gone"
