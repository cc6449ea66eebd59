"""Tools of a server that speaks the Model Context Protocol: what it says of them decides which ask."""

import json
from typing import Any

import pytest
from llama_index.core.tools import FunctionTool, ToolMetadata

from hitl_cli.testing import ScriptedModel, ScriptedPerson, run_workflow, tool_call
from tests.approval.tools import Done, agent_with


class Server:
    """Lists its tools as a client of the Model Context Protocol does."""

    def __init__(self, done: Done) -> None:
        self.done = done

    async def list_tools(self) -> Any:
        """Return three tools: one that only reads, one that destroys, one that adds."""
        from types import SimpleNamespace as Object

        said = {
            "get": Object(readOnlyHint=True),
            "drop": Object(readOnlyHint=False),
            "add": Object(destructiveHint=False),
        }
        return Object(tools=[Object(name=name, annotations=each) for name, each in said.items()])

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> str:
        """Note the call."""
        self.done.append(f"{name} {json.dumps(arguments)}")
        return name


class Spec:
    """Makes tools from a server, as the McpToolSpec of llama-index-tools-mcp does."""

    def __init__(self, client: Server) -> None:
        self.client = client

    def tool(self, tool_name: str) -> FunctionTool:
        """Return the tool with this name."""

        async def async_tool_fn(**kwargs: Any) -> Any:
            return await self.client.call_tool(tool_name, kwargs)

        return FunctionTool.from_defaults(
            fn=async_tool_fn, tool_metadata=ToolMetadata("A tool of a server.", name=tool_name)
        )


@pytest.mark.parametrize(
    ("approve", "asked"), [("destructive", {"drop"}), ("not-read-only", {"drop", "add", "delete"})]
)
def test_what_a_tool_of_a_server_says_of_itself(approve: str, asked: set[str], done: Done) -> None:
    """The server is asked for the annotations, which the tools themselves do not have."""
    spec = Spec(Server(done))
    names = ("get", "drop", "add")
    model = ScriptedModel(
        [*(tool_call(name, input="x") for name in names), tool_call("delete", path="a")], "Done."
    )
    agent = agent_with(model, *(spec.tool(name) for name in names), done.delete)
    person = ScriptedPerson()
    for name in asked:
        person.rejects(f"{name} ")
    run_workflow(agent, "go", person=person, model=model, approve=approve)
    assert {each.split()[0] for each in done} == {*names, "delete"} - asked
