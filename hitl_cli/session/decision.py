"""What a person is asked, and what they can decide: values, and nothing else."""

from dataclasses import dataclass

from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.catalogue.template import SLOT


@dataclass(frozen=True)
class Proposal:
    """A command that waits for a person.

    `candidates` are what it was chosen from, the command itself first; empty where a model wrote it.
    """

    request_id: str
    command: str
    candidates: tuple[Candidate, ...] = ()

    def gaps(self, text: str) -> tuple[str, ...]:
        """Return the names of the candidates' slots that nobody has filled in `text`, which must not run so."""
        names = {name for candidate in self.candidates for name in candidate.unfilled}
        return tuple(dict.fromkeys(match[1] for match in SLOT.finditer(text) if match[1] in names))


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
