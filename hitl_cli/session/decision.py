"""What a person is asked, and what they can decide: values, and nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Proposal:
    """A command that waits for a person."""

    request_id: str
    command: str


@dataclass(frozen=True)
class Run:
    """Run exactly this text."""

    command: str


@dataclass(frozen=True)
class Reject:
    """Run nothing; `reason` is what the person said, word for word."""

    reason: str = ""


Decision = Run | Reject
