"""The memory of a conversation: a plain list of messages."""

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.memory import BaseMemory
from pydantic import Field, PrivateAttr


class ListMemory(BaseMemory):
    """Keeps every message unchanged; messages of a resumed session are loaded when needed.

    LlamaIndex's own memories are lost in saved sessions, or count tokens with a tokenizer that may be downloaded; this
    one is plain JSON.
    """

    messages: list[ChatMessage] = Field(default_factory=list)
    _earlier: Callable[[], list[ChatMessage]] | None = PrivateAttr(default=None)
    _stored_count: int = PrivateAttr(default=0)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "ListMemory":
        """Return this memory itself: a tool that edits the state of its run works on a copy of the state."""
        return self

    def __repr__(self) -> str:
        """Return a short text: the engine makes one of each start event, which would take the whole conversation."""
        return f"ListMemory({len(self.messages)} messages)"

    def follow(self, earlier: Callable[[], list[ChatMessage]]) -> None:
        """Start with the messages that `earlier` returns; it is called when they are first needed."""
        self._earlier = earlier

    @property
    def new(self) -> list[ChatMessage]:
        """The messages since the last call of `keep`."""
        return self.messages[self._stored_count :]

    @new.setter
    def new(self, messages: Sequence[ChatMessage]) -> None:
        self.messages = [*self.messages[: self._stored_count], *messages]

    def keep(self) -> None:
        """Note that all messages so far are stored."""
        self._stored_count = len(self.messages)

    def _all(self) -> list[ChatMessage]:
        if self._earlier is not None:
            before = self._earlier()
            self._earlier = None
            self.messages = [*before, *self.messages]
            self._stored_count += len(before)
        return self.messages

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores for this class."""
        return "ListMemory"

    @classmethod
    def from_defaults(cls, **kwargs: Any) -> "ListMemory":
        """Return an empty memory."""
        return cls()

    def get(self, input: str | None = None, **kwargs: Any) -> list[ChatMessage]:  # noqa: A002
        """Return all messages, whatever the arguments."""
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
        """Delete all messages."""
        self._earlier = None
        self.messages = []
