"""The offline catalogue as a LlamaIndex model: it calls a tool once and reports the outcome."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from pydantic import PrivateAttr

from hitl_cli.settings import OFFLINE_NAME
from hitl_cli.shell.result import OUTPUT_HEADING

_CLOSING = "I am the offline catalogue and do not read what commands print."
_OUTCOMES = (
    (
        "The person rejected this command; it did not run. They said:",
        "You rejected this command; it did not run. You said:",
    ),
    ("The person rejected this command;", "You rejected this command;"),
    ("The command did not run; the person answers", "The command did not run; you answered"),
)
"""How outcomes begin that a model is told (see `hitl_cli.protocol`), and how the person is told the same."""


class OfflineAgentModel(FunctionCallingLLM):
    """Answers the last request of a chat with one call of the first tool, and a tool's result with a closing line."""

    _propose: Callable[[str], str] = PrivateAttr()

    def __init__(self, propose: Callable[[str], str]) -> None:
        """Take the function that returns a command for a request, or raises NoMatchError."""
        super().__init__()
        self._propose = propose

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex knows this class."""
        return "OfflineAgentModel"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's properties."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name=OFFLINE_NAME)

    def _answer(self, messages: Sequence[ChatMessage], tool: str | None) -> ChatResponse:
        last = messages[-1]
        if last.role in (MessageRole.TOOL, MessageRole.FUNCTION):
            return _said(_account(str(last.content)))
        request = next(
            (str(each.content or "") for each in reversed(messages) if each.role == MessageRole.USER), ""
        )
        command = self._propose(request)
        if tool is None:
            return _said(command)
        call = ToolSelection(
            tool_id=f"catalogue-{uuid4().hex}", tool_name=tool, tool_kwargs={"command": command}
        )
        message = ChatMessage(
            role=MessageRole.ASSISTANT, content="", additional_kwargs={"tool_calls": [call.model_dump()]}
        )
        return ChatResponse(message=message, delta="")

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[Any],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or [])
        if user_msg is not None:
            messages.append(
                user_msg if isinstance(user_msg, ChatMessage) else ChatMessage(role="user", content=user_msg)
            )
        return {"messages": messages, "tool": tools[0].metadata.name if tools else None}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **options: Any
    ) -> list[ToolSelection]:
        """Return the tool call of the response, if it has one."""
        calls = response.message.additional_kwargs.get("tool_calls", [])
        return [ToolSelection(**call) for call in calls]

    def chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        """Answer a chat."""
        return self._answer(messages, options.get("tool"))

    async def achat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        """Answer a chat."""
        return self._answer(messages, options.get("tool"))

    def stream_chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponseGen:
        """Answer a chat in one piece."""
        yield self._answer(messages, options.get("tool"))

    async def astream_chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponseAsyncGen:
        """Answer a chat in one piece."""
        answer = self._answer(messages, options.get("tool"))

        async def pieces() -> ChatResponseAsyncGen:
            yield answer

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        """Answer a prompt with a command."""
        return CompletionResponse(text=self._propose(prompt))

    async def acomplete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        """Answer a prompt with a command."""
        return CompletionResponse(text=self._propose(prompt))

    def stream_complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponseGen:
        """Answer a prompt with a command, in one piece."""
        yield self.complete(prompt)

    async def astream_complete(
        self, prompt: str, formatted: bool = False, **options: Any
    ) -> CompletionResponseAsyncGen:
        """Answer a prompt with a command, in one piece."""
        answer = self.complete(prompt)

        async def pieces() -> CompletionResponseAsyncGen:
            yield answer

        return pieces()


def _said(text: str) -> ChatResponse:
    return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=text)


def _account(report: str) -> str:
    """Return a tool's report of the outcome, without the output of the command."""
    outcome = report.partition(OUTPUT_HEADING)[0].strip()
    for to_model, to_person in _OUTCOMES:
        if outcome.startswith(to_model):
            outcome = to_person + outcome.removeprefix(to_model)
            break
    if re.fullmatch(r"[\w :]+", outcome):
        return f"{outcome}. {_CLOSING}"
    return f"```text\n{outcome}\n```\n\n{_CLOSING}"  # it may quote anything, so it is not Markdown
