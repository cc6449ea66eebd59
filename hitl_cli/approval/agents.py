"""Has agents use tools that ask first.

All agents of LlamaIndex get their tools from their own method `get_tools`, in each turn and for each call. While a
workflow is loaded, that method returns tools that ask in place of those that the person chose. So agents that are
created during the run, and tools that come from a retriever or hand over to another agent, are asked about, too.
"""

import contextlib
import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from llama_index.core.agent.workflow import AgentWorkflow, BaseWorkflowAgent, CodeActAgent
from llama_index.core.base.llms.types import TextBlock
from llama_index.core.tools import (
    AsyncBaseTool,
    BaseTool,
    FunctionTool,
    ToolMetadata,
    ToolOutput,
    adapt_to_async_tool,
)
from llama_index.core.tools.types import DefaultToolFnSchema

from hitl_cli.approval.calls import CallMade, CallRejectedError, ToolCall, ToolCalls
from hitl_cli.approval.choice import Hints
from hitl_cli.errors import WorkflowError
from hitl_cli.inspection.agents import CODE_TOOL, FoundAgent, name_of_tool
from hitl_cli.loading.importing import Loaded


@contextlib.contextmanager
def asking(calls: ToolCalls) -> Iterator[None]:
    """Inside the block, agents use tools that ask `calls`."""
    with contextlib.ExitStack() as changed:
        for agent_class in _with_tools():
            original = agent_class.__dict__["get_tools"]
            agent_class.get_tools = _asking_method(original, calls)
            changed.callback(setattr, agent_class, "get_tools", original)
        yield


def _with_tools() -> list[Any]:
    """Return the classes of agents that define `get_tools`."""
    classes: list[Any] = [AgentWorkflow, BaseWorkflowAgent]
    for each in classes:
        classes += each.__subclasses__()
    return [each for each in dict.fromkeys(classes) if "get_tools" in each.__dict__]


def _asking_method(original: Callable[..., Any], calls: ToolCalls) -> Callable[..., Any]:
    @functools.wraps(original)
    async def get_tools(self: Any, *args: Any, **kwargs: Any) -> list[AsyncBaseTool]:
        agent = self
        if isinstance(self, AgentWorkflow):
            name = args[0] if args else kwargs.get("agent_name")
            agent = self.agents.get(str(name))
        return [_asking_tool(each, agent, calls) for each in await original(self, *args, **kwargs)]

    return get_tools


def _asking_tool(tool: AsyncBaseTool, agent: Any, calls: ToolCalls) -> AsyncBaseTool:
    name = name_of_tool(tool)
    is_code = isinstance(agent, CodeActAgent) and name == CODE_TOOL
    if isinstance(tool, _AskingTool) or not (is_code or calls.choice.takes(name)):
        return tool
    if isinstance(agent, CodeActAgent) and not is_code and name != "handoff":
        return tool  # such a tool is called from the code, which is asked about
    agent_name = str(getattr(agent, "name", ""))
    calls.tools.add(name)
    if isinstance(tool, FunctionTool):
        return _AskingFunctionTool(tool, agent_name, calls, is_code=is_code)
    return _AskingOtherTool(adapt_to_async_tool(tool), agent_name, calls, is_code=is_code)


class _AskingTool(AsyncBaseTool):
    """A tool whose calls a person approves; in everything else it is the tool itself."""

    def __init__(self, tool: AsyncBaseTool, agent: str, calls: ToolCalls, *, is_code: bool) -> None:
        self.__dict__.update(vars(tool))  # what agents read of a tool
        self._asked_about = tool
        self._agent = agent
        self._calls = calls
        self._is_code = is_code
        self._was_rejected = False

    @property
    def metadata(self) -> ToolMetadata:
        """What the model is told of the tool; the result of a rejected call is never returned directly."""
        metadata = self._asked_about.metadata
        return replace(metadata, return_direct=False) if self._was_rejected else metadata

    def call(self, *args: Any, **kwargs: Any) -> ToolOutput:
        """Refuse: a call from code that is not asynchronous cannot wait for a person.

        Raises:
            WorkflowError: Always.
        """
        raise WorkflowError(
            f"{name_of_tool(self)} was called with call(), which cannot wait for a person; it did not run. "
            "Call it with: await tool.acall(...)"
        )

    async def acall(self, *args: Any, **kwargs: Any) -> ToolOutput:
        """Ask, and call the tool if the person approves."""
        hidden = self._context_arguments(kwargs)
        shown = {name: value for name, value in kwargs.items() if name not in hidden}
        shown |= dict(zip(self._asked_about.metadata.get_parameters_dict()["properties"], args, strict=False))

        async def make(arguments: dict[str, Any]) -> ToolOutput:
            return await self._asked_about.acall(**arguments, **hidden)

        metadata = self._asked_about.metadata
        call = ToolCall(
            metadata.get_name(),
            self._agent,
            metadata.description or "",
            metadata.fn_schema or DefaultToolFnSchema,
            shown,
            make,
            self._is_code,
        )
        try:
            return self._output(await self._calls.ask_and_make(call), shown)
        except CallRejectedError as rejected:
            self._was_rejected = True
            return self._text_output(str(rejected), shown, failed=True, exception=rejected)

    def _output(self, made: CallMade, arguments: dict[str, Any]) -> ToolOutput:
        if not isinstance(made.result, ToolOutput):
            return self._text_output(made.called.content, arguments, failed=made.called.failed)
        if made.changed is None or self.metadata.return_direct:
            return made.result
        note = (
            f"(The person changed the arguments of this call to {json.dumps(made.changed, default=str)}.)\n"
        )
        blocks = [TextBlock(text=note), *made.result.blocks]
        return made.result.model_copy(update={"blocks": blocks})

    def _text_output(
        self, content: str, arguments: dict[str, Any], *, failed: bool, exception: Exception | None = None
    ) -> ToolOutput:
        return ToolOutput(
            tool_name=name_of_tool(self),
            content=content,
            raw_input=arguments,
            raw_output=content,
            is_error=failed,
            exception=exception,
        )

    def _context_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments that come from the workflow, not from the model."""
        name = getattr(self._asked_about, "ctx_param_name", None)
        return {name: arguments[name]} if name is not None and name in arguments else {}


class _AskingFunctionTool(_AskingTool, FunctionTool):
    """A `FunctionTool` that asks; the class tells agents to pass the context of the workflow."""


class _AskingOtherTool(_AskingTool):
    """Any other tool that asks."""


def functions_of(loaded: Loaded) -> set[str]:
    """Return the names of the functions and tools in the modules of a workflow's own code."""
    return {
        name_of_tool(value) if isinstance(value, BaseTool) else name
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and loaded.own.has(file)
        for name, value in vars(module).items()
        if isinstance(value, BaseTool) or (inspect.isfunction(value) and value.__module__ == module.__name__)
    }


async def hints_of(agents: Iterable[FoundAgent]) -> dict[str, Hints]:
    """Return what the tools of `agents` say of themselves, by their names.

    `llama-index-tools-mcp` drops the annotations of an MCP server, so its server is asked for them again.

    Raises:
        WorkflowError: A server cannot be asked.
    """
    found: dict[str, Hints] = {}
    of_servers: dict[int, dict[str, Any]] = {}
    for tool in (tool for agent in agents for tool in agent.tools):
        own = getattr(tool, "annotations", None) or getattr(tool.metadata, "annotations", None)
        if own is None and (server := _server_of(tool)) is not None:
            client, name = server
            if id(client) not in of_servers:
                of_servers[id(client)] = await _annotations_of(client, name_of_tool(tool))
            own = of_servers[id(client)].get(name)
        found[name_of_tool(tool)] = Hints.of(own)
    return found


def _server_of(tool: Any) -> tuple[Any, str] | None:
    """Return the client of the MCP server that `tool` calls, and the name of the tool there, if it calls one."""
    function = getattr(tool, "real_fn", None)
    if not inspect.isfunction(function):
        return None
    values = inspect.getclosurevars(function).nonlocals
    client = getattr(values.get("self"), "client", None)
    name = values.get("tool_name")
    return (client, name) if hasattr(client, "list_tools") and isinstance(name, str) else None


async def _annotations_of(client: Any, tool: str) -> dict[str, Any]:
    try:
        listed = await client.list_tools()
    except Exception as problem:
        raise WorkflowError(
            f"The MCP server of {tool} did not say which of its tools are destructive ({problem}); nothing ran. "
            "Name the tools: --approve NAME,..."
        ) from problem
    return {each.name: getattr(each, "annotations", None) for each in getattr(listed, "tools", ())}
