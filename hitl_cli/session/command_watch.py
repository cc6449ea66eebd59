"""Shows the commands of a session while they run, and records which approval each one used."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from hitl_cli.decisions import Run
from hitl_cli.gate import Gate
from hitl_cli.interrupts import Interrupts
from hitl_cli.requests import CommandRequest
from hitl_cli.session.ports import PrintAbove, Screen
from hitl_cli.shell import CommandResult, Leftover, RunningCommand
from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable

_MOST_LINES = 5  # of changes in one question
_MOST_NAMES = 8


class UnseenChanges:
    """Changed variables that affect programs, until the person has decided with the changes in view."""

    def __init__(self) -> None:
        self._changes: list[tuple[ChangedVariable, str]] = []

    def add(self, changes: Iterable[ChangedVariable], by: str) -> None:
        """Add `changes`; `by` says what made them."""
        self._changes += [(change, by) for change in changes]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that a question shows; if there are many changes, only names for the rest."""
        shown = self._changes[:_MOST_LINES]
        lines = [f"{change} ({by})" for change, by in shown]
        if rest := self._changes[_MOST_LINES:]:
            names = list(dict.fromkeys(change.name for change, _ in rest))
            more = ", ..." if len(names) > _MOST_NAMES else ""
            lines.append(f"{counted(len(rest), 'more variable')}: {', '.join(names[:_MOST_NAMES])}{more}")
        return tuple(lines)

    def clear(self) -> None:
        """Forget all changes: the person has seen them."""
        self._changes.clear()


WORKFLOW = "waiting for the workflow"
"""What the waiting line says while neither the person, nor a command, nor the model is active."""


class CommandWatch:
    """Shows the commands of a session on its `screen`.

    `on_start` is called with the text of each command that starts, `on_end` with its result and its request id.
    `on_failure` is called with an error that kept a command from being shown; it ends the run, whatever the workflow
    does with it.
    """

    def __init__(
        self,
        screen: Screen,
        interrupts: Interrupts,
        on_start: Callable[[str], None],
        on_end: Callable[[CommandResult, str | None], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._on_failure = on_failure
        self._screen = screen
        self._interrupts = interrupts
        self._on_start = on_start
        self._on_end = on_end
        self._running = contextlib.ExitStack()
        self._print_above: PrintAbove | None = None
        self._ended_in_background: list[CommandResult] = []
        self._proposed: dict[
            str, tuple[str, str]
        ] = {}  # the proposal and the person's comment, by request id
        self._told_of_background: list[str] = []
        self._named: set[int] = set()
        self._gate = Gate()
        self.ran: tuple[CommandResult, ...] = ()

    def begin_run(self, gate: Gate) -> None:
        """Start a new run, whose commands are approved by `gate`."""
        self._gate = gate
        self._proposed.clear()
        self._told_of_background = []
        self._named = set()
        self.ran = ()

    def expect(self, request: CommandRequest, decision: Run) -> None:
        """Note the proposal and the decision, so that the record of the command shows how it was edited."""
        proposed = decision.command if request.offers(decision.command) else request.command
        self._proposed[request.request_id] = (proposed, decision.comment)

    def withdraw_unused(self) -> None:
        """Withdraw the unused approvals, and show which."""
        for approval in self._gate.unused:
            self._gate.withdraw(approval.request_id)
            self._proposed.pop(approval.request_id, None)
            self._screen.record_unused(approval.command)

    def leave(self) -> None:
        """Take the terminal back from the running command, if any."""
        self._running.close()

    def show_background(self, running: Iterable[RunningCommand]) -> None:
        """Show background commands that ended, and those still `running`, if that was not shown before."""
        self._show_ended()
        told = [f"job {each.background}, in the background: {each.command}" for each in running]
        if told != self._told_of_background:
            self._told_of_background = told
            for line in told:
                self._screen.tell(line)

    def show_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """Name the processes that commands left behind, where that was not shown before in this run."""
        pids = {each.pid for each in leftovers}
        if not pids <= self._named:
            self._screen.name_leftovers(leftovers)
        self._named = pids

    def tell_ended(self, left: Sequence[Leftover]) -> None:
        """Say that leftover processes were ended, and name those that are `left` all the same."""
        self._screen.tell("Ended what was left behind." if not left else "Some processes cannot be ended:")
        self._named = set()
        self.show_leftovers(left)

    def command_started(self, running: RunningCommand, request_id: str | None) -> None:
        """Show that an approved command started."""
        with self._failing():
            self._running.enter_context(self._interrupts.handled_by(running.stop))
            self._running.callback(self._screen.command_left)
            self._screen.command_started(running)
            self._on_start(running.command)

    def command_output(self, chunk: bytes) -> None:
        """Show output of the running command."""
        with self._failing():
            self._screen.command_output(chunk)

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """Show that the command ended, or was sent to the background."""
        with self._failing():
            self._running.close()
            self.ran += (result,)
            self._on_end(result, request_id)
            proposed, comment = self._proposed.pop(request_id or "", (None, ""))
            self._screen.command_finished(result, proposed, comment)
            self._screen.waiting(WORKFLOW)

    def background_ended(self, result: CommandResult) -> None:
        """Show that a background command ended, as soon as nothing else is shown."""
        self._ended_in_background.append(result)
        if self._print_above is not None:
            self._print_above(self._show_ended)

    def leftover_printed(self, running: RunningCommand, text: str) -> None:
        """Show output of processes that a command left behind, as soon as possible."""
        self._screen.leftover_printed(running, text)

    @contextlib.contextmanager
    def idle(self, print_above: PrintAbove) -> Iterator[None]:
        """Inside the block, show the end of each background command at once, above what is on the screen."""
        self._show_ended()
        self._print_above = print_above
        try:
            yield
        finally:
            self._print_above = None

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except Exception as problem:
            self._on_failure(problem)
            raise

    def _show_ended(self) -> None:
        ended, self._ended_in_background = self._ended_in_background, []
        for result in ended:
            self._screen.background_ended(result)
