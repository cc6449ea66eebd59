"""The LlamaIndex model for OpenAI and for servers that speak its chat protocol."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.llm import ToolSelection
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai.utils import O1_MODELS, to_openai_message_dicts
from openai import OpenAI as SyncOpenAI
from pydantic import PrivateAttr

from hitl_cli.errors import ModelError
from hitl_cli.models.chat_client import ATTEMPTS, NO_KEY, ChatClient
from hitl_cli.models.chat_server import ChatServer, ReplyEnd
from hitl_cli.models.early_request import EarlyRequest
from hitl_cli.models.provider import ModelWatcher
from hitl_cli.models.reply import Call
from hitl_cli.models.tool_calls import PROBLEM
from hitl_cli.settings import Settings

_CONTEXT_WINDOW = 128_000  # tokens; used by LlamaIndex's own memory classes only, which are not used here
_PROBLEMS = "problems"


class _Serialized:
    """The messages of the last request as the protocol has them, so that a turn does not serialize all earlier ones."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[ChatMessage, list[Any], dict[str, Any]]] = {}

    def messages(self, messages: Sequence[ChatMessage], model: str) -> list[dict[str, Any]]:
        """Return `messages` as JSON objects; those that have changed since the last request are serialized again."""
        following = {}
        for message in messages:
            before, values = self._last.get(id(message)), _values(message)
            is_known = before is not None and len(before[1]) == len(values)
            if before is None or not is_known or not all(map(operator.is_, before[1], values)):
                (serialized,) = cast("list[dict[str, Any]]", to_openai_message_dicts([message], model=model))
                before = (message, values, serialized)
            following[id(message)] = before
        self._last = following
        return [following[id(message)][2] for message in messages]


def _values(message: ChatMessage) -> list[Any]:
    """Return the objects that a message consists of; if all are the same ones as before, so is the message."""
    values = [message.role, *message.additional_kwargs.values()]
    for block in message.blocks:
        values += (block, *vars(block).values())
    return values


class OpenAICompatible(OpenAI):
    """LlamaIndex's OpenAI model for any model name; it parses replies with tolerance and does not expose the key.

    While a reply is streamed, each message has only its new part and the last one has everything, so that the work is
    linear in the length of the reply.
    """

    _serialized: _Serialized = PrivateAttr(default_factory=_Serialized)
    _server: ChatServer = PrivateAttr()
    _connect: Callable[[], SyncOpenAI] = PrivateAttr()

    def talk_to(self, server: ChatServer, connect: Callable[[], SyncOpenAI]) -> None:
        """Send every request to `server`; those that are not asynchronous through the client of `connect`."""
        self._server = server
        self._connect = connect

    def _get_client(self) -> SyncOpenAI:
        return self._connect()

    @property
    def metadata(self) -> LLMMetadata:
        """The model's properties; LlamaIndex's own table has OpenAI's models only."""
        return LLMMetadata(
            context_window=_CONTEXT_WINDOW,
            num_output=-1,
            is_chat_model=True,
            is_function_calling_model=True,
            model_name=self.model,
        )

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of a response; a call with invalid arguments has only the argument `PROBLEM`.

        Raises:
            ValueError: There are none, and `error_on_no_tool_call` is true.
        """
        problems = response.additional_kwargs.get(_PROBLEMS, {})
        selections = [
            ToolSelection(
                tool_id=block.tool_call_id or "",
                tool_name=block.tool_name,
                tool_kwargs=_arguments(block, problems),
            )
            for block in response.message.blocks
            if isinstance(block, ToolCallBlock)
        ]
        if not selections and error_on_no_tool_call:
            raise ValueError("Expected at least one tool call, but got none.")
        return selections

    def _request(self, messages: Sequence[ChatMessage], **kwargs: Any) -> dict[str, Any]:
        return {
            "messages": self._serialized.messages(messages, self.model),
            **self._get_model_kwargs(**kwargs),
        }

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        *_, whole = [each async for each in self._responses(self._request(messages, stream=False, **kwargs))]
        return whole

    async def _astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        return self._responses(self._request(messages, stream=True, **kwargs))

    async def _responses(self, request: Mapping[str, Any]) -> ChatResponseAsyncGen:
        texts: list[str] = []
        reasoning_parts: list[str] = []
        async for part in self._server.ask(request):
            if isinstance(part, ReplyEnd):
                yield _whole("".join(texts), "".join(reasoning_parts), part.calls)
                continue
            texts.append(part.text)
            reasoning_parts.append(part.reasoning)
            yield ChatResponse(
                message=ChatMessage(role=MessageRole.ASSISTANT, content=part.text),
                delta=part.text,
                additional_kwargs={"thinking_delta": part.reasoning} if part.reasoning else {},
            )

    def _get_model_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        arguments = super()._get_model_kwargs(**kwargs)
        if not arguments.get("stream"):
            arguments.pop("stream_options", None)
        if self.model not in O1_MODELS:
            arguments.pop("temperature", None)  # a reasoning model that is not in the table refuses it
        return {name: value for name, value in arguments.items() if value is not None}


def _arguments(block: ToolCallBlock, problems: Mapping[str, str]) -> dict[str, Any]:
    if problem := problems.get(block.tool_call_id or ""):
        return {PROBLEM: problem}
    return block.tool_kwargs if isinstance(block.tool_kwargs, dict) else {}


def _whole(text: str, reasoning: str, calls: Sequence[Call]) -> ChatResponse:
    blocks: list[ThinkingBlock | TextBlock | ToolCallBlock] = (
        [ThinkingBlock(content=reasoning)] if reasoning else []
    )
    blocks.append(TextBlock(text=text))
    blocks += [
        ToolCallBlock(tool_call_id=call.identity, tool_name=call.name, tool_kwargs=dict(call.arguments))
        for call in calls
    ]
    return ChatResponse(
        message=ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks),
        delta="",
        additional_kwargs={_PROBLEMS: {call.identity: call.problem for call in calls if call.problem}},
    )


def connect(
    settings: Settings, watcher: ModelWatcher, refused_parameters: set[str], early: EarlyRequest | None = None
) -> OpenAICompatible:
    """Return the model that `settings` name; nothing is sent before it is used.

    `watcher` is told about each request and its tokens. `refused_parameters` are left out of requests; those that the
    server refuses are added. The answer to an `early` request is used if the model's first one is identical to it.

    Raises:
        ModelError: The model does not support this protocol.
    """
    name = settings.model.value
    client = ChatClient.of(settings, watcher)
    try:
        model = OpenAICompatible(
            model=name,
            api_key=NO_KEY,  # the client has the real one; LlamaIndex would show it in the model's repr
            max_retries=0,  # LlamaIndex would retry around the client's own retries, and say nothing
            additional_kwargs={"stream_options": {"include_usage": True}},
        )
    except ValueError as problem:
        raise ModelError(f"The model {name!r} cannot be used: {problem} No request was sent.") from problem

    @cache
    def connected() -> SyncOpenAI:
        return SyncOpenAI(
            api_key=client.key, base_url=client.address, max_retries=ATTEMPTS - 1, timeout=client.timeout
        )

    model.talk_to(ChatServer(client, watcher, refused_parameters, early), connected)
    return model
