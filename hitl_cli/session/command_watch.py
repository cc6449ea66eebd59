"""The commands of a session as they run: shown, counted, and each held against the approval that it used."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from hitl_cli.decisions import Run
from hitl_cli.gate import Gate
from hitl_cli.interrupts import Interrupts
from hitl_cli.requests import CommandRequest
from hitl_cli.session.ports import Screen
from hitl_cli.shell import CommandResult, Leftover, RunningCommand
from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable

_MOST_LINES = 5  # that a question has room for
_MOST_NAMES = 8


class UnseenChanges:
    """Variables that change what programs do, from their change until a decision that the person took knowing it."""

    def __init__(self) -> None:
        self._changes: list[tuple[ChangedVariable, str]] = []

    def add(self, changes: Iterable[ChangedVariable], by: str) -> None:
        """Have `changes` seen; `by` says whose they are."""
        self._changes += [(change, by) for change in changes]

    @property
    def lines(self) -> tuple[str, ...]:
        """What a question says of them; of many, the names alone."""
        shown = self._changes[:_MOST_LINES]
        lines = [f"{change} ({by})" for change, by in shown]
        if rest := self._changes[_MOST_LINES:]:
            names = list(dict.fromkeys(change.name for change, _ in rest))
            more = ", ..." if len(names) > _MOST_NAMES else ""
            lines.append(f"{counted(len(rest), 'more variable')}: {', '.join(names[:_MOST_NAMES])}{more}")
        return tuple(lines)

    def clear(self) -> None:
        """The person has seen them."""
        self._changes.clear()


WORKFLOW = "waiting for the workflow"
"""What is waited for while neither the person, nor a command, nor the model is at work."""

Above = Callable[[Callable[[], None]], None]
"""Calls what it is given, which prints something, at a moment at which that stands above what is on the screen."""


class CommandWatch:
    """Shows the commands of a session on its `screen`.

    `on_start` is told the text of each that starts, `on_end` the result of each and its request, and `on_failure` what
    kept one from being shown: the workflow, which is told too, is not the one to go on after that.
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
        self._above: Above | None = None
        self._ended_in_background: list[CommandResult] = []
        self._proposed: dict[str, tuple[str, str]] = {}  # what was asked for, and the comment of the person
        self._told_of_background: list[str] = []
        self._named: set[int] = set()
        self._gate = Gate()
        self.ran: tuple[CommandResult, ...] = ()

    def begin_run(self, gate: Gate) -> None:
        """Forget what ran in the run before; the commands of this one are approved at `gate`."""
        self._gate = gate
        self._proposed.clear()
        self._told_of_background = []
        self._named = set()
        self.ran = ()

    def expect(self, request: CommandRequest, decision: Run) -> None:
        """Note what was proposed where `decision` runs something: the record of it says what was changed."""
        proposed = decision.command if request.offers(decision.command) else request.command
        self._proposed[request.request_id] = (proposed, decision.comment)

    def withdraw_unused(self) -> None:
        """Take back the approvals that were not used, and say so."""
        for approval in self._gate.unused:
            self._gate.withdraw(approval.request_id)
            self._proposed.pop(approval.request_id, None)
            self._screen.record_unused(approval.command)

    def leave(self) -> None:
        """Take back the terminal from a command that has it."""
        self._running.close()

    def show_background(self, running: Iterable[RunningCommand]) -> None:
        """Show what has ended in the background, and what is still `running` there, where that was not shown before."""
        self._show_ended()
        told = [f"in the background, number {each.background}: {each.command}" for each in running]
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
        """The workflow runs what the person approved."""
        with self._failing():
            self._running.enter_context(self._interrupts.told_to(running.stop))
            self._running.callback(self._screen.command_left)
            self._screen.command_started(running)
            self._on_start(running.command)

    def command_output(self, chunk: bytes) -> None:
        """The command printed something."""
        with self._failing():
            self._screen.command_output(chunk)

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        """The command ended, or was sent to the background."""
        with self._failing():
            self._running.close()
            self.ran += (result,)
            self._on_end(result, request_id)
            proposed, comment = self._proposed.pop(request_id or "", (None, ""))
            self._screen.command_finished(result, proposed, comment)
            self._screen.waiting(WORKFLOW)

    def background_ended(self, result: CommandResult) -> None:
        """A command ended in the background; that is shown when nothing else is."""
        self._ended_in_background.append(result)
        if self._above is not None:
            self._above(self._show_ended)

    def left_behind_printed(self, running: RunningCommand, text: str) -> None:
        """Processes that a command left behind printed something; the screen shows it when it can."""
        self._screen.left_behind_printed(running, text)

    @contextlib.contextmanager
    def idle(self, above: Above) -> Iterator[None]:
        """Show what ends in the background at once while the block runs, `above` what is on the screen."""
        self._show_ended()
        self._above = above
        try:
            yield
        finally:
            self._above = None

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
