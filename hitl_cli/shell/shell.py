"""The person's shell: where an approved text becomes a process."""

import asyncio
import contextlib
import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hitl_cli.environment import Terminal
from hitl_cli.errors import CommandStartError, JournalError
from hitl_cli.gate import Approval, Gate
from hitl_cli.settings import withheld
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.hooks import LeavingHook
from hitl_cli.shell.influence import changes_between
from hitl_cli.shell.inheritance import NO_REPORT, told
from hitl_cli.shell.launch import Launch
from hitl_cli.shell.leftovers import Leftover
from hitl_cli.shell.log import OutputLog
from hitl_cli.shell.ports import CommandWatcher, ExecutionLedger, NobodyRemembers, NobodyWatches, Place
from hitl_cli.shell.result import TERMINAL_CLOSED, CommandResult, as_data
from hitl_cli.shell.running import RunningCommand
from hitl_cli.text.secrets.masking import Mask, secret_variables

_MANY = 8  # names in one sentence
_ESCAPED = "(its guardian was killed; a process of it may still run, and is not ended with the session)"
_SHELLS = ("bash", "zsh", "sh", "dash", "ksh", "mksh", "fish", "ash")


@dataclass
class Shell:
    """A shell program, the folder and the variables its commands get, and what is allowed to run.

    `folder` and `variables` are those of the next command: what a command changes stays changed for those after it.
    `time_limit` is in seconds, None for none. With a `gate`, only texts approved there run, each once. With a
    `terminal`, a command runs on a terminal like it. `secrets` maps names to values that no model must read. Outputs
    are written to `log_folder`, and kept there where they are too long for a result. `ledger` is told of each command
    before it starts. `foreground` is held while a command runs, so that nobody else uses the terminal meanwhile.
    `ends_because` is set where the program is being ended, and says why; see `CommandResult.ended_because`.
    """

    program: str
    folder: Path
    variables: Mapping[str, str]
    time_limit: float | None = None
    gate: Gate | None = None
    watcher: CommandWatcher = field(default_factory=NobodyWatches)
    terminal: Terminal | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    log_folder: Path | None = None
    ledger: ExecutionLedger = field(default_factory=NobodyRemembers)
    foreground: asyncio.Lock = field(default_factory=asyncio.Lock)
    ends_because: str = field(default="", init=False)
    _spare: GuardianProcess | None = field(default=None, init=False, repr=False)
    _alive: dict[RunningCommand, "asyncio.Task[None]"] = field(default_factory=dict, init=False, repr=False)
    _endings: set["asyncio.Task[None]"] = field(default_factory=set, init=False, repr=False)
    _background_count: int = field(default=0, init=False, repr=False)
    _news: list[str] = field(default_factory=list, init=False, repr=False)
    _told_of_no_report: bool = field(default=False, init=False, repr=False)
    _changed_names: list[str] = field(default_factory=list, init=False, repr=False)
    _seen_changes: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _places: dict[str, Place] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_process(cls) -> "Shell":
        """Return the person's shell in the current folder, without limits, a gate, watchers or the model's key."""
        return cls(shell_program(os.environ), Path.cwd(), withheld(os.environ), secrets=dict(os.environ))

    def prepare(self) -> None:
        """Make ready what the next command needs, so that it starts at once."""
        if self._spare is None or not self._spare.is_ready:
            with contextlib.suppress(OSError):
                self._spare = GuardianProcess()

    async def run(self, command: str, request_id: str | None = None) -> CommandResult:
        """Run `command` until it has ended or is sent to the background, and return how it ended.

        One that ran in an earlier life of the program does not run again; how it ended then is returned.

        Raises:
            NotApprovedError: The shell has a gate, and nothing there approves this text for this request.
            CommandStartError: The operating system would not start it.
            JournalError: Its start or its end could not be written down.
        """
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
                # A task of its own: whoever waits here may be told to stop at once.
                ending = asyncio.create_task(
                    self._end_early(running, request_id, ledger, self._why_ended(problem))
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
                running.keep_log()  # the next one to look for its output finds it only there
                raise
            finally:
                try:
                    self.watcher.command_finished(result, request_id)
                finally:
                    self._let_go(running, request_id, ledger, result)
            return result

    async def _end_early(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger, why: str
    ) -> None:
        """End a command that nobody can wait for any more, and write down that it was ended, and `why`."""
        await running.end_early(why)
        result = running.result(0, self._mask(), None, ())
        try:
            ledger.ended(request_id, result, running.kept_log)
        except JournalError:
            running.keep_log()  # whoever goes on finds that, and what the guardian wrote
        with contextlib.suppress(Exception):  # what went wrong before is told already
            self.watcher.command_finished(result, request_id)
        running.abandon()

    async def settle(self) -> None:
        """Wait until what nobody could wait for any more has ended, and that is written down."""
        if self._endings:
            await asyncio.wait(self._endings)
            self._endings.clear()

    @property
    def in_background(self) -> list[RunningCommand]:
        """The commands that run in the background, in the order in which they were sent there."""
        return [each for each in self._alive if each.background is not None]

    async def leftovers(self) -> list[Leftover]:
        """Name the processes that commands left behind when their shells ended."""
        ended = [each for each in self._alive if each.background is None]
        if ended:
            await asyncio.gather(*(each.process.name_leftovers() for each in ended))
        return [leftover for each in ended for leftover in each.leftovers]

    async def end_leftovers(self) -> None:
        """End the processes that commands left behind, and wait until they are gone."""
        ended = [each for each in self._alive if each.background is None]
        for each in ended:
            each.process.end()
        if ended:
            await asyncio.wait([self._alive[each] for each in ended])

    def take_news(self) -> list[str]:
        """Return what a model must be told of commands that have ended in the background, each once."""
        news, self._news = self._news, []
        return news

    def add_news(self, number: int, result: CommandResult) -> None:
        """Have the model told that command `number` in the background has ended with `result`."""
        self._news.append(
            f"Command number {number} in the background has ended: {result.command}\n"
            + f"Its exit status: {result.exit_status} ({result.ending})\n"
            + "".join(f"Note: {note}\n" for note in result.notes)
            + (as_data(result.output) if result.output.strip() else "It printed nothing.")
        )

    async def close(self) -> None:
        """End whatever still runs of any command, and note how it ended."""
        self.dismiss_spare()
        await self.settle()
        for running in self._alive:
            running.give_up(self.ends_because or "the session ended")
        if self._alive:
            await asyncio.wait(list(self._alive.values()))
        for running in self._alive:
            running.abandon()  # one whose task has failed
        self._alive.clear()

    def keep_background(self) -> None:
        """Let the commands in the background live on when the program ends; their output goes on to their logs."""
        for running in self.in_background:
            if running.log.path is not None:
                running.keep(self._mask())
            self._alive.pop(running).cancel()

    def dismiss_spare(self) -> None:
        """Do without what `prepare` made ready."""
        if self._spare is not None:
            self._spare.dismiss()
            self._spare = None

    def note_approval(self, request_id: str, place: Place) -> None:
        """Note that a person approved a command knowing all that earlier ones have changed until now.

        They were shown that it would run in `place`; it runs there or not at all.
        """
        self._seen_changes[request_id] = len(self._changed_names)
        self._places[request_id] = place

    async def _start(self, approval: Approval) -> RunningCommand:
        request_id, command = approval
        spare, self._spare = self._spare, None
        seen = self._seen_changes.pop(request_id, len(self._changed_names))
        if unseen := self._changed_names[seen:]:
            if spare is not None:
                spare.dismiss()
            raise CommandStartError(
                f"After this command was approved, another one changed {', '.join(unseen[:_MANY])}, "
                "so nothing ran. Ask for it again."
            )
        shown = self._places.pop(request_id, None)
        folder = shown.path if shown else self.folder
        if not folder.is_dir():
            if spare is not None:
                spare.dismiss()
            self.folder = _nearest_folder(self.folder)
            raise CommandStartError(
                f"The folder {folder} is no longer there, so nothing ran. The next command runs in {self.folder}."
            )
        hook = None
        with contextlib.suppress(OSError):  # a full disk: the command can do without
            hook = LeavingHook(self.program, command, self.variables)
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
            folder_identity=shown.identity if shown else None,
        )
        watcher = self.watcher
        return await RunningCommand.start(
            command, launch, spare, hook, log, watcher.command_output, watcher.left_behind_printed
        )

    def _let_go(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger, result: CommandResult
    ) -> None:
        if result.background is not None:
            self._background_count = result.background
            self._in_background(running, request_id, ledger)
            return
        try:
            self.ledger.left(self.folder, self.variables)
        finally:
            self._leave(running)

    def _inherit(self, running: RunningCommand, result: CommandResult) -> CommandResult:
        """Take over what a command left to the next one, and return its `result` with what there is to say of that."""
        left, before = running.inheritance(), self.variables
        if left is None:
            return replace(result, notes=(*result.notes, *self._no_report(running)))
        self.folder, self.variables = left.folder or self.folder, left.variables
        changes = changes_between(before, self.variables, self._mask(before))
        self._changed_names += [change.name for change in changes]
        return replace(result, changed=changes, notes=(*result.notes, *left.notes(self.folder)))

    def _no_report(self, running: RunningCommand) -> tuple[str, ...]:
        """Return what to say of a shell that reported nothing: once, where it never does."""
        is_news = running.should_report or not self._told_of_no_report
        self._told_of_no_report = True
        if not is_news:
            return ()
        return (f"{NO_REPORT} in {told(self.folder)} as before",)

    def _leave(self, running: RunningCommand) -> None:
        """Let go of a command that has ended, as soon as nothing of it is left."""
        if running.process.gone.done() or not running.process.left_something:
            running.abandon()
            return
        self._alive[running] = asyncio.create_task(self._wait_until_gone(running))

    def _in_background(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger
    ) -> None:
        self._alive[running] = asyncio.create_task(self._wait_in_background(running, request_id, ledger))

    async def _wait_in_background(
        self, running: RunningCommand, request_id: str | None, ledger: ExecutionLedger
    ) -> None:
        await running.ended(self.time_limit)
        result = running.result(0, self._mask(), self.time_limit, ())
        with contextlib.suppress(JournalError):  # it stays one of which nobody knows how it ended
            ledger.ended(request_id, result, running.kept_log)
        self.add_news(running.background or 0, result)
        self.watcher.background_ended(result)
        running.background = None
        await self._wait_until_gone(running)

    async def _wait_until_gone(self, running: RunningCommand) -> None:
        await asyncio.wait([running.process.gone])
        if running.process.guardian_was_killed:
            running.show_leftover(_ESCAPED)
        del self._alive[running]
        running.abandon()

    def _why_ended(self, problem: BaseException) -> str:
        """Return why a command is ended of which `problem` keeps the program from waiting for its end."""
        if isinstance(problem, OSError) and problem.errno == errno.EPIPE:
            return "nobody could read its output any more"
        if isinstance(problem, OSError) and problem.errno == errno.EIO:
            return TERMINAL_CLOSED
        if isinstance(problem, Exception):
            return f"something in hitl failed ({type(problem).__name__})"
        return self.ends_because or "what it ran for was stopped"

    def _mask(self, others: Mapping[str, str] | None = None) -> Mask:
        """Return what masks the person's secrets, those of the next command and those of `others`."""
        variables = {**self.secrets, **self.variables}
        mine = secret_variables(variables)
        # A name can have had another value, which is a secret too.
        theirs = {name: value for name, value in secret_variables(others or {}).items() if name not in mine}
        return Mask({**theirs, **mine})


def _nearest_folder(folder: Path) -> Path:
    return next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))


def shell_program(variables: Mapping[str, str]) -> str:
    """Return the person's shell, `$SHELL`; bash where that is unset or not a shell that takes `-c`."""
    program = variables.get("SHELL", "")
    if Path(program).name in _SHELLS and Path(program).is_file():
        return program
    return shutil.which("bash") or "/bin/sh"
