"""How the program and the stage exchange values: each as its length in four bytes, and itself as marshal writes it.

Both sides are the same interpreter. The stage is to start fast: importing json alone would take as long as Python's
own start.
"""

from __future__ import annotations

import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LENGTH = 4
"""Bytes of the length of a message."""


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as it is sent."""
    data = marshal.dumps(message)
    return len(data).to_bytes(LENGTH, "big") + data


def unpacked(data: bytes) -> dict[str, Any]:
    """Return the message that `data`, without the length, stands for."""
    message: dict[str, Any] = marshal.loads(data)
    return message


def send(message: dict[str, Any], descriptor: int) -> None:
    """Write a message to a pipe."""
    left = memoryview(packed(message))
    while left:
        left = left[os.write(descriptor, left) :]


def receive(descriptor: int) -> dict[str, Any]:
    """Read a message from a pipe.

    Raises:
        EOFError: The pipe was closed.
    """
    return unpacked(_read(descriptor, int.from_bytes(_read(descriptor, LENGTH), "big")))


def _read(descriptor: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = os.read(descriptor, count - len(data))
        if not part:
            raise EOFError
        data += part
    return data
