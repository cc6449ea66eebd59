"""Which texts the person approved, each to be run once."""

import hashlib
from typing import NamedTuple

from hitl_cli.errors import NotApprovedError


def digest(command: str) -> str:
    """Return the SHA-256 of a command's bytes, in hexadecimal digits."""
    return hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()


class Approval(NamedTuple):
    """A decision to run `command`; `shown` is the digest of what was on the screen when it was taken."""

    command: str
    shown: str


class Approvals:
    """The decisions to run that were taken in one session, by request id."""

    def __init__(self) -> None:
        self._open: dict[str, Approval] = {}
        self._used: set[str] = set()

    def grant(self, request_id: str, command: str, shown: str) -> None:
        """Note that the person approved exactly `command` in answer to `request_id`.

        `shown` is the digest of what they saw when they did.
        """
        self._open[request_id] = Approval(command, shown)

    def use(self, request_id: str | None, command: str) -> None:
        """Use up the approval of `command`; to be called immediately before it starts.

        Raises:
            NotApprovedError: There is no such approval, it was used before, it is for another text, or the person
                saw another text.
        """
        if request_id in self._used:
            raise NotApprovedError(
                f"The workflow tried to run the command of request {request_id} a second time; it ran once only."
            )
        approval = self._open.get(request_id) if request_id is not None else None
        if request_id is None or approval is None or approval.command != command:
            raise NotApprovedError(
                "The workflow tried to run a command that nobody approved; it did not run. "
                "Ask with a HumanInputEvent, and pass the request_id and the command of the answer to run_command."
            )
        del self._open[request_id]
        self._used.add(request_id)
        if approval.shown != digest(command):
            raise NotApprovedError(
                f"The command of request {request_id} is not what was on the screen when it was approved; "
                "it did not run. Ask for it again."
            )

    def withdraw(self, request_id: str) -> str | None:
        """Take back the approval of `request_id` and return its command, or None if nothing was left to take back."""
        approval = self._open.pop(request_id, None)
        return approval.command if approval else None
