"""Decisions on requests, as values. Each kind has a name and a version, by which it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, ClassVar


class Decider(StrEnum):
    """Who took a decision."""

    PERSON = "person"
    PROGRAM = "hitl"
    RULE = "rule"


@dataclass(frozen=True)
class Run:
    """Run exactly `command`.

    `shown` is what the person saw of it when they decided, as `hitl_cli.text.visible.shown_form` returns it, and
    `comment` is what they tell the model with it. With `keep` the command is added to the person's own catalogue.
    With `again`, the same text needs no question for the rest of the session. `rule` names the rule that decided in
    place of the person, with its file and line. `confirmation` is the word that they typed to run a command that cannot
    be undone.
    """

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 1

    request_id: str
    command: str
    shown: str
    comment: str = ""
    keep: bool = False
    rule: str = ""
    confirmation: str = ""
    again: bool = False


@dataclass(frozen=True)
class Reject:
    """Run nothing; `reason` is the person's, word for word."""

    kind: ClassVar[str] = "reject"
    version: ClassVar[int] = 1

    request_id: str
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """Run nothing; `text` is the person's answer in place of the output."""

    kind: ClassVar[str] = "answer"
    version: ClassVar[int] = 1

    request_id: str
    text: str


@dataclass(frozen=True)
class Respond:
    """Answer a form with `values`, JSON values by field name; a field without one has its default.

    `secrets` are the names of the fields whose values are not stored.
    """

    kind: ClassVar[str] = "respond"
    version: ClassVar[int] = 1

    request_id: str
    values: Mapping[str, Any]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refuse:
    """Run nothing, because the program does not offer the request to a person; `reason` is for the model."""

    kind: ClassVar[str] = "refuse"
    version: ClassVar[int] = 1

    request_id: str
    reason: str


@dataclass(frozen=True)
class Stop:
    """Decide nothing, and end the session."""


@dataclass(frozen=True)
class EndLeftovers:
    """Decide nothing yet, and end the processes that commands left behind; `text` is what is on the line."""

    text: str


Decision = Run | Reject | Answer | Respond | Refuse
"""What is sent to the workflow."""

Reply = Decision | Stop | EndLeftovers
"""What a person can reply to a request."""


class Settlement(Enum):
    """What a person says about a command with an unknown outcome."""

    RAN = "ran"
    NOT_RUN = "not run"
    AGAIN = "again"
