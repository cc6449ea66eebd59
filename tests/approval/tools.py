"""Tools that note what they did, and an agent that has them."""

from typing import Any

from llama_index.core.agent.workflow import FunctionAgent

from hitl_cli.testing import ScriptedModel


class Done(list[str]):
    """What the tools did, in order."""

    def delete(self, path: str, force: bool = False) -> str:
        """Delete a file."""
        self.append(f"delete {path} {force}")
        return f"deleted {path}"

    async def search(self, words: str) -> str:
        """Search."""
        self.append(f"search {words}")
        return "nothing found"


def agent_with(model: ScriptedModel, *tools: Any, **options: Any) -> FunctionAgent:
    """Return an agent with these tools."""
    return FunctionAgent(tools=list(tools), llm=model, **options)
