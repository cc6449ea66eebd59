"""Server-sent events, read from bytes as they arrive.

The format is that of the HTML standard, section 9.2.6 "Interpreting an event stream". Bytes that are not UTF-8 are
replaced, and events without data are dropped, because servers send both.
"""

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ServerEvent:
    """One event: its `data`, which is never blank, and the `name` of its kind, empty for an ordinary message."""

    data: str
    name: str = ""


class EventReader:
    """Splits bytes into events. The work is linear in the number of bytes, however they are cut into pieces."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._after_return = False
        self._at_start = True
        self._data: list[str] = []
        self._name = ""
        self._other: list[str] = []

    @property
    def other(self) -> str:
        """The lines that belong to no event: a whole body, where the server sent no event stream."""
        return "\n".join(self._other)

    def feed(self, received: bytes) -> list[ServerEvent]:
        """Take the next bytes, and return the events that they complete."""
        if self._after_return and received.startswith(b"\n"):
            received = received[1:]
            self._after_return = False
        if not received:
            return []
        self._after_return = received.endswith(b"\r")
        first, *rest = _LINE_END.split(received)
        self._line.append(first)
        events = []
        for following in rest:
            events += self._line_ended()
            self._line = [following]
        return events

    def end(self) -> list[ServerEvent]:
        """Return the event that the end of the bytes completes, if there is one."""
        return [*self._line_ended(), *self._event_ended()]

    def _line_ended(self) -> list[ServerEvent]:
        raw, self._line = b"".join(self._line), []
        if self._at_start:
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        line = raw.decode("utf-8", "replace")
        if not line:
            return self._event_ended()
        field, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif not (colon and not field) and field not in ("id", "retry"):
            self._other.append(line)
        return []

    def _event_ended(self) -> list[ServerEvent]:
        event = ServerEvent("\n".join(self._data), self._name)
        self._data, self._name = [], ""
        return [event] if event.data.strip() else []
