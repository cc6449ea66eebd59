"""Requests to a person, and the decisions on them: values, and nothing else."""

import re
from dataclasses import dataclass
from enum import Enum

GAP = re.compile(r"\{\{([a-z_]+)\}\}")
"""A gap in a command, `{{name}}`: something that the person must fill in before the command may run."""


@dataclass(frozen=True)
class Alternative:
    """One of the commands that a provider of proposals offers for one request.

    `gaps` are the names of the placeholders in the command that the provider could not fill; another `{{name}}` is
    text like any other. `changes` says whether the command changes anything, and `source` where it comes from, in
    words that follow "From the".
    """

    command: str
    description: str
    source: str
    changes: bool = False
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A command that waits for a person.

    `alternatives` are what it was chosen from, the command itself first; empty if there was only one. `draft` is what
    the person had made of it when the program ended, None for nothing yet; `note` says what they should know before
    they decide. `changed` names variables that earlier commands changed and that can change what this one does.
    `leftovers` is how many processes earlier commands left behind that still run.
    """

    request_id: str
    command: str
    alternatives: tuple[Alternative, ...] = ()
    draft: str | None = None
    note: str = ""
    changed: tuple[str, ...] = ()
    leftovers: int = 0

    def offers(self, text: str) -> bool:
        """Return whether `text` is exactly one of the alternatives."""
        return any(alternative.command == text for alternative in self.alternatives)

    def gaps(self, text: str) -> tuple[str, ...]:
        """Return the names of the gaps that are still open in `text`, which must not run before they are filled."""
        return tuple(dict.fromkeys(match[1] for match in self.open_gaps(text)))

    def open_gaps(self, text: str) -> "list[re.Match[str]]":
        """Return the gaps of the alternatives that are still open in `text`, in order."""
        names = self.gap_names
        return [match for match in GAP.finditer(text) if match[1] in names]

    @property
    def gap_names(self) -> frozenset[str]:
        """The names of all gaps in the alternatives."""
        return frozenset(name for alternative in self.alternatives for name in alternative.gaps)


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
