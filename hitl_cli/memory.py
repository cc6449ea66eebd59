"""The memory of a conversation: a list of messages."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.memory import BaseMemory
from pydantic import Field


class ListMemory(BaseMemory):
    """Remembers every message, word for word.

    LlamaIndex's own memories are dropped from saved sessions or count tokens with a tokenizer that may be fetched
    from the network; this one is plain JSON.
    """

    messages: list[ChatMessage] = Field(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex saves this class."""
        return "ListMemory"

    @classmethod
    def from_defaults(cls, **kwargs: Any) -> "ListMemory":
        """Return an empty memory."""
        return cls()

    def get(self, input: str | None = None, **kwargs: Any) -> list[ChatMessage]:  # noqa: A002
        """Return all messages; what is asked for makes no difference."""
        return list(self.messages)

    def get_all(self) -> list[ChatMessage]:
        """Return all messages."""
        return list(self.messages)

    def put(self, message: ChatMessage) -> None:
        """Add one message."""
        self.messages.append(message)

    async def aput_messages(self, messages: Sequence[ChatMessage]) -> None:
        """Add several messages."""
        self.messages.extend(messages)

    def set(self, messages: Sequence[ChatMessage]) -> None:
        """Replace all messages."""
        self.messages = list(messages)

    def reset(self) -> None:
        """Forget everything."""
        self.messages = []
