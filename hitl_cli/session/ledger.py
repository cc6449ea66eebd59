"""What a session writes down of its commands: its own values on one side, the journal on the other."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from hitl_cli.errors import JournalError
from hitl_cli.journal.journal import Journal
from hitl_cli.journal.written import Verdict
from hitl_cli.session.decision import Answer, Decision, Refuse, Reject, Run
from hitl_cli.shell import CommandResult
from hitl_cli.text.masking import Mask, secret_variables

_KINDS: dict[str, type[Run | Reject | Answer | Refuse]] = {
    "run": Run,
    "reject": Reject,
    "answer": Answer,
    "refuse": Refuse,
}
PERSON, PROGRAM, GUARDIAN = "person", "hitl", "guardian"
"""Who decides, or tells how a command ended."""


class Ledger:
    """The journal as the shell sees it, for the requests of one run.

    `numbers` are those that the commands of its requests have in the journal, and `results` what came of some in an
    earlier life of the program. Where the journal fails, `on_failure` is told, and the failure is raised.
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
        """Return the result of a command that ran in an earlier life of the program."""
        return self.results.get(request_id or "")

    def report_of(self, request_id: str | None) -> Path | None:
        """Return where the guardian writes how the command ended."""
        return self._journal.report_of(self.numbers[request_id or ""])

    def starting(
        self, request_id: str | None, command: str, process: int, guardian: int, boot: str, log: Path | None
    ) -> None:
        """Write down that the command of a request is about to run."""
        number = self.numbers[request_id or ""]
        self._told(lambda: self._journal.start(number, process, guardian, boot, str(log) if log else None))

    def not_started(self, request_id: str | None, why: str) -> None:
        """Write down that the command of a request could not be started; whoever asks again is told `why`."""
        number = self.numbers[request_id or ""]
        instead = verdict_of(Refuse(why)).exact
        self._told(lambda: self._journal.settle(number, PROGRAM, decision=instead))

    def ended(self, request_id: str | None, result: CommandResult, log: Path | None) -> None:
        """Write down how a command ended, or that it runs on in the background."""
        number, values = self.numbers[request_id or ""], result_values(result)
        if (background := result.background) is not None:
            self._told(lambda: self._journal.send_to_background(number, background, values))
        else:
            kept = str(log) if log else None
            self._told(lambda: self._journal.finish(number, values, by=PROGRAM, log=kept))

    def left(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Write down where the next command would run, and with which variables of its own."""
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
        self._told(lambda: self._journal.leave_shell(str(folder), values))

    def _told(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as problem:
            self._on_failure(problem)
            raise


def verdict_of(decision: Decision) -> Verdict:
    """Return `decision` as the journal takes it."""
    kind = next(name for name, kind in _KINDS.items() if isinstance(decision, kind))
    exact = {"kind": kind, **asdict(decision)}
    match decision:
        case Run(command, shown, comment=comment):
            return Verdict(kind, PERSON, exact, command, shown, comment)
        case Reject(reason):
            return Verdict(kind, PERSON, exact, words=reason)
        case Answer(text):
            return Verdict(kind, PERSON, exact, words=text)
        case Refuse(reason):
            return Verdict(kind, PROGRAM, exact, words=reason)


def decision_of(exact: Mapping[str, Any]) -> Decision:
    """Return the decision that `verdict_of` gave.

    Raises:
        ValueError: It is none.
    """
    values = dict(exact)
    kind = _KINDS.get(str(values.pop("kind", "")))
    if kind is None:
        raise ValueError("no decision")
    decision: Decision = TypeAdapter(kind).validate_python(values)
    return decision


def result_values(result: CommandResult) -> dict[str, Any]:
    """Return `result` as JSON, with how it ended in words."""
    return {**asdict(result), "ending": result.ending}


def result_of(values: Mapping[str, Any]) -> CommandResult:
    """Return the result that `result_values` gave.

    Raises:
        ValueError: It is none.
    """
    names = {each.name for each in fields(CommandResult)}
    kept = {name: value for name, value in values.items() if name in names}
    result: CommandResult = TypeAdapter(CommandResult).validate_python(kept)
    return result
