"""Values that the journal stores: the start of a session, a proposal, a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OWN = "hitl-own-"
"""How the ids of requests for commands begin that the person typed themselves."""


@dataclass(frozen=True)
class SessionEntry:
    """How a session was started: its folder, workflow and flags, and the versions that started it."""

    folder: str
    workflow: str
    conversation: bool
    flags: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProposalEntry:
    """A request for a decision: the exact command that it proposes, or what it asks, and its event as JSON.

    `purpose` is why the model proposes it, in its own words. `held_run` is the number of the command whose run a fence
    stopped, if this asks whether it runs without the fence.
    """

    request: str
    command: str
    event: Mapping[str, Any]
    is_command: bool = True
    purpose: str = ""
    held_run: int | None = None


@dataclass(frozen=True)
class DecisionEntry:
    """The decision on a request.

    `decision` is a key of `projection.DECISIONS`; `exact` is the whole decision as JSON, from which the program can
    repeat it. `approved` is the text that may run, and `shown` its SHA-256 as it was displayed; both are None if
    nothing may run. `offered` says that the text is exactly one of several that were proposed. `words` is the comment,
    and `by` names who or what decided. With `again`, the same text runs without a question until the session ends.
    `previews` are the texts that were previewed before, each with what it would do.
    """

    decision: str
    by: str
    exact: Mapping[str, Any]
    approved: str | None = None
    shown: str | None = None
    words: str = ""
    offered: bool = False
    again: bool = False
    previews: Sequence[tuple[str, str]] = ()
