"""Values that are written down of a session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Opening:
    """What a session is: where it was started, with which workflow and flags, and by which versions."""

    folder: str
    workflow: str
    conversation: bool
    flags: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """A request to a person: the command it proposes, word for word, and the event that it came in, as JSON."""

    request: str
    command: str
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was decided of a request.

    `decision` is one of those of `projection.DECISIONS`, `exact` what the program needs to act on it again, as JSON.
    `approved` is the text that may run, and `shown` its SHA-256 as it was on the screen; both are None where nothing
    may. `offered` says that it is one of several that were proposed, word for word. `words` is what was said with it,
    and `by` who or what decided.
    """

    decision: str
    by: str
    exact: Mapping[str, Any]
    approved: str | None = None
    shown: str | None = None
    words: str = ""
    offered: bool = False
