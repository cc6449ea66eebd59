"""What a guardian does from its start to the end of its command."""

import contextlib
import errno
import json
import os
import select
import signal
import socket
import time
from typing import Any, NoReturn

from .command import Embryo
from .ending import Ending
from .kept import KeptOutput
from .last_watch import LastWatch
from .messages import Inbox, framed
from .processes import (
    ON_LINUX,
    adopt_orphans,
    descendants,
    die_with,
    forbid_inspection,
    named,
    send,
    send_group,
    shell_status,
    stand_behind,
)
from .terminal import PersonTerminal, restored

_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_WARDEN_ENDED = signal.SIGUSR1
_POLITE, _ABANDONED = 0.9, 0.4  # seconds between one signal and the next: at a person's word, and without one
_LOOK = 0.02  # seconds between two looks at what is left
_READ_SIZE = 65_536


class _Guardian:
    def __init__(self, control: socket.socket, watch: LastWatch | None) -> None:
        self._control = control
        self._watch = watch
        self._inbox = Inbox()
        self._may_go = False
        self._alone = False  # without a program
        self._ending: Ending | None = None
        self._shell = 0
        self._status: int | None = None
        self._said_exited = False
        self._childless = False
        self._known: set[int] = set()  # every process of the command that was ever seen
        self._output = -1
        self._terminal = PersonTerminal(None, None)
        self._report_path = ""
        self._scratch = ""

    def serve(self, wake: int) -> None:
        """Run one command, and leave nothing of it behind; a byte comes from `wake` with each signal."""
        try:
            wanted, files = self._first_message()
        except OSError:
            return
        if wanted is None:
            return
        try:
            self._start(wanted, files)
        except OSError as problem:
            self._say("failed", number=problem.errno or 0, why=problem.strerror or "", where=problem.filename)
            return
        while not self._nothing_left() and not (self._ending and self._ending.is_over(time.monotonic())):
            self._listen(wake)
            if self._alone and not self._ending:
                self._terminal.restore()  # at once: the person needs it while the command is being ended
                self.end(_ABANDONED)
            self._reap()
            self._press_on()
        without_program = self._alone
        self._say(
            "gone"
        )  # where that fails, the program did not wait for it, and has its terminal back by now
        if without_program:
            self._terminal.restore()
            _remove(self._scratch)

    def end(self, pause: float, *, at_once: bool = False) -> None:
        """Begin to end the whole tree, `at_once` with SIGKILL."""
        if self._ending is None or at_once:
            self._ending = Ending(time.monotonic(), pause, at_once=at_once)

    def _say(self, what: str, **details: Any) -> None:
        try:
            self._control.sendall(framed({"is": what, **details}))
        except OSError:
            self._alone = True

    def _first_message(self) -> tuple[dict[str, Any] | None, list[int]]:
        chunk, files, _, _ = socket.recv_fds(self._control, _READ_SIZE, 4)
        for file in files:
            os.set_inheritable(file, False)
        found = self._inbox.feed(chunk)
        while chunk and not found:
            chunk = self._control.recv(_READ_SIZE)
            found = self._inbox.feed(chunk)
        return (found[0] if found else None), files

    def _messages(self) -> list[dict[str, Any]]:
        """Return the messages that have come; with the program's end, note that."""
        try:
            chunk = self._control.recv(_READ_SIZE)
        except OSError:
            chunk = b""
        if not chunk:
            self._alone = True
        return self._inbox.feed(chunk)

    def _listen(self, wake: int) -> None:
        watched: list[Any] = [wake] if self._alone else [self._control, wake]
        readable = select.select(watched, [], [], _LOOK if self._ending else None)[0]
        if wake in readable:
            os.read(wake, 512)
        if self._control in readable:
            for message in self._messages():
                self._obey(message)

    def _obey(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "go":
                self._may_go = True
            case "interrupt":
                send_group(self._shell, signal.SIGINT)
            case "end":
                self.end(_POLITE)
            case "modes":
                self._terminal.repair_with(message["repair"])
            case "keep":
                self._keep(message["log"])
            case "name":
                self._say("named", processes=named(self._tree() or ()))

    def _start(self, wanted: dict[str, Any], files: list[int]) -> None:
        """Start the command; say what came of it.

        Raises:
            OSError: It cannot be started.
        """
        output, self._output = files[:2]
        terminal, lifeline = files[2:4] if len(files) > 3 else (None, None)
        self._terminal = PersonTerminal(terminal, wanted["line_settings"], self._watch)
        if terminal is not None and lifeline is not None:
            if self._watch is not None:
                self._watch.begin(terminal, lifeline)
            os.close(lifeline)
        self._scratch = wanted["scratch"]
        self._report_path = wanted["report"]
        embryo = Embryo(wanted, output)
        self._shell = embryo.pid
        self._say("ready", pid=self._shell, session=os.getsid(0), boot=_boot_id())
        while not (self._may_go or self._alone):
            for message in self._messages():
                self._obey(message)
        try:
            if not self._may_go:
                embryo.discard()
                raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED), "program")
            embryo.go()
        except OSError:
            os.waitpid(self._shell, 0)
            self._report(None)
            raise
        self._say("started", pid=self._shell)

    def _press_on(self) -> None:
        number = self._ending.next_signal(time.monotonic()) if self._ending else None
        if number is None:
            return
        found = self._tree()
        if found is None:
            send_group(self._shell, signal.SIGKILL)
            found = {self._shell}
        # Parents first, as far as numbers tell: a shell that outlives its child for a moment runs what comes next.
        for process in sorted(found, key=lambda each: (each != self._shell, each)):
            send(process, number)
            if number != signal.SIGKILL:
                send(process, signal.SIGCONT)

    def _tree(self) -> set[int] | None:
        """Return the processes that the command has left, None where the system does not say."""
        found = descendants(self._known)
        self._known |= found or set()
        return found

    def _nothing_left(self) -> bool:
        # A subreaper has every descendant that lost its parent for a child: without children, there are none at all.
        return self._childless and (ON_LINUX or not self._ending or self._tree() == set())

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
                self._say("halted")
            else:
                self._status = shell_status(status)
                self._report(self._status)
        if self._status is not None and not self._said_exited:
            self._said_exited = True
            if not self._childless:
                _take_foreground()
            self._say("exited", status=self._status, left=not self._childless)

    def _keep(self, log: str) -> NoReturn:
        """Leave the command alone for good, but hold its terminal and read it, so that it can still write."""
        self._control.close()
        self._terminal.release()
        kept = KeptOutput(log)
        os.set_blocking(self._output, True)
        chunk = b"."
        while chunk:
            try:
                chunk = os.read(self._output, _READ_SIZE)
            except OSError:
                chunk = b""
            kept.write(chunk)
        kept.close()
        with contextlib.suppress(ChildProcessError):
            while True:
                process, status = os.wait()
                if process == self._shell:
                    self._report(shell_status(status))
        os._exit(0)

    def _report(self, status: int | None) -> None:
        """Write down how the command ended, so that it outlives the program and a loss of power."""
        if not self._report_path:
            return
        line = json.dumps({"status": status, "time": time.time(), "alone": self._alone}) + "\n"
        # The program has its own word of it; a full disk must not stop the guardian.
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self._report_path, flags, 0o600)
            try:
                os.write(file, line.encode())
                os.fsync(file)
            finally:
                os.close(file)


def _remove(folder: str) -> None:
    """Remove a folder of files, where there is one."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder) if folder else ():
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def _take_foreground() -> None:
    """Take the terminal away from what the shell has left behind, as a shell does from its background jobs."""
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


def _fork_from_warden() -> LastWatch:
    """Become a warden, and return only in its child, which has a session of its own, with what they share."""
    watch = LastWatch()
    warden = os.getpid()
    guardian = os.fork()
    if guardian:
        os.close(0)  # the program must see when the guardian has ended
        stand_behind(guardian, lambda: watch.take_over(restored))
    os.setsid()
    adopt_orphans()
    if not die_with(warden, _WARDEN_ENDED):
        os._exit(1)
    return watch


def main() -> None:
    """Be the guardian of one command, from the program's first word to the end of all that the command started."""
    forbid_inspection()
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    watch = None
    if ON_LINUX:
        adopt_orphans()
        watch = _fork_from_warden()
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    guardian = _Guardian(socket.socket(fileno=0), watch)
    signal.signal(signal.SIGTERM, lambda *_: guardian.end(_POLITE))
    signal.signal(_WARDEN_ENDED, lambda *_: guardian.end(_ABANDONED, at_once=True))
    guardian.serve(woken)
    os._exit(0)  # there is nothing to tidy up, and the program waits
