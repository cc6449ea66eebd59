"""The framing of messages between the program and a guardian: JSON, each with a length prefix of four bytes."""

import json
from typing import Any


def framed(message: dict[str, Any]) -> bytes:
    """Serialize `message` with its length prefix."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


class Inbox:
    """Parses messages from chunks of any size."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """Add the next bytes, and return the messages that are complete now."""
        self._received += chunk
        messages = []
        while len(self._received) >= 4 + (size := int.from_bytes(self._received[:4], "big")):
            messages.append(json.loads(self._received[4 : 4 + size]))
            del self._received[: 4 + size]
        return messages


def to_text(data: bytes) -> str:
    """Return `data` as a string for a message, one character for each byte."""
    return data.decode("latin-1")


def to_bytes(text: str) -> bytes:
    """Return the bytes that `to_text` was given."""
    return text.encode("latin-1")
