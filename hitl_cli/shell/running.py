"""A command that runs: everything that is kept of it until its result is made."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hitl_cli.environment import Terminal
from hitl_cli.shell.excerpt import Excerpt
from hitl_cli.shell.guardian_process import GuardianProcess
from hitl_cli.shell.hooks import LeavingHook
from hitl_cli.shell.inheritance import Inheritance
from hitl_cli.shell.keeper import keeper_of
from hitl_cli.shell.launch import Launch
from hitl_cli.shell.leftovers import Leftover, LeftoverOutput
from hitl_cli.shell.log import OutputLog
from hitl_cli.shell.process import CommandProcess
from hitl_cli.shell.result import INTERRUPTED_STATUS, TIMED_OUT_STATUS, CommandResult
from hitl_cli.text.secrets.masking import Mask

_MOST_PIDS = 5  # of leftover processes, in a note

ShowLeftover = Callable[["RunningCommand", str], None]
"""Shows a line, not escaped, that processes printed which a command left behind."""


class RunningCommand:
    """One started command, in the foreground until it ends or is sent to the background."""

    def __init__(
        self,
        command: str,
        excerpt: Excerpt,
        log: OutputLog,
        hook: LeavingHook | None,
        watch_output: Callable[[bytes], None],
        show_leftover: "ShowLeftover",
    ) -> None:
        self.command = command
        self.process: CommandProcess
        self.background: int | None = None
        self.log = log
        self._excerpt = excerpt
        self._hook = hook
        self._watch_output = watch_output
        self._show_line = show_leftover
        self._leftover_output = LeftoverOutput(self.show_leftover)
        self._begun = time.monotonic()
        self._left_foreground = asyncio.Event()
        self._unwatched: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._timed_out = False
        self._stopped = False
        self._why_ended = ""
        self._interrupts = 0
        self._keeps_log = False

    @classmethod
    async def start(
        cls,
        command: str,
        launch: Launch,
        guardian: GuardianProcess | None,
        hook: LeavingHook | None,
        log: OutputLog,
        watch_output: Callable[[bytes], None],
        show_leftover: "ShowLeftover",
    ) -> "RunningCommand":
        """Start `launch`, and call `watch_output` with each piece of its output while it is in the foreground.

        What processes print that its shell has left behind goes to `show_leftover`, line by line.

        Raises:
            CommandStartError: The operating system would not.
        """
        size = _size(launch.terminal)
        excerpt = Excerpt(columns=size.columns, lines=size.lines)
        running = cls(command, excerpt, log, hook, watch_output, show_leftover)
        try:
            running.process = await CommandProcess.start(launch, guardian, running._take_output)
        except BaseException:
            running._forget_hook()
            log.remove()
            raise
        return running

    @property
    def kept_log(self) -> Path | None:
        """The file of its output, where that is kept; known once there is a result."""
        return self.log.path if self._keeps_log else None

    def keep_log(self) -> None:
        """Keep the file of its output, also where the result has all of it."""
        self._keeps_log = True

    @property
    def leftovers(self) -> list[Leftover]:
        """The processes that its shell has left behind, as they were named last."""
        return [Leftover(self.command, pid, line) for pid, line in self.process.leftovers]

    @property
    def _pids(self) -> str:
        """The first processes that its shell has left behind, in brackets."""
        pids = [str(pid) for pid, _ in self.process.leftovers]
        more = ", …" if len(pids) > _MOST_PIDS else ""
        return f" (pid {', '.join(pids[:_MOST_PIDS])}{more})" if pids else ""

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._begun

    def stop(self) -> None:
        """Interrupt as Ctrl-C does; the second time, make sure that it ends."""
        self._interrupts += 1
        if self._interrupts == 1:
            self.process.interrupt()
        else:
            self.end()

    def end(self) -> None:
        """End it and all that it started, because the person wants it."""
        self._stopped = True
        self.process.end()

    def give_up(self, why: str) -> None:
        """End it and all that it started; its result says `why`, if it had not ended before."""
        if not (self.process.exited.done() or self._stopped or self._timed_out or self._why_ended):
            self._why_ended = why
        self.process.end()

    async def end_early(self, why: str) -> None:
        """End it and all that it started, unwatched, and wait until nothing of it is left; its result says `why`."""
        self._unwatch()
        self.process.begin_reading()
        self.give_up(why)
        await asyncio.wait([self.process.exited])
        await asyncio.wait([self.process.gone])

    def show_leftover(self, line: str) -> None:
        """Show a line about the processes that it left behind, or one that they printed."""
        try:
            self._show_line(self, line)
        except OSError:  # the terminal is gone
            self._leftover_output.mute()

    def send_to_background(self) -> None:
        """Let it run on while the conversation goes on."""
        self._left_foreground.set()

    async def foreground(self, time_limit: float | None) -> None:
        """Wait until it has ended, by itself or at its time limit, or was sent to the background.

        Raises:
            Exception: Whoever watched the output could take no more.
        """
        leaving = asyncio.create_task(self._left_foreground.wait())
        ending = asyncio.create_task(self.ended(time_limit))
        try:
            waited: list[asyncio.Future[Any]] = [leaving, ending, self._unwatched]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if self._unwatched.done():
                self._unwatched.result()
        finally:
            for task in (leaving, ending):
                task.cancel()

    async def ended(self, time_limit: float | None) -> None:
        """Wait until it has ended; at `time_limit` seconds after its start, end it."""
        left = None if time_limit is None else time_limit - self.seconds
        done, _ = await asyncio.wait([self.process.exited], timeout=left)
        if not done:
            self._timed_out = True
            self.process.end()
        if self._timed_out or self._stopped or self._why_ended:
            await asyncio.wait([self.process.exited])
            await asyncio.wait([self.process.gone])

    def result(
        self, number: int, mask: Mask, time_limit: float | None, news: tuple[str, ...]
    ) -> CommandResult:
        """Return how it ended; if it has not, that it runs on in the background under `number`."""
        runs_on = self._left_foreground.is_set() and not self.process.exited.done() and not self._timed_out
        if runs_on:
            self.background = number
            self._watch_output = _nobody
        status = self.process.exited.result() if self.process.exited.done() else 0
        status = TIMED_OUT_STATUS if self._timed_out else INTERRUPTED_STATUS if self._stopped else status
        shown = self._excerpt.shown(mask)
        leaves = self.process.left_something and not self.process.gone.done()
        self._keeps_log |= bool(shown.bytes_omitted) or runs_on or leaves
        notes = [f"masked in the output: {', '.join(shown.masked)}"] if shown.masked else []
        if self._keeps_log:
            notes += self.log.notes(is_growing=runs_on or leaves)
        if leaves and not runs_on:
            notes.append(
                f"the command left processes behind that still run{self._pids}; they are ended with the session"
            )
        return CommandResult(
            command=self.command,
            exit_status=status,
            duration=self.seconds,
            output=shown.text,
            time_limit=time_limit if self._timed_out else None,
            stopped=self._stopped,
            background=number if runs_on else None,
            notes=tuple(notes),
            news=news,
            ended_because=self._why_ended,
        )

    def inheritance(self) -> Inheritance | None:
        """Return what the shell left to the next command, once it has ended."""
        return self._hook.inheritance() if self._hook is not None else None

    @property
    def should_report(self) -> bool:
        """Whether its shell is one that can say what it leaves to the next command."""
        return self._hook is not None and self._hook.is_set

    def abandon(self) -> None:
        """Let go of it; what still runs of it is ended."""
        self._leftover_output.end()
        self._unwatch()
        self.process.abandon()
        if self._keeps_log:
            self.log.close()
        else:
            self.log.remove()
        self._forget_hook()

    def keep(self, mask: Mask) -> None:
        """Let it live on when the program ends; what it prints then goes to its log, secrets masked."""
        if self.log.path is not None:
            self.process.keep(keeper_of(self.log.path, self.log.hand_over(), mask.secrets))

    def _take_output(self, chunk: bytes) -> None:
        data = self._excerpt.feed(chunk)
        self.log.write(data)
        if self.process.shell_ended:
            self._leftover_output.take(data)
            return
        try:
            self._watch_output(chunk)
        except Exception as problem:  # noqa: BLE001  (whoever waits for the command gets it)
            self._watch_output = _nobody
            self._unwatched.set_exception(problem)

    def _unwatch(self) -> None:
        self._watch_output = _nobody
        self._leftover_output.mute()

    def _forget_hook(self) -> None:
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


def _nobody(chunk: bytes) -> None:
    """Watch no more."""
