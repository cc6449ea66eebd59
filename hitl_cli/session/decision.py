"""What a person is asked, and what they can decide: values, and nothing else."""

from dataclasses import dataclass

from hitl_cli.catalogue.candidate import Candidate


@dataclass(frozen=True)
class Proposal:
    """A command that waits for a person.

    `candidates` are what it was chosen from, the command itself first; empty where a model wrote it.
    """

    request_id: str
    command: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Run:
    """Run exactly this text; `keep` it in the person's own catalogue as well."""

    command: str
    keep: bool = False


@dataclass(frozen=True)
class Reject:
    """Run nothing; `reason` is what the person said, word for word."""

    reason: str = ""


Decision = Run | Reject
