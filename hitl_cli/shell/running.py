"""A running command, in the foreground or background: its process, excerpt, log and result."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hitl_cli.environment import Terminal
from hitl_cli.shell.detached_log import start_detached_log
from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.hooks import ExitHook
from hitl_cli.shell.inheritance import Inheritance
from hitl_cli.shell.launch import Launch
from hitl_cli.shell.leftovers import Leftover, LeftoverOutput
from hitl_cli.shell.log import OutputLog
from hitl_cli.shell.process import CommandProcess
from hitl_cli.shell.result import INTERRUPTED_STATUS, TIMED_OUT_STATUS, CommandResult
from hitl_cli.text.secrets.masking import Mask

_MAX_PIDS = 5  # of leftover processes, in a note

ShowLeftover = Callable[["RunningCommand", str], None]
"""Shows a line of output, not escaped, from processes that a command left behind."""


class RunningCommand:
    """One started command, in the foreground until it ends or is sent to the background."""

    def __init__(
        self,
        command: str,
        excerpt: Excerpt,
        log: OutputLog,
        hook: ExitHook | None,
        watch_output: Callable[[bytes], None],
        show_leftover: "ShowLeftover",
    ) -> None:
        self.command = command
        self.process: CommandProcess
        self.background: int | None = None
        self.is_fenced = False
        self.log = log
        self._excerpt = excerpt
        self._hook = hook
        self._watch_output = watch_output
        self._show_line = show_leftover
        self._leftover_output = LeftoverOutput(self.show_leftover)
        self._begun = time.monotonic()
        self._left_foreground = asyncio.Event()
        self._watcher_failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._timed_out = False
        self._stopped = False
        self._end_reason = ""
        self._interrupts = 0
        self._keeps_log = False

    @classmethod
    async def start(
        cls,
        command: str,
        launch: Launch,
        guardian: GuardianProcess | None,
        hook: ExitHook | None,
        log: OutputLog,
        watch_output: Callable[[bytes], None],
        show_leftover: "ShowLeftover",
    ) -> "RunningCommand":
        """Start `launch`, and call `watch_output` with each piece of its output while it is in the foreground.

        `show_leftover` is called with each line of output from processes that its shell left behind.

        Raises:
            CommandStartError: The operating system refused.
        """
        size = _size(launch.terminal)
        excerpt = Excerpt(columns=size.columns, lines=size.lines)
        running = cls(command, excerpt, log, hook, watch_output, show_leftover)
        running.is_fenced = launch.fence is not None
        try:
            running.process = await CommandProcess.start(launch, guardian, running._take_output)
        except BaseException:
            running._close_hook()
            log.remove()
            raise
        return running

    @property
    def kept_log(self) -> Path | None:
        """The path of its log if that is kept; known after `result`."""
        return self.log.path if self._keeps_log else None

    def keep_log(self) -> None:
        """Keep its log even if the result contains the whole output."""
        self._keeps_log = True

    @property
    def leftovers(self) -> list[Leftover]:
        """The processes that its shell left behind, as last listed."""
        return [Leftover(self.command, pid, line) for pid, line in self.process.leftovers]

    @property
    def _pids(self) -> str:
        """The ids of the first processes that its shell left behind, in parentheses."""
        pids = [str(pid) for pid, _ in self.process.leftovers]
        more = ", …" if len(pids) > _MAX_PIDS else ""
        return f" (pid {', '.join(pids[:_MAX_PIDS])}{more})" if pids else ""

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._begun

    def stop(self) -> None:
        """Interrupt it as Ctrl-C does; when called again, end it."""
        self._interrupts += 1
        if self._interrupts == 1:
            self.process.interrupt()
        else:
            self.end()

    def end(self) -> None:
        """End all its processes, because the person asked for it."""
        self._stopped = True
        self.process.end()

    def end_because(self, why: str) -> None:
        """End all its processes; its result says `why`, unless it had already ended."""
        if not (self.process.exited.done() or self._stopped or self._timed_out or self._end_reason):
            self._end_reason = why
        self.process.end()

    async def end_early(self, why: str) -> None:
        """End all its processes without showing output, and wait until they are gone; its result says `why`."""
        self._stop_watching()
        self.process.begin_reading()
        self.end_because(why)
        await asyncio.wait([self.process.exited])
        await asyncio.wait([self.process.gone])

    def show_leftover(self, line: str) -> None:
        """Show a line about its leftover processes, or one that they printed."""
        try:
            self._show_line(self, line)
        except OSError:  # the terminal is gone
            self._leftover_output.mute()

    def send_to_background(self) -> None:
        """Let it continue in the background."""
        self._left_foreground.set()

    async def foreground(self, time_limit: float | None) -> None:
        """Wait until it has ended, by itself or at its time limit, or was sent to the background.

        Raises:
            Exception: The watcher of its output has failed.
        """
        leaving = asyncio.create_task(self._left_foreground.wait())
        ending = asyncio.create_task(self.ended(time_limit))
        try:
            waited: list[asyncio.Future[Any]] = [leaving, ending, self._watcher_failed]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._watcher_failed.done():
                self._watcher_failed.result()
        finally:
            for task in (leaving, ending):
                task.cancel()

    async def ended(self, time_limit: float | None) -> None:
        """Wait until it has ended; end it `time_limit` seconds after its start."""
        left = None if time_limit is None else time_limit - self.seconds
        done, _ = await asyncio.wait([self.process.exited], timeout=left)
        if not done:
            self._timed_out = True
            self.process.end()
        if self._timed_out or self._stopped or self._end_reason:
            await asyncio.wait([self.process.exited])
            await asyncio.wait([self.process.gone])

    def result(
        self, number: int, mask: Mask, time_limit: float | None, news: tuple[str, ...]
    ) -> CommandResult:
        """Return its result; if it has not ended, the result says that it is job `number` in the background."""
        continues = self._left_foreground.is_set() and not self.process.exited.done() and not self._timed_out
        if continues:
            self.background = number
            self._watch_output = _ignore
        status = self.process.exited.result() if self.process.exited.done() else 0
        status = TIMED_OUT_STATUS if self._timed_out else INTERRUPTED_STATUS if self._stopped else status
        shown = self._excerpt.shown(mask)
        leaves = self.process.left_something and not self.process.gone.done()
        self._keeps_log |= bool(shown.bytes_omitted) or continues or leaves
        notes = [f"masked in the output: {', '.join(shown.masked)}"] if shown.masked else []
        if self._keeps_log:
            notes += self.log.notes(is_growing=continues or leaves)
        if leaves and not continues:
            notes.append(f"the command left processes running{self._pids}; they end with the session")
        return CommandResult(
            command=self.command,
            exit_status=status,
            duration=self.seconds,
            output=shown.text,
            time_limit=time_limit if self._timed_out else None,
            stopped=self._stopped,
            background=number if continues else None,
            notes=tuple(notes),
            news=news,
            ended_because=self._end_reason,
        )

    def inheritance(self) -> Inheritance | None:
        """Return what the next command inherits; call this after the shell has ended."""
        return self._hook.inheritance() if self._hook is not None else None

    @property
    def is_isolated(self) -> bool:
        """Whether it passes nothing on to the next command."""
        return self._hook is not None and self._hook.is_isolated

    @property
    def should_report(self) -> bool:
        """Whether its shell can report what the next command inherits."""
        return self._hook is not None and self._hook.is_set

    def abandon(self) -> None:
        """Release its resources; what is still running of it is ended."""
        self._leftover_output.end()
        self._stop_watching()
        self.process.abandon()
        if self._keeps_log:
            self.log.close()
        else:
            self.log.remove()
        self._close_hook()

    def detach(self, mask: Mask) -> None:
        """Let it outlive the program; later output goes to its log, secrets masked."""
        if self.log.path is not None:
            self.process.detach(start_detached_log(self.log.path, self.log.hand_over(), mask.secrets))

    def _take_output(self, chunk: bytes) -> None:
        data = self._excerpt.feed(chunk)
        self.log.write(data)
        if self.process.shell_ended:
            self._leftover_output.take(data)
            return
        try:
            self._watch_output(chunk)
        except Exception as problem:  # noqa: BLE001  (raised in `foreground`)
            self._watch_output = _ignore
            self._watcher_failed.set_exception(problem)

    def _stop_watching(self) -> None:
        self._watch_output = _ignore
        self._leftover_output.mute()

    def _close_hook(self) -> None:
        if self._hook is not None:
            self._hook.close()
            self._hook = None


def _size(terminal: Terminal | None) -> os.terminal_size:
    with contextlib.suppress(OSError):
        if terminal is not None:
            size = os.get_terminal_size(terminal.output.fileno())
            if size.columns and size.lines:
                return size
    return os.terminal_size((80, 24))


def _ignore(chunk: bytes) -> None:
    """Ignore the output."""
