"""The agents that a workflow has, as far as they can be found without running it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hitl_cli.loading.importing import Loaded

AGENTS = "llama_index.core.agent.workflow"
"""The module of LlamaIndex's agents; a workflow without one does not import it, and should not wait for it."""

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
    found: dict[int, FoundAgent] = {}
    modules = [
        module
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and loaded.own.has(file)
    ]
    for each in (loaded.workflow, *(value for module in modules for value in vars(module).values())):
        for agent in _agents_in(each, agents, set(), _MOST_NESTED):
            found.setdefault(id(agent.agent), agent)
    return list(found.values())


def name_of_tool(tool: Any) -> str:
    """Return the name by which a model calls a tool."""
    metadata = getattr(tool, "metadata", None)
    return str(metadata.get_name() if metadata else getattr(tool, "__name__", "?"))


def _agents_in(value: Any, agents: Any, seen: set[int], depth: int) -> Iterator[FoundAgent]:
    from workflows import Workflow

    if depth < 0 or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, agents.BaseWorkflowAgent):
        yield FoundAgent(value.name, value)
        return
    inner: list[Any] = []
    if isinstance(value, Workflow):
        inner = list(vars(value).values())
    elif isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, list | tuple | set):
        inner = list(value)
    for each in inner:
        yield from _agents_in(each, agents, seen, depth - 1)
