"""The agents that a workflow has, as far as they can be found without running it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hitl_cli.loading.importing import Loaded

if TYPE_CHECKING:
    from workflows import Workflow

AGENTS = "llama_index.core.agent.workflow"
"""The module of LlamaIndex's agents; a workflow without one does not import it, and should not wait for it."""

CODE_TOOL = "execute"
"""The name that `CodeActAgent` gives the tool that runs the code of its model."""

_TOOLS = "llama_index.core.tools"
_MOST_NESTED = 4


@dataclass(frozen=True)
class FoundAgent:
    """An agent and the name by which its workflow knows it."""

    name: str
    agent: Any

    @property
    def tools(self) -> list[Any]:
        """Its tools; those that it gets at run time are not among them."""
        return list(getattr(self.agent, "tools", None) or ())

    @property
    def runs_code(self) -> bool:
        """Whether it runs code that its model wrote."""
        agents: Any = sys.modules.get(AGENTS)
        return agents is not None and isinstance(self.agent, agents.CodeActAgent)


def agents_of(loaded: Loaded) -> list[FoundAgent]:
    """Return the agents of a workflow: itself, those it holds, and those in the modules of its own code."""
    agents: Any = sys.modules.get(AGENTS)
    if agents is None:
        return []
    modules = [
        module
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and loaded.own.has(file)
    ]
    values = (loaded.workflow, *(value for module in modules for value in vars(module).values()))
    found = {
        id(each): each
        for value in values
        for each in _held_by(value, agents.BaseWorkflowAgent, set(), _MOST_NESTED)
    }
    return [FoundAgent(each.name, each) for each in found.values()]


def own_tools_of(workflow: "Workflow") -> list[str]:
    """Return the names of the tools that a workflow holds itself, not through an agent."""
    tools: Any = sys.modules.get(_TOOLS)
    if tools is None:
        return []
    held = _held_by(workflow, tools.BaseTool, set(), _MOST_NESTED)
    return list(dict.fromkeys(name_of_tool(each) for each in held))


def name_of_tool(tool: Any) -> str:
    """Return the name by which a model calls a tool."""
    metadata = getattr(tool, "metadata", None)
    return str(metadata.get_name() if metadata else getattr(tool, "__name__", "?"))


def _held_by(value: Any, wanted: type, seen: set[int], depth: int) -> Iterator[Any]:
    """Yield the objects of the class `wanted` in `value`: itself, or in a workflow, a list or a dictionary."""
    from workflows import Workflow

    if depth < 0 or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, wanted):
        yield value
        return
    inner: list[Any] = []
    if isinstance(value, Workflow):
        inner = [] if _is_agent(value) else list(vars(value).values())
    elif isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, list | tuple | set):
        inner = list(value)
    for each in inner:
        yield from _held_by(each, wanted, seen, depth - 1)


def _is_agent(value: Any) -> bool:
    agents: Any = sys.modules.get(AGENTS)
    return agents is not None and isinstance(value, agents.BaseWorkflowAgent)
