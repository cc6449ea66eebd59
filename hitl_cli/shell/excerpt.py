"""The excerpt of an output for a model: its beginning and its end, with exact counts of what is omitted."""

import re
from collections import deque
from dataclasses import dataclass

from hitl_cli.shell.resolve import resolved
from hitl_cli.text import charset
from hitl_cli.text.secrets.masking import Mask

LIMIT = 16_384
"""Maximum size of an excerpt in bytes of UTF-8, notes included."""

_KEPT = 262_144  # bytes of the stream, at either end, in which escape sequences are resolved
_BEYOND = 65_536  # more bytes at either end, to find a secret that crosses the limit
_FOR_THE_NOTE = 256
_SNIFFED = 4096
_BINARY_SHARE = 0.1
_NON_TEXT = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f\ufffd]")


@dataclass(frozen=True)
class ShownOutput:
    """The excerpt as text, with counts.

    `bytes_shown` and `bytes_omitted` add up to `bytes_total`; lines are counted by newlines. Both are counted after
    escape sequences have been resolved, except in the middle of a long output, which is not kept. `masked` names what
    was masked in the text.
    """

    text: str
    bytes_total: int
    bytes_shown: int
    lines_total: int
    lines_shown: int
    masked: tuple[str, ...] = ()
    is_binary: bool = False

    @property
    def bytes_omitted(self) -> int:
        """How many bytes the text leaves out."""
        return self.bytes_total - self.bytes_shown


class Excerpt:
    """Keeps the first and the last bytes of a stream of any length, in bounded memory.

    A carriage return before a newline or at the very end is not counted, because the terminal adds it.
    """

    def __init__(self, limit: int = LIMIT, columns: int = 80, lines: int = 24) -> None:
        self._limit = limit
        self._size = columns, lines
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._carriage_return = False
        self._bytes = 0
        self._lines = 0

    def feed(self, chunk: bytes) -> bytes:
        """Add the next bytes of the stream, and return the bytes that are counted."""
        if self._carriage_return:
            chunk = b"\r" + chunk
        self._carriage_return = chunk.endswith(b"\r")
        if self._carriage_return:
            chunk = chunk[:-1]
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n")
        self._keep(chunk)
        return chunk

    def shown(self, mask: Mask | None = None) -> ShownOutput:
        """Return the excerpt of the output so far, secrets masked."""
        mask = mask or Mask({})
        tail = b"".join(self._tail)[-_KEPT - _BEYOND :]
        if _is_binary(bytes(self._head[:_SNIFFED])):
            return self._binary_notice()
        if self._bytes <= len(self._head) + len(tail):
            whole = self._resolved(bytes(self._head) + tail).encode()
            return self._cut(whole, 0, 0, b"", mask)
        head = mask.cut_before(bytes(self._head), _KEPT)
        tail = tail[mask.cut_after(tail, len(tail) - _KEPT) :]
        # Drop an incomplete first line, unless it is so long that the end of the output would be dropped too.
        tail = tail[tail.find(b"\n", 0, len(tail) // 2) + 1 :]
        between = self._bytes - len(head) - len(tail)
        lines_between = self._lines - head.count(b"\n") - tail.count(b"\n")
        head_text = self._resolved(head).encode()
        return self._cut(head_text, between, lines_between, self._resolved(tail).encode(), mask)

    def _keep(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        self._lines += chunk.count(b"\n")
        room = _KEPT + _BEYOND - len(self._head)
        self._head += chunk[:room]
        rest = chunk[room:][-_KEPT - _BEYOND :]
        if not rest:
            return
        self._tail.append(rest)
        self._tail_size += len(rest)
        while self._tail_size - len(self._tail[0]) >= _KEPT + _BEYOND:
            self._tail_size -= len(self._tail.popleft())

    def _resolved(self, data: bytes) -> str:
        return resolved(charset.output_text(data), *self._size)

    def _binary_notice(self) -> ShownOutput:
        first = self._head[:16].hex(" ")
        text = f"[binary data, {self._bytes:,} bytes, not shown; starts with {first}]"
        return ShownOutput(text, self._bytes, 0, self._lines, 0, is_binary=True)

    def _cut(self, head: bytes, between: int, lines_between: int, tail: bytes, mask: Mask) -> ShownOutput:
        """Return what fits of `head` and `tail`; `between` is the number of bytes between them that were not kept."""
        total = len(head) + between + len(tail)
        lines = head.count(b"\n") + lines_between + tail.count(b"\n")
        if not between and len(head) <= self._limit:
            text, masked = mask.applied(head.decode())
            if len(text.encode()) <= self._limit:
                return ShownOutput(text, total, total, lines, lines, masked)
        room = (self._limit - _FOR_THE_NOTE) // 2
        end = tail if between else head
        while True:
            kept_head = mask.cut_before(head, _line_end(head, room))
            start = mask.cut_after(end, _line_start(end, room))
            kept_tail = end[start if between else max(start, len(kept_head)) :]
            head_text, head_masked = mask.applied(kept_head.decode())
            tail_text, tail_masked = mask.applied(kept_tail.decode())
            shown = len(kept_head) + len(kept_tail)
            lines_shown = kept_head.count(b"\n") + kept_tail.count(b"\n")
            note = f"[... {lines - lines_shown:,} lines, {total - shown:,} bytes omitted ...]\n"
            if head_text and not head_text.endswith("\n"):
                note = "\n" + note
            text = head_text + note + tail_text
            if len(text.encode()) <= self._limit or room == 0:
                masked = tuple(dict.fromkeys(head_masked + tail_masked))
                return ShownOutput(text, total, shown, lines, lines_shown, masked)
            room //= 2  # the masks of many short secrets are longer than the secrets


def _line_end(data: bytes, room: int) -> int:
    """Return where to cut `data` to at most `room` bytes: after a complete line, or at least a complete character."""
    if len(data) <= room:
        return len(data)
    newline = data.rfind(b"\n", room // 2, room)
    return newline + 1 if newline >= 0 else len(data[:room].decode("utf-8", "ignore").encode())


def _line_start(data: bytes, room: int) -> int:
    start = max(len(data) - room, 0)
    if start == 0:
        return 0
    newline = data.find(b"\n", start, start + room // 2)
    return newline + 1 if newline >= 0 else len(data) - len(data[start:].decode("utf-8", "ignore").encode())


def _is_binary(sample: bytes) -> bool:
    text = charset.output_text(sample)
    # The last character may be cut in two by the end of the sample, so it does not count.
    strange = len(_NON_TEXT.findall(text[:-1] if len(sample) == _SNIFFED else text))
    return strange > max(len(text) * _BINARY_SHARE, 3)
