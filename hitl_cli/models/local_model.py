"""A LlamaIndex model that needs no server: one method that answers becomes each of the calls that LlamaIndex makes."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM

_PIECE = re.compile(r"\s*\S+\s*")  # a text is streamed word by word


class LocalModel(FunctionCallingLLM):
    """The base of models that answer in this process."""

    def _answer(self, messages: Sequence[ChatMessage], tools: Sequence[Any]) -> ChatMessage:
        """Return the answer to a chat in which the model may call `tools`."""
        raise NotImplementedError

    def _complete(self, prompt: str) -> str:
        """Return the answer to a prompt."""
        raise NotImplementedError

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
        asked = ChatMessage(role="user", content=user_msg) if isinstance(user_msg, str) else user_msg
        return {"messages": [*(chat_history or []), *([asked] if asked is not None else [])], "tools": tools}

    def chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        """Answer a chat."""
        return ChatResponse(message=self._answer(messages, options.get("tools") or ()))

    async def achat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        """Answer a chat."""
        return self.chat(messages, **options)

    def stream_chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponseGen:
        """Answer a chat word by word; tool calls come last."""
        return _streamed(self._answer(messages, options.get("tools") or ()))

    async def astream_chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponseAsyncGen:
        """Answer a chat word by word; tool calls come last."""
        whole = self.stream_chat(messages, **options)

        async def pieces() -> ChatResponseAsyncGen:
            for piece in whole:
                yield piece

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        """Answer a prompt."""
        return CompletionResponse(text=self._complete(prompt))

    async def acomplete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        """Answer a prompt."""
        return self.complete(prompt)

    def stream_complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponseGen:
        """Answer a prompt word by word."""
        text = self._complete(prompt)
        return (CompletionResponse(text=text[:end], delta=delta) for end, delta in _pieces(text))

    async def astream_complete(
        self, prompt: str, formatted: bool = False, **options: Any
    ) -> CompletionResponseAsyncGen:
        """Answer a prompt word by word."""
        whole = self.stream_complete(prompt)

        async def pieces() -> CompletionResponseAsyncGen:
            for piece in whole:
                yield piece

        return pieces()


def _streamed(answer: ChatMessage) -> ChatResponseGen:
    text = answer.content or ""
    for end, delta in _pieces(text):
        yield ChatResponse(message=ChatMessage(role=answer.role, content=text[:end]), delta=delta)
    yield ChatResponse(message=answer, delta="")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the pieces of a text, each with the place where it ends."""
    if not text.strip():
        yield len(text), text
    for piece in _PIECE.finditer(text):
        yield piece.end(), piece[0]
