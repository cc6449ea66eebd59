"""The memory of a conversation: a list of messages."""

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.memory import BaseMemory
from pydantic import Field, PrivateAttr


class ListMemory(BaseMemory):
    """Remembers every message, word for word; what was said in an earlier life of the program is read when needed.

    LlamaIndex's own memories are dropped from saved sessions or count tokens with a tokenizer that may be fetched
    from the network; this one is plain JSON.
    """

    messages: list[ChatMessage] = Field(default_factory=list)
    _earlier: Callable[[], list[ChatMessage]] | None = PrivateAttr(default=None)
    _kept: int = PrivateAttr(default=0)

    def follow(self, earlier: Callable[[], list[ChatMessage]]) -> None:
        """Begin with the messages that `earlier` will return, once they are asked for."""
        self._earlier = earlier

    @property
    def new(self) -> list[ChatMessage]:
        """The messages since the last that `keep` was told of."""
        return self.messages[self._kept :]

    @new.setter
    def new(self, messages: Sequence[ChatMessage]) -> None:
        self.messages = [*self.messages[: self._kept], *messages]

    def keep(self) -> None:
        """Take note that all messages so far are kept elsewhere."""
        self._kept = len(self.messages)

    def _all(self) -> list[ChatMessage]:
        if self._earlier is not None:
            before = self._earlier()
            self._earlier = None
            self.messages = [*before, *self.messages]
            self._kept += len(before)
        return self.messages

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
        return list(self._all())

    def get_all(self) -> list[ChatMessage]:
        """Return all messages."""
        return list(self._all())

    def put(self, message: ChatMessage) -> None:
        """Add one message."""
        self.messages.append(message)

    async def aput_messages(self, messages: Sequence[ChatMessage]) -> None:
        """Add several messages."""
        self.messages.extend(messages)

    def set(self, messages: Sequence[ChatMessage]) -> None:
        """Replace all messages."""
        self._all()
        self.messages = list(messages)

    def reset(self) -> None:
        """Forget everything."""
        self._earlier = None
        self.messages = []
