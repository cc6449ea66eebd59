"""The part of an output that a model is shown: its head and its tail, with an exact count of what lies between."""

from collections import deque


class Excerpt:
    """Keeps the first and the last bytes of a stream of any length, in memory bounded by `limit` bytes."""

    def __init__(self, limit: int = 16_384) -> None:
        self._head_limit = limit // 2
        self._tail_limit = limit - self._head_limit
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.total = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        self.total += len(chunk)
        room = self._head_limit - len(self._head)
        self._head += chunk[:room]
        rest = chunk[room:][-self._tail_limit :]
        if not rest:
            return
        self._tail.append(rest)
        self._tail_size += len(rest)
        while self._tail_size - len(self._tail[0]) >= self._tail_limit:
            self._tail_size -= len(self._tail.popleft())

    @property
    def omitted(self) -> int:
        """How many bytes of the stream the text leaves out."""
        return self.total - len(self._head) - min(self._tail_size, self._tail_limit)

    @property
    def text(self) -> str:
        """The excerpt, decoded as UTF-8; what is left out is told in place, in bytes."""
        head = bytes(self._head)
        tail = b"".join(self._tail)[-self._tail_limit :]
        if not self.omitted:
            return (head + tail).decode("utf-8", "replace")
        gap = f"\n[... {self.omitted} bytes left out ...]\n"
        return head.decode("utf-8", "replace") + gap + tail.decode("utf-8", "replace")
