"""Limits a flood of output on the screen: hidden output is counted exactly, and its last lines are shown."""

from collections import deque

_BURST = 1_048_576.0  # bytes that may arrive at once before it is a flood
_READABLE = 1_048_576.0  # bytes per second that are always shown
_LAST = 8192  # bytes of the end of a flood that are shown


class Flood:
    """Decides which bytes of an output are shown. Times are in seconds, on one clock of the caller's choice."""

    def __init__(self) -> None:
        self.lasts = False
        self.bytes_held = 0
        self._lines_held = 0
        self._credit = _BURST
        self._at = 0.0
        self._last: deque[bytes] = deque()
        self._last_size = 0

    def take(self, chunk: bytes, now: float, may_thin: bool) -> bytes:
        """Add the next bytes of the output, and return the bytes to show now."""
        self._credit = min(self._credit + (now - self._at) * _READABLE, _BURST)
        self._at = now
        if not may_thin:
            return self.end() + chunk
        if not self.lasts and len(chunk) <= self._credit:
            self._credit -= len(chunk)
            return chunk
        self.hold(chunk)
        return b""

    def hold(self, data: bytes) -> None:
        """Hide `data`, because it is too much to read or too fast for the terminal."""
        self.lasts = True
        self._credit = 0.0
        self.bytes_held += len(data)
        self._lines_held += data.count(b"\n")
        self._last.append(data[-_LAST:])
        self._last_size += len(self._last[-1])
        while self._last_size - len(self._last[0]) >= _LAST:
            self._last_size -= len(self._last.popleft())

    def end(self) -> bytes:
        """End the flood: return a count of what was hidden and its last lines, or nothing if there is no flood."""
        if not self.lasts:
            return b""
        self.lasts = False
        last = b"".join(self._last)[-_LAST:]
        if self.bytes_held > len(last):
            before, newline, after = last.partition(b"\n")
            last = after if newline else before
        hidden = self.bytes_held - len(last)
        lines = self._lines_held - last.count(b"\n")
        self._last.clear()
        self._last_size = self.bytes_held = self._lines_held = 0
        if not hidden:
            return last
        # Reset the style, which the hidden output may have changed.
        return b"\r\n\x1b[0m[... %s lines, %s bytes not shown ...]\r\n%s" % (
            f"{lines:,}".encode(),
            f"{hidden:,}".encode(),
            last,
        )
