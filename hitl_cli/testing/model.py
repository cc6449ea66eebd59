"""A LlamaIndex model that replays a script, without the network."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from pydantic import PrivateAttr

from hitl_cli.errors import NoCommandError
from hitl_cli.models.local_model import LocalModel
from hitl_cli.models.provider import ModelWatcher, NullModelWatcher
from hitl_cli.requests import Alternative
from hitl_cli.testing.script import ScriptError

Reply = str | ToolCallBlock | Sequence[str | ToolCallBlock] | ChatMessage
"""What the model replies to one request: a text, a tool call, several of these, or a message as it is."""


def tool_call(name: str, /, **arguments: Any) -> ToolCallBlock:
    """Return a call of the tool `name`; the model gives it an id that is unique in its script."""
    return ToolCallBlock(tool_name=name, tool_kwargs=arguments)


class ScriptedModel(LocalModel):
    """Replies to each request with the next of its replies, also when it is asked to stream.

    `conversations` has the messages of each request, in order; a completion is one message of the user.
    """

    _script: list[ChatMessage] = PrivateAttr()
    _length: int = PrivateAttr()
    _conversations: list[list[ChatMessage]] = PrivateAttr(default_factory=list)

    def __init__(self, *replies: Reply) -> None:
        """Take the replies, in order: `ScriptedModel(tool_call("shell", command="ls"), "Done.")`."""
        super().__init__()
        numbers = count()
        self._script = [_message(reply, numbers) for reply in replies]
        self._length = len(replies)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex knows this class."""
        return "ScriptedModel"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's properties."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name="scripted")

    @property
    def conversations(self) -> list[list[ChatMessage]]:
        """The messages of each request so far."""
        return self._conversations

    @property
    def tool_results(self) -> list[str]:
        """What the tools returned, as the last request tells it."""
        last = self._conversations[-1] if self._conversations else []
        return [each.content or "" for each in last if each.role == MessageRole.TOOL]

    def check_used(self) -> None:
        """Check that every reply was used.

        Raises:
            ScriptError: Some were not.
        """
        if self._script:
            left = "; ".join(_described(each) for each in self._script)
            raise ScriptError(
                f"The model was asked {_times(len(self._conversations))}, but its script has {self._length} "
                f"{'reply' if self._length == 1 else 'replies'}. Not used: {left}"
            )

    def _answer(self, messages: Sequence[ChatMessage], tools: Sequence[Any]) -> ChatMessage:
        self._conversations.append(list(messages))
        if not self._script:
            asked = (messages[-1].content or "") if messages else ""
            raise ScriptError(
                f"The model was asked {_times(len(self._conversations))}, but its script has only {self._length} "
                f"{'reply' if self._length == 1 else 'replies'}. The last message to it: {asked!r}"
            )
        return self._script.pop(0)

    def _complete(self, prompt: str) -> str:
        return self._answer([ChatMessage(role="user", content=prompt)], ()).content or ""

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **options: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of a response."""
        return [
            ToolSelection(
                tool_id=each.tool_call_id or "",
                tool_name=each.tool_name,
                tool_kwargs=dict(each.tool_kwargs) if isinstance(each.tool_kwargs, dict) else {},
            )
            for each in response.message.blocks
            if isinstance(each, ToolCallBlock)
        ]


class ScriptedProvider:
    """Gives a run one LlamaIndex model; see `ModelProvider`."""

    def __init__(self, llm: FunctionCallingLLM | None) -> None:
        """Take the model, None if the workflow should not ask for one."""
        self.watcher: ModelWatcher = NullModelWatcher()
        self._llm = llm

    def llm(self, *, quiet: bool = False) -> FunctionCallingLLM:
        """Return the model."""
        if self._llm is None:
            raise ScriptError("The workflow asked for the person's model, but the test gives none: model=…")
        return self._llm

    async def propose(self, prompt: str) -> Sequence[Alternative]:
        """Return what the model replies to `prompt`: a call with a `command`, or a text that is the command."""
        reply = await self.llm().achat([ChatMessage(role="user", content=prompt)])
        selected = self.llm().get_tool_calls_from_response(reply, error_on_no_tool_call=False)
        command = selected[0].tool_kwargs.get("command") if selected else reply.message.content
        if not command:
            raise NoCommandError(reply.message.content or "")
        return [Alternative(str(command), "", "script")]


def _message(reply: Reply, numbers: "count[int]") -> ChatMessage:
    if isinstance(reply, ChatMessage):
        return reply
    parts = [reply] if isinstance(reply, str | ToolCallBlock) else reply
    blocks = [
        TextBlock(text=part)
        if isinstance(part, str)
        else part
        if part.tool_call_id is not None
        else part.model_copy(update={"tool_call_id": f"call_{next(numbers)}"})
        for part in parts
    ]
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks)


def _described(message: ChatMessage) -> str:
    calls = [each for each in message.blocks if isinstance(each, ToolCallBlock)]
    said = [repr(message.content)] if message.content else []
    return (
        ", ".join([*said, *(f"{each.tool_name}({each.tool_kwargs})" for each in calls)]) or "an empty message"
    )


def _times(number: int) -> str:
    return {0: "not at all", 1: "once"}.get(number, f"{number} times")
