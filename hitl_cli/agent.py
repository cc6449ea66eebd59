"""What an agent's tool needs in order to ask a person: an identity for each of its calls.

The engine runs a waiting tool again from its first line when the answer comes, runs equal calls side by side, and
lets an answer without an address resolve every wait of its type. A tool therefore asks under an id that belongs to
the call and to nothing else.
"""

import inspect
from contextvars import ContextVar

from llama_index.core.agent.workflow import AgentInput, AgentOutput, AgentWorkflow, ToolCall, ToolCallResult
from llama_index.core.tools import AsyncBaseTool, FunctionTool, ToolOutput, ToolSelection
from llama_index.core.workflow import Context, StopEvent, step

# Not public, but the only place where the engine tells a step which piece of work it is at.
from workflows.runtime.types.results import StepWorkerStateContextVar

from hitl_cli.errors import ModelError
from hitl_cli.models.arguments import BrokenArguments, fitted

_request_id: ContextVar[str] = ContextVar("hitl_request_id")

PARALLEL_CALLS = 16
"""How many tool calls of one message may be at work at once; waiting for a person does not count."""

MAX_CALLS = 32
"""How many tool calls of one message are carried out; each of the others gets an error."""


class PersonInTheLoopAgentWorkflow(AgentWorkflow):
    """An `AgentWorkflow` whose tools can call `current_request_id`.

    Arguments that a tool does not take are left out of a call. A call that cannot be carried out has a result that
    tells the model why.
    """

    @step
    async def parse_agent_output(
        self, ctx: Context, ev: AgentOutput
    ) -> StopEvent | AgentInput | ToolCall | None:
        """Start the tool calls of a message, at most `MAX_CALLS`, or end the run where there are none."""
        if len(ev.tool_calls) > MAX_CALLS:
            await self._refuse(ctx, ev)
            ev = ev.model_copy(update={"tool_calls": ev.tool_calls[:MAX_CALLS]})
        following: StopEvent | AgentInput | ToolCall | None = await super().parse_agent_output(ctx, ev)
        return following

    @step(num_workers=PARALLEL_CALLS)
    async def call_tool(self, ctx: Context, ev: ToolCall) -> ToolCallResult:
        """Call one tool, under an id of its own."""
        tools = {tool.metadata.get_name(): tool for tool in await self._tools(ctx, ev.tool_name)}
        arguments = (
            _arguments_for(tools[ev.tool_name], ev)
            if ev.tool_name in tools
            else BrokenArguments(f"There is no tool {ev.tool_name!r}; there is {', '.join(tools)}.")
        )
        if isinstance(arguments, BrokenArguments):
            failed = _failed(ev, arguments.problem)
            ctx.write_event_to_stream(failed)
            return failed
        # Given once to each call, kept when it runs again, unique even where the model's ids are empty or repeated.
        work_item = StepWorkerStateContextVar.get().state.work_item_id
        token = _request_id.set(f"{ev.tool_id or 'call'}/{work_item}")
        try:
            result: ToolCallResult = await super().call_tool(
                ctx, ToolCall(tool_name=ev.tool_name, tool_kwargs=arguments, tool_id=ev.tool_id)
            )
            return result
        finally:
            _request_id.reset(token)

    async def _tools(self, ctx: Context, words: str) -> list[AsyncBaseTool]:
        tools: list[AsyncBaseTool] = list(
            await self.get_tools(await ctx.store.get("current_agent_name"), words)
        )
        return tools

    async def _refuse(self, ctx: Context, ev: AgentOutput) -> None:
        """Answer the calls of a message that are too many."""
        total, refused = len(ev.tool_calls), ev.tool_calls[MAX_CALLS:]
        problem = (
            f"The message has {total:,} tool calls and only the first {MAX_CALLS} are carried out; this one was not. "
            "Call again for what is still needed."
        )
        agent = self.agents[ev.current_agent_name]
        results = [_failed(call, problem) for call in refused]
        await agent.handle_tool_call_results(ctx, results, await ctx.store.get("memory"))
        told = ModelError(
            f"The model's message has {total:,} tool calls; the first {MAX_CALLS} are asked about, and the model is "
            "told that the others were not carried out."
        )
        ctx.write_event_to_stream(_failed(refused[0], str(told), told))


def _arguments_for(tool: AsyncBaseTool, call: ToolCall) -> "dict[str, object] | BrokenArguments":
    schema = tool.metadata.get_parameters_dict()
    if isinstance(tool, FunctionTool) and any(
        parameter.kind is parameter.VAR_KEYWORD
        for parameter in inspect.signature(tool.real_fn).parameters.values()
    ):
        schema = {**schema, "properties": {name: {} for name in call.tool_kwargs}}
    return fitted(call.tool_kwargs, schema)


def _failed(call: ToolCall | ToolSelection, problem: str, told: ModelError | None = None) -> ToolCallResult:
    output = ToolOutput(
        content=problem,
        tool_name=call.tool_name,
        raw_input=call.tool_kwargs,
        raw_output=None,
        is_error=True,
        exception=told,
    )
    return ToolCallResult(
        tool_name=call.tool_name,
        tool_kwargs=call.tool_kwargs,
        tool_id=call.tool_id,
        tool_output=output,
        return_direct=False,
    )


def current_request_id() -> str:
    """Return the id of the tool call that is running: the same when the engine runs that call again.

    Raises:
        LookupError: No tool call of a `PersonInTheLoopAgentWorkflow` is running.
    """
    return _request_id.get()
