"""An agent whose tools can ask a person: each tool call gets an id of its own.

When a response arrives, the engine runs the waiting tool again from its first line; it runs identical calls in
parallel; and a response without an id resolves every wait for its type. A tool therefore needs an id that belongs to
this one call and stays the same when the call runs again.
"""

import inspect
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from llama_index.core.agent.workflow import (
    AgentInput,
    AgentOutput,
    AgentSetup,
    AgentWorkflow,
    ToolCall,
    ToolCallResult,
)
from llama_index.core.tools import AsyncBaseTool, FunctionTool, ToolOutput, ToolSelection
from llama_index.core.workflow import Context, StopEvent, step

# Not public, but nothing else tells a step which work item it is running for.
from workflows.runtime.types.results import StepWorkerStateContextVar

from hitl_cli.agent_limits import NOT_CALLED, ContinueEvent, MayContinueEvent, Work
from hitl_cli.errors import ModelError, NoToolCallError
from hitl_cli.models.tool_calls import BrokenArguments, fitted
from hitl_cli.protocol import CommandData, CommandInputEvent, CommandResponseEvent

PARALLEL_CALLS = 16
"""How many tool calls of one message may run at once; calls that wait for a person do not count."""

MAX_CALLS = 32
"""How many tool calls of one message are carried out; each further one gets an error."""


@dataclass
class _ToolCallIdentity:
    """The id of the tool call that is running, and how many commands it has asked about in this pass."""

    id: str
    asked: int = 0


_call: ContextVar[_ToolCallIdentity] = ContextVar("hitl_tool_call")
_is_final: ContextVar[bool] = ContextVar("hitl_final_answer", default=False)


class PersonInTheLoopAgentWorkflow(AgentWorkflow):
    """An `AgentWorkflow` whose tools can call `ask_command` and `current_request_id`.

    Arguments that a tool does not take are dropped. A call that cannot be carried out gets a result that tells the
    model why. A person is asked whether an agent may continue that calls its model more often than `max_iterations`, or
    that repeats itself; if it may not, it gives a final answer without tools.
    """

    async def get_tools(self, agent_name: str, input_str: str | None = None) -> Sequence[AsyncBaseTool]:
        """Return the tools of an agent; none for its final answer."""
        return () if _is_final.get() else await super().get_tools(agent_name, input_str)

    @step
    async def run_agent_step(self, ctx: Context, ev: AgentSetup) -> AgentOutput:
        """Ask the model."""
        token = _is_final.set((await Work.of(ctx)).is_ended)
        try:
            output: AgentOutput = await super().run_agent_step(ctx, ev)
            return output
        finally:
            _is_final.reset(token)

    @step
    async def parse_agent_output(
        self, ctx: Context, ev: AgentOutput
    ) -> StopEvent | AgentInput | ToolCall | None:
        """Start the tool calls of a message, at most `MAX_CALLS`, or end the run if there are none."""
        work = await (await Work.of(ctx)).after(ctx, ev)
        if work.is_ended:
            ev = ev.model_copy(update={"tool_calls": [], "retry_messages": []})
        if question := work.question(ev):
            # Nothing before this may have an effect: the engine runs the step again when the response arrives.
            response = await ctx.wait_for_event(
                ContinueEvent,
                waiter_event=MayContinueEvent(prefix=question),
                waiter_id=f"{ev.current_agent_name}/{work.called}",
                timeout=None,
            )
            work = work.answered(proceed=response.proceed)
            if work.is_ended:
                await work.keep(ctx)
                return await self._final_answer(ctx, ev)
        await work.keep(ctx)
        if len(ev.tool_calls) > MAX_CALLS:
            await self._refuse(ctx, ev)
            ev = ev.model_copy(update={"tool_calls": ev.tool_calls[:MAX_CALLS]})
        following: StopEvent | AgentInput | ToolCall | None = await super().parse_agent_output(ctx, ev)
        return following

    @step(num_workers=PARALLEL_CALLS)
    async def call_tool(self, ctx: Context, ev: ToolCall) -> ToolCallResult:
        """Call one tool, with an id of its own."""
        tools = {tool.metadata.get_name(): tool for tool in await self._tools(ctx, ev.tool_name)}
        arguments = (
            _arguments_for(tools[ev.tool_name], ev)
            if ev.tool_name in tools
            else BrokenArguments(f"There is no tool {ev.tool_name!r}. Available: {', '.join(tools)}.")
        )
        if isinstance(arguments, BrokenArguments):
            failed = _failed(ev, arguments.problem)
            ctx.write_event_to_stream(failed)
            return failed
        # Assigned once per call, kept when it runs again, and unique even if the model's ids are empty or repeated.
        work_item = StepWorkerStateContextVar.get().state.work_item_id
        token = _call.set(_ToolCallIdentity(f"{ev.tool_id or 'call'}/{work_item}"))
        try:
            result: ToolCallResult = await super().call_tool(
                ctx, ToolCall(tool_name=ev.tool_name, tool_kwargs=arguments, tool_id=ev.tool_id)
            )
            return result
        finally:
            _call.reset(token)

    async def _final_answer(self, ctx: Context, ev: AgentOutput) -> AgentInput:
        """Tell the model that its calls are not carried out, and ask it once more."""
        memory = await ctx.store.get("memory")
        refused = [_failed(call, NOT_CALLED) for call in ev.tool_calls]
        await self.agents[ev.current_agent_name].handle_tool_call_results(ctx, refused, memory)
        return AgentInput(input=await memory.aget(), current_agent_name=ev.current_agent_name)

    async def _tools(self, ctx: Context, words: str) -> list[AsyncBaseTool]:
        tools: list[AsyncBaseTool] = list(
            await self.get_tools(await ctx.store.get("current_agent_name"), words)
        )
        return tools

    async def _refuse(self, ctx: Context, ev: AgentOutput) -> None:
        """Give each call beyond the limit an error as its result."""
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
    """Return the id of the tool call that is running; it stays the same when the engine runs that call again.

    Raises:
        NoToolCallError: No tool of a `PersonInTheLoopAgentWorkflow` is running; it is a `LookupError`, too.
    """
    return _tool_call().id


async def ask_command(ctx: Context, command: str, purpose: str = "") -> CommandResponseEvent:
    """Ask the person whether `command` may run, and return their decision; nothing is executed.

    `purpose` says why, in the words of the model; the person sees it beside the command.

    To be called in a tool of a `PersonInTheLoopAgentWorkflow`, as often as needed. The engine runs the tool again from
    its first line for each response, so nothing before the last question may have an effect. What the person approved
    is `response.command`, if `response.execute` is true; `run_command(response.command,
    request_id=response.request_id)` runs it.

    Raises:
        NoToolCallError: No tool of a `PersonInTheLoopAgentWorkflow` is running; it is a `LookupError`, too.
        WorkflowError: The response belongs to another request.
    """
    call = _tool_call()
    call.asked += 1
    request_id = call.id if call.asked == 1 else f"{call.id}/{call.asked}"
    response = await ctx.wait_for_event(
        CommandResponseEvent,
        waiter_event=CommandInputEvent(
            request_id=request_id, data=CommandData(command=command, purpose=purpose)
        ),
        waiter_id=request_id,
        requirements={"request_id": request_id},
        timeout=None,
    )
    response.check_answers(request_id)
    return response


def _tool_call() -> _ToolCallIdentity:
    try:
        return _call.get()
    except LookupError:
        raise NoToolCallError from None
