"""What an agent's tool needs in order to ask a person: an identity for each of its calls.

The engine runs a waiting tool again from its first line when the answer comes, runs equal calls side by side, and
lets an answer without an address resolve every wait of its type. A tool therefore asks under an id that belongs to
the call and to nothing else.
"""

from contextvars import ContextVar

from llama_index.core.agent.workflow import AgentWorkflow, ToolCall, ToolCallResult
from llama_index.core.workflow import Context, step

# Not public, but the only place where the engine tells a step which piece of work it is at.
from workflows.runtime.types.results import StepWorkerStateContextVar

_request_id: ContextVar[str] = ContextVar("hitl_request_id")

PARALLEL_CALLS = 16
"""How many tool calls of one message may be at work at once; waiting for a person does not count."""


class PersonInTheLoopAgentWorkflow(AgentWorkflow):
    """An `AgentWorkflow` whose tools can call `current_request_id`."""

    @step(num_workers=PARALLEL_CALLS)
    async def call_tool(self, ctx: Context, ev: ToolCall) -> ToolCallResult:
        """Call one tool, under an id of its own."""
        # Given once to each call, kept when it runs again, unique even where the model's ids are empty or repeated.
        work_item = StepWorkerStateContextVar.get().state.work_item_id
        token = _request_id.set(f"{ev.tool_id or 'call'}/{work_item}")
        try:
            result: ToolCallResult = await super().call_tool(ctx, ev)
            return result
        finally:
            _request_id.reset(token)


def current_request_id() -> str:
    """Return the id of the tool call that is running: the same when the engine runs that call again.

    Raises:
        LookupError: No tool call of a `PersonInTheLoopAgentWorkflow` is running.
    """
    return _request_id.get()
