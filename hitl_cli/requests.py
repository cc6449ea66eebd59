"""Requests to a person, and the decisions on them: values, and nothing else."""

from dataclasses import dataclass
from enum import Enum

from hitl_cli.catalogue.candidate import Candidate
from hitl_cli.catalogue.template import SLOT


@dataclass(frozen=True)
class Proposal:
    """A command that waits for a person.

    `candidates` are what it was chosen from, the command itself first; empty where a model wrote it. `draft` is what
    the person had made of it when the program ended, None for nothing yet; `note` says what they should know before
    they decide. `changed` names variables that earlier commands changed and that can change what this one does.
    `leftovers` is how many processes earlier commands left behind that still run.
    """

    request_id: str
    command: str
    candidates: tuple[Candidate, ...] = ()
    draft: str | None = None
    note: str = ""
    changed: tuple[str, ...] = ()
    leftovers: int = 0

    def offers(self, text: str) -> bool:
        """Return whether `text` is one of the candidates, word for word."""
        return any(candidate.command == text for candidate in self.candidates)

    def gaps(self, text: str) -> tuple[str, ...]:
        """Return the names of the candidates' slots that nobody has filled in `text`, which must not run so."""
        names = {name for candidate in self.candidates for name in candidate.unfilled}
        return tuple(dict.fromkeys(match[1] for match in SLOT.finditer(text) if match[1] in names))


@dataclass(frozen=True)
class Run:
    """Run exactly this text.

    `shown` is the SHA-256, in hexadecimal digits, of the bytes that were on the screen when the person decided, and
    `comment` what they said to the model with it. With `keep` it goes into the person's own catalogue as well.
    """

    command: str
    shown: str
    comment: str = ""
    keep: bool = False


@dataclass(frozen=True)
class Reject:
    """Run nothing; `reason` is what the person said, word for word."""

    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """Run nothing; `text` is what the person says in the place of what the command would have printed."""

    text: str


@dataclass(frozen=True)
class Refuse:
    """Run nothing, because the program would not offer the command to a person; `reason` is for the model."""

    reason: str


@dataclass(frozen=True)
class Stop:
    """Decide nothing and end the session."""


@dataclass(frozen=True)
class EndLeftovers:
    """Decide nothing yet, and end the processes that commands left behind; `text` is what is on the line."""

    text: str


Decision = Run | Reject | Answer | Refuse
"""What is sent to the workflow."""

Reply = Decision | Stop | EndLeftovers
"""What a person can say to a question."""


@dataclass(frozen=True)
class Lost:
    """A command that had started when the program ended, and of which nothing says how it ended.

    `number` is the one it has in the journal, `started` seconds since the epoch. `process` is its process where that
    still runs, and `output` the last of what it printed.
    """

    number: int
    command: str
    folder: str
    started: float
    process: int | None
    output: str


class Settlement(Enum):
    """What a person says of a lost command."""

    RAN = "ran"
    NOT_RUN = "not run"
    AGAIN = "again"
