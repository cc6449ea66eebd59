"""The person's shell: runs approved commands, one in the foreground and any number in the background."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hitl_cli.environment import Terminal
from hitl_cli.errors import CommandStartError, JournalError
from hitl_cli.gate import Approval, Gate
from hitl_cli.settings import withheld
from hitl_cli.shell.conditions import Conditions
from hitl_cli.shell.fence import HELD, Fence, FenceError, refusal_in
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.hooks import ExitHook
from hitl_cli.shell.influence import changes_between
from hitl_cli.shell.inheritance import NO_REPORT, displayable
from hitl_cli.shell.launch import Launch
from hitl_cli.shell.leftovers import Leftover
from hitl_cli.shell.log import OutputLog
from hitl_cli.shell.ports import (
    CommandWatcher,
    ExecutionLedger,
    HeldRuns,
    NullLedger,
    NullWatcher,
    PinnedFolder,
)
from hitl_cli.shell.result import TERMINAL_CLOSED, CommandResult, as_data
from hitl_cli.shell.running import RunningCommand
from hitl_cli.shell_program import shell_program
from hitl_cli.text.secrets.masking import Mask, secret_variables

_MANY = 8  # names in one sentence
_ESCAPED = "(its guardian was killed; a process may still be running, and will not end with the session)"


@dataclass
class Shell:
    """A shell program, the folder and the variables of its commands, and the gate that approves them.

    `folder` and `variables` are those of the next command, since a command can change them for later ones.
    `time_limit` is in seconds, None for none. With a `gate`, only texts approved there run, each once. With a
    `terminal`, commands run on a pseudo-terminal like it, and `question_end` is what removes from it what a question
    leaves there if the program is killed. `secrets` maps names to values that no model may see. Outputs
    are logged to `log_folder`; a log is kept if its output is too long for a result. `ledger` stores each command
    before it starts. `foreground` is locked while a command runs, so that nothing else uses the terminal.
    `held_by_fence` are the commands that a fence seems to have refused something, and `held_runs` settles what becomes
    of them; without it, the workflow gets the result of the fenced run. `ends_because` is set while the
    program is being ended, and says why; see `CommandResult.ended_because`.
    """

    program: str
    folder: Path
    variables: Mapping[str, str]
    time_limit: float | None = None
    gate: Gate | None = None
    watcher: CommandWatcher = field(default_factory=NullWatcher)
    terminal: Terminal | None = None
    question_end: bytes = b""
    secrets: Mapping[str, str] = field(default_factory=dict)
    log_folder: Path | None = None
    ledger: ExecutionLedger = field(default_factory=NullLedger)
    foreground: asyncio.Lock = field(default_factory=asyncio.Lock)
    held_runs: HeldRuns | None = None
    held_by_fence: set[str] = field(default_factory=set, init=False)
    ends_because: str = field(default="", init=False)
    _spare_guardian: GuardianProcess | None = field(default=None, init=False, repr=False)
    _tracked: dict[RunningCommand, "asyncio.Task[None]"] = field(default_factory=dict, init=False, repr=False)
    _endings: set["asyncio.Task[None]"] = field(default_factory=set, init=False, repr=False)
    _background_count: int = field(default=0, init=False, repr=False)
    _news: list[str] = field(default_factory=list, init=False, repr=False)
    _noted_missing_report: bool = field(default=False, init=False, repr=False)
    _changed_names: list[str] = field(default_factory=list, init=False, repr=False)
    _approved: dict[str, Conditions] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_process(cls) -> "Shell":
        """Return the person's shell in the current folder, without limits, a gate, watchers or the model's key."""
        return cls(shell_program(os.environ), Path.cwd(), withheld(os.environ), secrets=dict(os.environ))

    def prepare(self) -> None:
        """Start a guardian for the next command ahead of time, so that the command starts faster."""
        if self._spare_guardian is None or not self._spare_guardian.is_ready:
            with contextlib.suppress(OSError):
                self._spare_guardian = GuardianProcess()

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """While the block asks about a command, have the ready guardian remove the question if hitl is killed."""
        guardian = self._spare_guardian
        if guardian is None or self.terminal is None or not self.question_end:
            yield
            return
        guardian.watch_question(self.terminal.output.fileno(), self.question_end)
        try:
            yield
        finally:
            guardian.end_question()

    async def run(self, command: str, request_id: str | None = None) -> CommandResult:
        """Run `command` until it has ended or is sent to the background, and return its result.

        A command that ran before the session was resumed does not run again; its stored result is returned.

        Raises:
            NotApprovedError: The shell has a gate, which has not approved this text for this request.
            CommandStartError: The operating system refused to start it.
            JournalError: Its start or its end could not be stored.
            UndecidedError: A fence stopped it, and nobody decided whether it runs without one.
        """
        result = await self._run(command, request_id)
        if result.held and self.held_runs is not None:
            return await self.held_runs.settled(result, request_id or "", self._run)
        return result

    async def _run(self, command: str, request_id: str | None) -> CommandResult:
        async with self.foreground:
            if earlier := self.ledger.outcome(request_id):
                return earlier
            gate = self.gate
            approval = gate.use(request_id, command) if gate else Approval(request_id or "", command)
            try:
                running = await self._start(approval)
            except CommandStartError as problem:
                self.ledger.not_started(request_id, str(problem))
                raise
            ledger = self.ledger
            try:
                self.watcher.command_started(running, request_id)
                running.process.begin_reading()
                await running.foreground(self.time_limit)
            except BaseException as problem:
                # In a separate task, because this one may be cancelled.
                ending = asyncio.create_task(
                    self._end_early(running, request_id, ledger, self._end_reason(problem))
                )
                self._endings.add(ending)
                await asyncio.wait([ending])
                raise
            result = running.result(
                self._background_count + 1, self._mask(), self.time_limit, tuple(self.take_news())
            )
            if result.background is None:
                result = self._inherit(running, result)
            try:
                ledger.ended(request_id, result, running.kept_log)
            except BaseException:
                running.keep_log()  # the log is now the only record of its output
                raise
            finally:
                try:
                    self.watcher.command_finished(result, request_id)
                finally:
                    self._after_end(running, request_id, ledger, result)
            return result

    async def _end_early(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger, why: str
    ) -> None:
        """End a command whose waiter failed or was cancelled, and store that it was ended, and `why`."""
        await running.end_early(why)
        result = running.result(0, self._mask(), None, ())
        try:
            ledger.ended(request_id, result, running.kept_log)
        except JournalError:
            running.keep_log()  # a resumed session finds the log and the guardian's report
        with contextlib.suppress(Exception):  # the first failure is already reported
            self.watcher.command_finished(result, request_id)
        running.abandon()

    async def settle(self) -> None:
        """Wait until the commands being ended early have ended and their ends are stored."""
        if self._endings:
            await asyncio.wait(self._endings)
            self._endings.clear()

    @property
    def changed_names(self) -> tuple[str, ...]:
        """The variables that commands have changed so far and that can change what later ones do."""
        return tuple(self._changed_names)

    @property
    def in_background(self) -> list[RunningCommand]:
        """The background commands, in the order in which they were sent there."""
        return [each for each in self._tracked if each.background is not None]

    async def leftovers(self) -> list[Leftover]:
        """List the processes that commands left behind when their shells ended."""
        ended = [each for each in self._tracked if each.background is None]
        if ended:
            await asyncio.gather(*(each.process.list_leftovers() for each in ended))
        return [leftover for each in ended for leftover in each.leftovers]

    async def end_leftovers(self) -> None:
        """End the processes that commands left behind, and wait until they are gone."""
        ended = [each for each in self._tracked if each.background is None]
        for each in ended:
            each.process.end()
        if ended:
            await asyncio.wait([self._tracked[each] for each in ended])

    def take_news(self) -> list[str]:
        """Return the pending messages to the model about background commands that have ended; each is returned once."""
        news, self._news = self._news, []
        return news

    def add_news(self, number: int, result: CommandResult) -> None:
        """Add a message to the model that background job `number` has ended with `result`."""
        self._news.append(
            f"Background job {number} has ended: {result.command}\n"
            + f"Exit status: {result.exit_status} ({result.ending})\n"
            + "".join(f"Note: {note}\n" for note in result.notes)
            + (as_data(result.output) if result.output.strip() else "It printed nothing.")
        )

    async def close(self) -> None:
        """End all processes of all commands, and store how the commands ended."""
        self.dismiss_spare()
        await self.settle()
        for running in self._tracked:
            running.end_because(self.ends_because or "the session ended")
        if self._tracked:
            await asyncio.wait(list(self._tracked.values()))
        for running in self._tracked:
            running.abandon()  # one whose task has failed
        self._tracked.clear()

    def detach_background(self) -> None:
        """Let the background commands outlive the program; their output is still logged."""
        for running in self.in_background:
            if running.log.path is not None:
                running.detach(self._mask())
            self._tracked.pop(running).cancel()

    def dismiss_spare(self) -> None:
        """End the guardian that `prepare` started."""
        if self._spare_guardian is not None:
            self._spare_guardian.dismiss()
            self._spare_guardian = None

    def note_approval(
        self, request_id: str, place: PinnedFolder, fence: Fence | None = None, *, passes_on: bool = True
    ) -> None:
        """Note that the person approved a command after seeing all changes by earlier commands so far.

        They saw that it would run in `place`; it runs there or not at all. With a `fence`, it runs behind that, and so
        passes no folder and no variables on to the next command; nor does it without `passes_on`.
        """
        is_isolated = fence is not None or not passes_on
        self._approved[request_id] = Conditions(len(self._changed_names), place, fence, is_isolated)

    async def _start(self, approval: Approval) -> RunningCommand:
        request_id, command = approval
        spare, self._spare_guardian = self._spare_guardian, None
        approved = self._approved.pop(request_id, Conditions(len(self._changed_names)))
        if unseen := self._changed_names[approved.seen_changes :]:
            if spare is not None:
                spare.dismiss()
            raise CommandStartError(
                f"Another command changed {', '.join(unseen[:_MANY])} after this one was approved. Nothing ran. "
                "Ask for the command again."
            )
        folder = approved.place.path if approved.place else self.folder
        if not folder.is_dir():
            if spare is not None:
                spare.dismiss()
            self.folder = _nearest_folder(self.folder)
            raise CommandStartError(
                f"The folder {folder} no longer exists. Nothing ran. The next command will run in {self.folder}."
            )
        fence, hook = approved.fence, None
        with contextlib.suppress(OSError):  # for example a full disk; the command can run without the hook
            hook = ExitHook(self.program, command, self.variables, is_isolated=approved.is_isolated)
        if fence is not None:
            if hook is None:
                raise FenceError("The fence has no room for temporary files: the disk is full. Nothing ran.")
            fence = fence.with_scratch(hook.folder)
        log = OutputLog(self.log_folder, self._mask())

        def before_start(process: int, guardian: int, boot: str) -> None:
            self.ledger.starting(request_id, command, process, guardian, boot, log.path)

        launch = Launch(
            program=self.program,
            arguments=[*(hook.arguments if hook else []), "-c", command],
            folder=folder,
            variables={**(hook.variables if hook else self.variables), "PWD": str(folder)},
            terminal=self.terminal,
            before_start=before_start,
            report=self.ledger.report_of(request_id),
            scratch=hook.folder if hook else None,
            folder_identity=approved.place.identity if approved.place else None,
            fence=fence,
        )
        watcher = self.watcher
        return await RunningCommand.start(
            command, launch, spare, hook, log, watcher.command_output, watcher.leftover_printed
        )

    def _after_end(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger, result: CommandResult
    ) -> None:
        if result.background is not None:
            self._background_count = result.background
            self._watch_background(running, request_id, ledger)
            return
        try:
            self.ledger.left(self.folder, self.variables)
        finally:
            self._release_when_gone(running)

    def _inherit(self, running: RunningCommand, result: CommandResult) -> CommandResult:
        """Apply what the next command inherits from this one, and return its `result` with notes on that."""
        if running.is_isolated:
            return self._held(result) if running.is_fenced else result
        left, before = running.inheritance(), self.variables
        if left is None:
            return replace(result, notes=(*result.notes, *self._no_report(running)))
        self.folder, self.variables = left.folder or self.folder, left.variables
        changes = changes_between(before, self.variables, self._mask(before))
        self._changed_names += [change.name for change in changes]
        return replace(result, changed=changes, notes=(*result.notes, *left.notes(self.folder)))

    def _held(self, result: CommandResult) -> CommandResult:
        """Return the result of a fenced command, with a note if the fence seems to have made it fail."""
        was_ended = result.stopped or result.time_limit is not None or result.ended_because
        refused = "" if result.exit_status == 0 or was_ended else refusal_in(result.output)
        if not refused:
            return result
        self.held_by_fence.add(result.command)
        return replace(result, held=refused, notes=(*result.notes, f"{HELD}: {refused}"))

    def _no_report(self, running: RunningCommand) -> tuple[str, ...]:
        """Return the note on a shell that reported nothing; if the shell cannot report, only the first time."""
        is_news = running.should_report or not self._noted_missing_report
        self._noted_missing_report = True
        if not is_news:
            return ()
        return (f"{NO_REPORT} in {displayable(self.folder)} as before",)

    def _release_when_gone(self, running: RunningCommand) -> None:
        """Release a command that has ended, once all its processes are gone."""
        if running.process.gone.done() or not running.process.left_something:
            running.abandon()
            return
        self._tracked[running] = asyncio.create_task(self._wait_until_gone(running))

    def _watch_background(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger
    ) -> None:
        self._tracked[running] = asyncio.create_task(self._wait_in_background(running, request_id, ledger))

    async def _wait_in_background(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger
    ) -> None:
        await running.ended(self.time_limit)
        result = running.result(0, self._mask(), self.time_limit, ())
        if running.is_fenced:
            result = self._held(result)
        with contextlib.suppress(JournalError):  # its outcome stays unknown in the journal
            ledger.ended(request_id, result, running.kept_log)
        self.add_news(running.background or 0, result)
        self.watcher.background_ended(result)
        running.background = None
        await self._wait_until_gone(running)

    async def _wait_until_gone(self, running: RunningCommand) -> None:
        await asyncio.wait([running.process.gone])
        if running.process.guardian_was_killed:
            running.show_leftover(_ESCAPED)
        del self._tracked[running]
        running.abandon()

    def _end_reason(self, problem: BaseException) -> str:
        """Return why the command is ended when `problem` interrupts waiting for it, as words that follow "when"."""
        if isinstance(problem, OSError) and problem.errno == errno.EPIPE:
            return "its output could no longer be read"
        if isinstance(problem, OSError) and problem.errno == errno.EIO:
            return TERMINAL_CLOSED
        if isinstance(problem, Exception):
            return f"hitl itself failed ({type(problem).__name__})"
        return self.ends_because or "its run was stopped"

    def _mask(self, others: Mapping[str, str] | None = None) -> Mask:
        """Return a mask for the person's secrets, those of the next command and those of `others`."""
        variables = {**self.secrets, **self.variables}
        mine = secret_variables(variables)
        # An earlier value of the same variable is a secret too.
        theirs = {name: value for name, value in secret_variables(others or {}).items() if name not in mine}
        return Mask({**theirs, **mine})


def _nearest_folder(folder: Path) -> Path:
    return next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))
