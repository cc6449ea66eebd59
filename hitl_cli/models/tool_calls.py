"""Tool calls in a streamed answer, put into the one form that LlamaIndex reads.

LlamaIndex looks at the first call of each chunk only and joins calls of equal index. OpenAI streams so; other servers
send several calls in one chunk, or give each call the index 0, and a call would vanish or two would be joined.
"""

from collections.abc import Iterator

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall


class ToolCallRepair:
    """Repairs the chunks of one answer; a new call is one with a new id, or with a name where there was one."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._named: list[bool] = []
        self._latest_of: dict[int, int] = {}

    def split(self, chunk: ChatCompletionChunk) -> Iterator[ChatCompletionChunk]:
        """Yield chunks with at most one tool call each, which say the same; all else rides on the first."""
        calls = chunk.choices[0].delta.tool_calls if chunk.choices else None
        if not calls:
            yield chunk
            return
        for position, call in enumerate(calls):
            call.index = self._index(call)
            single = chunk.model_copy(deep=True)
            delta = single.choices[0].delta
            delta.tool_calls = [call]
            if position > 0:
                delta.content = ""
                single.usage = None
            yield single

    def _index(self, call: ChoiceDeltaToolCall) -> int:
        name = call.function.name if call.function else None
        index = self._latest_of.get(call.index)
        is_new = (
            index is None
            or bool(call.id and self._ids[index] and call.id != self._ids[index])
            or bool(name and self._named[index])
        )
        if index is None or is_new:
            index = len(self._ids)
            self._ids.append(call.id or "")
            self._named.append(bool(name))
            self._latest_of[call.index] = index
        else:
            self._ids[index] = self._ids[index] or call.id or ""
            self._named[index] = self._named[index] or bool(name)
        return index
