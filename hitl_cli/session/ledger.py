"""The journal as the shell and approved calls use it: each execution of a run, before and after it happens."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Decider, Refuse
from hitl_cli.errors import JournalError
from hitl_cli.journal.journal import Journal
from hitl_cli.session.stored_values import decision_values, result_values
from hitl_cli.shell import CommandResult
from hitl_cli.text.secrets.masking import Mask, secret_variables


class Ledger:
    """The journal as the shell uses it, for the requests of one run.

    `numbers` are the journal's numbers of the commands, and `results` the results of those that ran before the program
    was restarted, both by request id. If the journal fails, `on_failure` is called and the failure is raised.
    """

    def __init__(
        self, journal: Journal, variables: Mapping[str, str], on_failure: Callable[[JournalError], None]
    ) -> None:
        self.numbers: dict[str, int] = {}
        self.results: dict[str, CommandResult] = {}
        self._journal = journal
        self._base = dict(variables)
        self._on_failure = on_failure
        self._left: tuple[Path, Mapping[str, str]] | None = None

    def outcome(self, request_id: str | None) -> CommandResult | None:
        """Return the result of a command that ran before the program was restarted, if it did."""
        return self.results.get(request_id or "")

    def report_of(self, request_id: str | None) -> Path | None:
        """Return the file in which the guardian reports how the command ended."""
        return self._journal.report_of(self.numbers[request_id or ""])

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None:
        """Record that the command of a request is about to run."""
        number = self.numbers[request_id or ""]
        self._told(lambda: self._journal.start(number, process, guardian, boot, str(log) if log else None))

    def not_started(self, request_id: str | None, why: str) -> None:
        """Record that the command of a request could not be started; on resume, the workflow is told `why`."""
        number = self.numbers[request_id or ""]
        instead = decision_values(Refuse(request_id or "", why))
        self._told(lambda: self._journal.settle(number, Decider.PROGRAM, decision=instead))

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None:
        """Record how a command ended, or that it continues in the background."""
        number, values = self.numbers[request_id or ""], result_values(result)
        if (background := result.background) is not None:
            self._told(lambda: self._journal.send_to_background(number, background, values))
        else:
            kept = str(log) if log else None
            self._told(lambda: self._journal.finish(number, values, by=Decider.PROGRAM, log=kept))

    def call_starting(self, request_id: str) -> None:
        """Record that a tool is about to be called."""
        self._told(lambda: self._journal.start_call(self.numbers[request_id]))

    def call_paused(self, request_id: str) -> None:
        """Record that a tool that was called waits for a person."""
        self._told(lambda: self._journal.pause_call(self.numbers[request_id]))

    def call_ended(self, request_id: str, called: CalledTool) -> None:
        """Record how a call ended."""
        self._told(lambda: self._journal.finish_call(self.numbers[request_id], asdict(called)))

    def call_lost(self, request_id: str) -> None:
        """Record that a call was cut off."""
        self._told(lambda: self._journal.mark_unknown(self.numbers[request_id], {}))

    def left(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Record the folder and the changed variables of the next command."""
        if self._left == (folder, variables):
            return
        self._left = (folder, variables)
        changed = {name: value for name, value in variables.items() if self._base.get(name) != value}
        mask = Mask(secret_variables(variables))
        lost = [name for name, value in changed.items() if mask.applied(value)[0] != value]
        values: dict[str, Any] = {
            "changed": {name: value for name, value in changed.items() if name not in lost},
            "lost": lost,
            "removed": sorted(self._base.keys() - variables.keys()),
        }
        self._told(lambda: self._journal.save_shell(str(folder), values))

    def _told(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as problem:
            self._on_failure(problem)
            raise
