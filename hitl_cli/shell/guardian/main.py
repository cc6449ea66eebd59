"""The main loop of a guardian, from its start to the end of its command."""

import contextlib
import errno
import json
import os
import select
import signal
import socket
import time
from typing import Any, NoReturn

from .child import PendingChild
from .escalation import Escalation
from .log_pipe import LogPipe
from .messages import Inbox, framed
from .processes import (
    ON_LINUX,
    adopt_orphans,
    command_lines,
    descendants,
    forbid_inspection,
    run_watchdog,
    send,
    send_group,
    shell_status,
    signal_on_parent_death,
)
from .shared_repair import SharedRepair
from .terminal import PersonTerminal, restored

_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_WATCHDOG_ENDED = signal.SIGUSR1
_POLITE, _ABANDONED = 0.9, 0.4  # seconds between two signals: on request, and after the program has died
_POLL_INTERVAL = 0.02  # seconds between two polls of what still runs
_READ_SIZE = 65_536
_MOST_FILES = 5  # with the first message


class _Guardian:
    def __init__(self, control: socket.socket, repair_store: SharedRepair | None) -> None:
        self._control = control
        self._repair_store = repair_store
        self._inbox = Inbox()
        self._go_received = False
        self._alone = False  # the program has died, or closed the socket
        self._escalation: Escalation | None = None
        self._shell = 0
        self._status: int | None = None
        self._exit_reported = False
        self._childless = False
        self._known: set[int] = set()  # every process of the command seen so far
        self._output = -1
        self._question = PersonTerminal(None, None)
        self._terminal = PersonTerminal(None, None)
        self._report_path = ""
        self._scratch = ""

    def serve(self, wake: int) -> None:
        """Run one command and end all its processes; `wake` becomes readable with each signal."""
        try:
            wanted, files = self._start_message()
        except OSError:
            wanted, files = None, []
        if wanted is None:
            self._question.restore()
            return
        self._question.release()
        try:
            self._start(wanted, files)
        except OSError as problem:
            self._tell_program(
                "failed", number=problem.errno or 0, why=problem.strerror or "", where=problem.filename
            )
            return
        while not self._all_gone() and not (self._escalation and self._escalation.is_over(time.monotonic())):
            if self._alone and not self._escalation:
                self._terminal.restore()  # first, because the person needs it while the command is being ended
                self.end(_ABANDONED)
            self._send_due_signal()
            self._wait_for_events(wake)  # after the check, because a message that fails says that it is alone
            self._reap()
        without_program = self._alone
        self._tell_program(
            "gone"
        )  # if this fails, the program has just ended and has restored its terminal itself
        if without_program:
            self._terminal.restore()
            _remove(self._scratch)

    def end(self, pause: float, *, at_once: bool = False) -> None:
        """Start to end the whole tree, `at_once` with SIGKILL."""
        if self._escalation is None or at_once:
            self._escalation = Escalation(time.monotonic(), pause, at_once=at_once)

    def _tell_program(self, what: str, **details: Any) -> None:
        try:
            self._control.sendall(framed({"is": what, **details}))
        except OSError:
            self._alone = True

    def _start_message(self) -> tuple[dict[str, Any] | None, list[int]]:
        """Return the message that describes the command, and its files; None if the program ends before it comes.

        Until then, `_question` is the terminal on which the person is asked, if the program says so.
        """
        files: list[int] = []
        while True:
            chunk, new, _, _ = socket.recv_fds(self._control, _READ_SIZE, _MOST_FILES)
            for file in new:
                os.set_inheritable(file, False)
            files += new
            if not chunk:
                return None, files
            for message in self._inbox.feed(chunk):
                match message["is"]:
                    case "asking":
                        self._question = PersonTerminal(files.pop(0), None)
                        self._question.repair_with(message["repair"])
                    case "asked":
                        self._question.release()
                    case _:
                        return message, files

    def _messages(self) -> list[dict[str, Any]]:
        """Return the messages that have come; with the program's end, note that."""
        try:
            chunk = self._control.recv(_READ_SIZE)
        except OSError:
            chunk = b""
        if not chunk:
            self._alone = True
        return self._inbox.feed(chunk)

    def _wait_for_events(self, wake: int) -> None:
        watched: list[Any] = [wake] if self._alone else [self._control, wake]
        readable = select.select(watched, [], [], _POLL_INTERVAL if self._escalation else None)[0]
        if wake in readable:
            os.read(wake, 512)
        if self._control in readable:
            for message in self._messages():
                self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "go":
                self._go_received = True
            case "interrupt":
                send_group(self._shell, signal.SIGINT)
            case "end":
                self.end(_POLITE)
            case "repair":
                self._terminal.repair_with(message["repair"])
            case "detach":
                self._detach(message["log"])
            case "list":
                self._tell_program("listed", processes=command_lines(self._tree() or ()))

    def _start(self, wanted: dict[str, Any], files: list[int]) -> None:
        """Start the command and report that to the program.

        Raises:
            OSError: It cannot be started.
        """
        fence = files.pop() if wanted["has_ruleset"] else None
        output, self._output = files[:2]
        terminal, lifeline = files[2:4] if len(files) > 3 else (None, None)
        self._terminal = PersonTerminal(terminal, wanted["line_settings"], self._repair_store)
        if terminal is not None and lifeline is not None:
            if self._repair_store is not None:
                self._repair_store.share_terminal(terminal, lifeline)
            os.close(lifeline)
        self._scratch = wanted["scratch"]
        self._report_path = wanted["report"]
        child = PendingChild(wanted, output, fence)
        self._shell = child.pid
        self._tell_program("ready", pid=self._shell, session=os.getsid(0), boot=_boot_id())
        while not (self._go_received or self._alone):
            for message in self._messages():
                self._handle(message)
        try:
            if not self._go_received:
                child.discard()
                raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED), "program")
            child.go()
        except OSError:
            os.waitpid(self._shell, 0)
            self._report(None)
            raise
        self._tell_program("started", pid=self._shell)

    def _send_due_signal(self) -> None:
        number = self._escalation.next_signal(time.monotonic()) if self._escalation else None
        if number is None:
            return
        found = self._tree()
        if found is None:
            send_group(self._shell, signal.SIGKILL)
            found = {self._shell}
        # Parents first, in order of their ids: a shell that briefly outlives its child would run its next command.
        for process in sorted(found, key=lambda each: (each != self._shell, each)):
            send(process, number)
            if number != signal.SIGKILL:
                send(process, signal.SIGCONT)

    def _tree(self) -> set[int] | None:
        """Return the running processes of the command, or None if the system does not say."""
        found = descendants(self._known)
        self._known |= found or set()
        return found

    def _all_gone(self) -> bool:
        # A subreaper adopts every orphaned descendant, so no children means no descendants.
        return self._childless and (ON_LINUX or not self._escalation or self._tree() == set())

    def _reap(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                self._childless = True
                break
            if process == 0:
                break
            if process != self._shell:
                continue
            if os.WIFSTOPPED(status):
                send_group(process, signal.SIGCONT)
                self._tell_program("suspended")
            else:
                self._status = shell_status(status)
                self._report(self._status)
        if self._status is not None and not self._exit_reported:
            self._exit_reported = True
            if not self._childless:
                _take_foreground()
            self._tell_program("exited", status=self._status, left=not self._childless)

    def _detach(self, log: str) -> NoReturn:
        """Detach from the program, but keep reading the command's output, so that the command can still write."""
        self._control.close()
        self._terminal.release()
        pipe = LogPipe(log)
        os.set_blocking(self._output, True)
        chunk = b"."
        while chunk:
            try:
                chunk = os.read(self._output, _READ_SIZE)
            except OSError:
                chunk = b""
            pipe.write(chunk)
        pipe.close()
        with contextlib.suppress(ChildProcessError):
            while True:
                process, status = os.wait()
                if process == self._shell:
                    self._report(shell_status(status))
        os._exit(0)

    def _report(self, status: int | None) -> None:
        """Write and sync the report of the command's end, so that it survives the program and a power failure."""
        if not self._report_path:
            return
        line = json.dumps({"status": status, "time": time.time(), "alone": self._alone}) + "\n"
        # The program is also told by message; a full disk must not stop the guardian.
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self._report_path, flags, 0o600)
            try:
                os.write(file, line.encode())
                os.fsync(file)
            finally:
                os.close(file)


def _remove(folder: str) -> None:
    """Delete a folder of files, if it exists."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder) if folder else ():
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def _take_foreground() -> None:
    """Make the guardian the terminal's foreground group, so that processes left behind are background jobs."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, os.getpid())
    os.close(terminal)


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def _fork_from_watchdog() -> SharedRepair:
    """Become the watchdog; return only in its child, the guardian, in a new session, with the memory they share."""
    repair_store = SharedRepair()
    watchdog = os.getpid()
    guardian = os.fork()
    if guardian:
        os.close(0)  # the program must see when the guardian has ended
        run_watchdog(guardian, lambda: repair_store.repair_after_program(restored))
    os.setsid()
    adopt_orphans()
    if not signal_on_parent_death(watchdog, _WATCHDOG_ENDED):
        os._exit(1)
    return repair_store


def main() -> None:
    """Run the guardian of one command, until all processes of the command have ended."""
    forbid_inspection()
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    repair_store = None
    if ON_LINUX:
        adopt_orphans()
        repair_store = _fork_from_watchdog()
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    guardian = _Guardian(socket.socket(fileno=0), repair_store)
    signal.signal(signal.SIGTERM, lambda *_: guardian.end(_POLITE))
    signal.signal(_WATCHDOG_ENDED, lambda *_: guardian.end(_ABANDONED, at_once=True))
    guardian.serve(woken)
    os._exit(0)  # there is nothing to clean up, and the program is waiting
