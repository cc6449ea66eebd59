"""Questions of a nested agent or workflow, which the outer workflow passes on, and the answer back."""

from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from hitl_cli.testing import ScriptedModel, ScriptedPerson, run_workflow, tool_call


async def dangerous_task(ctx: Context) -> str:
    """Do a task, as in LlamaIndex's documentation."""
    asking: Any = InputRequiredEvent
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id="sure",
        waiter_event=asking(prefix="Are you sure?", user_name="Laurie"),
        requirements={"user_name": "Laurie"},
    )
    return f"the person says {response.response}"


class Outer(Workflow):
    """Runs an agent in a step, and has another step for the answers."""

    def __init__(self, agent: FunctionAgent) -> None:
        super().__init__(timeout=None)
        self._agent = agent
        self._running: Any = None

    @step
    async def delegate(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Run the agent."""
        self._running = self._agent.run(user_msg="go")
        async for event in self._running.stream_events():
            if isinstance(event, InputRequiredEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=str(await self._running))

    @step
    async def relay(self, ev: HumanResponseEvent) -> None:
        """Pass the answer on."""
        self._running.ctx.send_event(ev)


def test_an_answer_that_is_relayed_meets_the_requirements_of_the_wait() -> None:
    """They are values of the question, which a response without fields of its own repeats."""
    model = ScriptedModel(tool_call("dangerous_task"), "Done.")
    outer = Outer(FunctionAgent(tools=[dangerous_task], llm=model))
    run = run_workflow(outer, "go", person=ScriptedPerson().fills(response="yes"), model=model)
    assert (run.result, model.tool_results) == ("Done.", ["the person says yes"])
    assert [each.text for each in run.requests] == ["Are you sure?\nuser_name: Laurie"]
