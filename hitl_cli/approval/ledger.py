"""How a call of a tool that a person approved ended, and where that is recorded."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class CalledTool:
    """A call that ended: its `text`, the one that was `proposed`, and what the tool returned.

    `ending` says in words how it ended, and `duration` is in seconds.
    """

    text: str
    proposed: str
    content: str
    failed: bool
    ending: str
    duration: float
    is_code: bool = False


class CallLedger(Protocol):
    """Records what becomes of approved calls, each step before it takes effect; all raise JournalError."""

    def call_starting(self, request_id: str) -> None:
        """Record that the tool is about to be called."""

    def call_paused(self, request_id: str) -> None:
        """Record that the tool itself waits for a person; it will be called again from its beginning."""

    def call_ended(self, request_id: str, called: CalledTool) -> None:
        """Record how the call ended."""

    def call_lost(self, request_id: str) -> None:
        """Record that the call was cut off, and that its outcome is unknown."""


class NoLedger:
    """Records nothing."""

    def call_starting(self, request_id: str) -> None:
        """Record nothing."""

    def call_paused(self, request_id: str) -> None:
        """Record nothing."""

    def call_ended(self, request_id: str, called: CalledTool) -> None:
        """Record nothing."""

    def call_lost(self, request_id: str) -> None:
        """Record nothing."""
