"""Which texts the person approved, each to be run once."""

from hitl_cli.errors import NotApprovedError


class Approvals:
    """The decisions to run that were taken in one session, by request id."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._used: set[str] = set()

    def grant(self, request_id: str, command: str) -> None:
        """Note that the person approved exactly `command` in answer to `request_id`."""
        self._open[request_id] = command

    def use(self, request_id: str | None, command: str) -> None:
        """Use up the approval of `command`; to be called immediately before it starts.

        Raises:
            NotApprovedError: There is no such approval, it was used before, or it is for another text.
        """
        if request_id in self._used:
            raise NotApprovedError(
                f"The workflow tried to run the command of request {request_id} a second time; it ran once only."
            )
        if request_id is None or self._open.get(request_id) != command:
            raise NotApprovedError(
                "The workflow tried to run a command that nobody approved; it did not run. "
                "Ask with a HumanInputEvent, and pass the request_id and the command of the answer to run_command."
            )
        del self._open[request_id]
        self._used.add(request_id)

    def withdraw(self, request_id: str) -> str | None:
        """Take back the approval of `request_id` and return its command, or None if nothing was left to take back."""
        return self._open.pop(request_id, None)
