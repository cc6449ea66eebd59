"""Requests to a person: what a workflow asks, as values. Each kind has a name and a version, by which it is stored."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.text import Text

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
class Delegation:
    """How an approved command reaches a workflow that runs its commands by itself.

    `takes_edit` says whether its response has a place for another command than the proposed one, `takes_words` whether
    it has one for what the person says. `check` returns why the response is not valid with a command, as a sentence,
    empty if it is valid.
    """

    takes_edit: bool
    takes_words: bool
    check: Callable[[str], str]


@dataclass(frozen=True)
class CommandRequest:
    """A shell command that a workflow proposes.

    `alternatives` are the commands that it was chosen from, itself first; empty if there was only one. `draft` is the
    unfinished edit from before the program ended, None if there was none. `note` is a sentence for the person to read
    before they decide. `changed` describes variables that earlier commands changed and that can change what this one
    does. `leftovers` is the number of processes that earlier commands left running, and `folder` is where it would run.
    `said` is what the workflow says besides the command, and `drawing` what a panel of its author drew in place of
    that. With a `delegation`, the workflow runs the command, not hitl.
    """

    kind: ClassVar[str] = "command"
    version: ClassVar[int] = 1

    request_id: str
    command: str
    alternatives: tuple[Alternative, ...] = ()
    draft: str | None = None
    note: str = ""
    changed: tuple[str, ...] = ()
    leftovers: int = 0
    folder: Path = Path()
    said: str = ""
    delegation: Delegation | None = None
    drawing: "Text | None" = None

    @property
    def is_fixed(self) -> bool:
        """Whether the command can only be approved as it is."""
        return self.delegation is not None and not self.delegation.takes_edit

    @property
    def text(self) -> str:
        """What is asked, in words for the journal and the records on the screen."""
        return self.command

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


class FieldKind(StrEnum):
    """What a person types into a field."""

    TEXT = "text"
    YES_NO = "yes or no"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    JSON = "json"
    ANY = "any"


@dataclass(frozen=True)
class FieldChoice:
    """One of the values of a field, and how it is shown."""

    shown: str
    value: Any


@dataclass(frozen=True)
class FormField:
    """A field that a person fills in.

    An optional field takes no value in place of one. `default` is what is typed there to begin with, and `parts` are
    the names of the fields of a nested model. What is typed into a secret field is neither shown nor saved.
    """

    name: str
    kind: FieldKind
    description: str = ""
    choices: tuple[FieldChoice, ...] = ()
    is_required: bool = False
    is_optional: bool = False
    default: str = ""
    parts: tuple[str, ...] = ()
    is_secret: bool = False


@dataclass(frozen=True)
class FormRequest:
    """A question of a workflow that is answered by filling in fields.

    `text` is what the workflow says. `response` is the class of the answer, which validates it; the values in `given`
    are not asked for. `draft` is the unfinished form from before the program ended, None if there was none.
    """

    kind: ClassVar[str] = "form"
    version: ClassVar[int] = 1

    request_id: str
    text: str
    fields: tuple[FormField, ...]
    response: "type[BaseModel]"
    given: Mapping[str, Any] = field(default_factory=dict)
    draft: str | None = None
    drawing: "Text | None" = None
    starts_run: bool = False


Request = CommandRequest | FormRequest
"""Every kind of request."""


@dataclass(frozen=True)
class UnknownOutcome:
    """A command that had started when the program ended, with no record of how it ended.

    `number` is its number in the journal, `started` a time in seconds since the epoch, `process` its process id if
    that process still runs, and `output` the last part of its output.
    """

    number: int
    command: str
    folder: str
    started: float
    process: int | None
    output: str
