"""How messages between the program and a guardian are framed: JSON, each after its length in four bytes."""

import json
from typing import Any


def framed(message: dict[str, Any]) -> bytes:
    """Return the bytes that carry `message`."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


class Inbox:
    """Puts together what comes in pieces of any size."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """Take the next bytes, and return the messages that are whole now."""
        self._received += chunk
        messages = []
        while len(self._received) >= 4 + (size := int.from_bytes(self._received[:4], "big")):
            messages.append(json.loads(self._received[4 : 4 + size]))
            del self._received[: 4 + size]
        return messages


def to_text(data: bytes) -> str:
    """Return `data`, one character to a byte, as it travels in a message."""
    return data.decode("latin-1")


def to_bytes(text: str) -> bytes:
    """Return what `to_text` was given."""
    return text.encode("latin-1")
