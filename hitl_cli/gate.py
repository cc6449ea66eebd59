"""The gate: what turns a decision to run into an approval, and so the only way to let the shell run anything.

Every decision passes here, whether it comes from a terminal, from plain lines or from a program. The gate trusts none
of them: it checks the text again, and that it is the text which was shown. An approval is for one request and one
exact text, and can be used once.
"""

import hashlib
from typing import NamedTuple, Protocol

from hitl_cli.errors import NotApprovedError, UndecidedError
from hitl_cli.text.visible import refusal


class Request(Protocol):
    """What waits for a decision."""

    @property
    def request_id(self) -> str:
        """The id by which the workflow knows it."""

    def gaps(self, text: str) -> tuple[str, ...]:
        """Return the names of what must still be filled in before `text` may run."""


class RunDecision(Protocol):
    """A decision to run a text."""

    @property
    def command(self) -> str:
        """The exact text."""

    @property
    def shown(self) -> str:
        """The digest of what the person saw when they decided."""


class Approval(NamedTuple):
    """The permission to run exactly `command`, once, in answer to one request."""

    request_id: str
    command: str


class Gate:
    """Holds the requests of one run, and the approvals that were given and not used yet."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._approved: dict[str, Approval] = {}
        self._used: set[str] = set()

    def refuses(self, command: str) -> str | None:
        """Return why `command` must not even be offered to a person, or None if it may be."""
        return refusal(command)

    def ask(self, request: Request) -> None:
        """Note that a decision on `request` is being asked for."""
        self._asked.add(request.request_id)

    def approve(self, request: Request, decision: RunDecision) -> Approval:
        """Return the approval that `decision` gives, and close the request.

        Raises:
            UndecidedError: It gives none: the request is not open, or its text is not what was shown, is refused, is
                empty or has gaps. Nothing runs, and the request stays as it was.
        """
        if problem := self._obstacle(request, decision):
            raise UndecidedError(f"{problem} It did not run, and the question is kept.")
        self._asked.remove(request.request_id)
        approval = self._approved[request.request_id] = Approval(request.request_id, decision.command)
        return approval

    def close(self, request: Request) -> None:
        """Note that `request` was answered without running anything; no approval of it is possible any more."""
        self._asked.discard(request.request_id)

    def use(self, request_id: str | None, command: str) -> None:
        """Use up the approval of `command`; to be called immediately before it starts.

        Raises:
            NotApprovedError: There is no such approval, it was used before, or it is for another text.
        """
        if request_id in self._used:
            raise NotApprovedError(
                f"The workflow tried to run the command of request {request_id} a second time; it ran once only."
            )
        if request_id is None or self._approved.get(request_id) != Approval(request_id, command):
            raise NotApprovedError(
                "The workflow tried to run a command that nobody approved; it did not run. "
                "Ask with a HumanInputEvent, and pass the request_id and the command of the answer to run_command."
            )
        del self._approved[request_id]
        self._used.add(request_id)

    def withdraw(self, request_id: str) -> str | None:
        """Take back the approval of `request_id` and return its command, or None if there is none to take back."""
        approval = self._approved.pop(request_id, None)
        return approval.command if approval else None

    def _obstacle(self, request: Request, decision: RunDecision) -> str:
        command = decision.command
        if request.request_id not in self._asked:
            return f"Request {request.request_id} is not open, so nothing can be approved for it."
        if reason := refusal(command):
            return f"The approved command is refused: {reason}"
        if gaps := request.gaps(command):
            return f"The approved command still needs {', '.join(gaps)}."
        if decision.shown != digest(command):
            return "The approved command is not what was on the screen when it was approved."
        return ""


def digest(command: str) -> str:
    """Return the SHA-256 of a command's bytes, in hexadecimal digits."""
    return hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()
