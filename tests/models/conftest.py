"""The model of the settings inside this process, talking to a real HTTP server."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool

from hitl_cli.environment import Environment
from hitl_cli.models.configured import provider_of
from hitl_cli.models.provider import NullModelWatcher
from hitl_cli.settings import Settings
from tests.model_server import ModelServer


@dataclass
class Watching(NullModelWatcher):
    """Keeps the tokens of each request."""

    tokens: list[tuple[int, int]] = field(default_factory=list)

    def tokens_used(self, prompt: int, completion: int) -> None:
        """Keep the counts."""
        self.tokens.append((prompt, completion))


@dataclass(frozen=True)
class Heard:
    """What a reply came to: its text in pieces, its reasoning, and its calls as (name, arguments)."""

    pieces: list[str]
    reasoning: str
    calls: list[tuple[str, Any]]
    identities: list[str]

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.pieces)


async def cli_executor(command: str) -> str:
    """Run a command."""
    return command


class Asker:
    """Asks the model as an agent does."""

    def __init__(self, watching: Watching, settings: Settings) -> None:
        self.watching = watching
        self.model: Any = provider_of(settings, watching).llm()

    async def close(self) -> None:
        """Close the connections."""
        await self.model._server._client.close()

    async def __call__(self) -> Heard:
        """Ask once, and return what the reply came to."""
        tool = FunctionTool.from_defaults(async_fn=cli_executor)
        pieces, reasoning, last = [], [], None
        async for last in await self.model.astream_chat_with_tools(
            tools=[tool], chat_history=[ChatMessage(role="user", content="x")]
        ):
            pieces.append(last.delta)
            reasoning.append(last.additional_kwargs.get("thinking_delta", ""))
        assert last is not None
        assert (last.message.content or "") == "".join(pieces)
        selections = self.model.get_tool_calls_from_response(last, error_on_no_tool_call=False)
        calls = [(each.tool_name, each.tool_kwargs) for each in selections]
        json.dumps(calls)
        return Heard(pieces, "".join(reasoning), calls, [each.tool_id for each in selections])


@pytest.fixture
async def ask(model: ModelServer) -> AsyncIterator[Asker]:
    """An asker of the scripted model."""
    variables = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "sk-secret", "HITL_MODEL": "scripted"}
    environment = replace(Environment.from_process(), variables=variables)
    asker = Asker(Watching(), Settings.load(environment))
    yield asker
    await asker.close()
