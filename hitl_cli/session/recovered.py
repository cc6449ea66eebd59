"""What a paused run is resumed with, as `recovery` finds it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Decision
from hitl_cli.requests import CommandRequest, Request
from hitl_cli.shell import CommandResult


@dataclass
class Recovered:
    """What a paused run is resumed with.

    `decided` are decisions that are sent again, `results` the results of commands that do not run again, by request
    id, and `waiting` the requests to ask about. `numbers` are the commands' numbers in the journal. `returned` are the
    calls of tools that were made, and `begun` those whose tool was called and waits for a person itself. `held` are the
    questions about commands that a fence stopped, and the decisions on them, by the requests that these first ran for.
    """

    decided: list[tuple[Request, Decision]] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)
    results: dict[str, CommandResult] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    returned: dict[str, CalledTool] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    held: dict[str, tuple[CommandRequest, Decision | None]] = field(default_factory=dict)

    def keep(self, unanswered: Collection[str]) -> None:
        """Drop what the state of the engine has the response to; later requests the workflow makes again itself."""
        placed: list[tuple[Request, Decision | None]] = [
            *self.decided,
            *((each, None) for each in self.waiting),
        ]
        for request, decision in placed:
            run = request.held if isinstance(request, CommandRequest) else None
            if isinstance(request, CommandRequest) and run is not None and run.request_id in unanswered:
                self.held[run.request_id] = (request, decision)
        known = {*unanswered, *(request.request_id for request, _ in self.held.values())}
        self.decided = [each for each in self.decided if each[0].request_id in unanswered]
        self.waiting = [each for each in self.waiting if each.request_id in unanswered]
        self.results = {request: result for request, result in self.results.items() if request in known}

    def mark_asked(self, request_id: str) -> None:
        """Note that the person was asked about this request, if it is one about a command that still waits."""
        self.waiting = [
            replace(each, was_asked=True)
            if isinstance(each, CommandRequest) and each.request_id == request_id
            else each
            for each in self.waiting
        ]
