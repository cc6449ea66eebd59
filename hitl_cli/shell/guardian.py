"""The guardian of one command: starts it, stays while anything of it runs, and outlives the program if it must.

A script of its own, run as `python -I -S guardian.py` with one end of a socket pair as standard input; it imports
nothing of the package, so that it is ready at once. Messages are JSON, each after its length in four bytes. Files
come with the first message: both ends of the command's output, and the person's terminal where there is one. Texts
that become bytes again (paths, arguments, variables, escape sequences) travel one character to a byte.

The program says `start`, then `go`, then any of `interrupt` (as Ctrl-C does), `end` (all of it, firmly), `modes` (what
repairs the terminal) and `keep` (let it live on without a guardian). When the program's end of the socket closes
without `keep`, everything that the command started is ended and the person's terminal is repaired; without `go`,
nothing runs.

The guardian says `ready` when only `go` is missing; `started`, or `failed` if nothing could run; `halted` when Ctrl-Z
stopped the command, which it has continued by then; `exited` when the shell has ended, and `gone` when nothing of the
command is left. How the command ended it also writes to a file, for whoever finds the program dead: one line of JSON,
with the `status` (null if it never ran), the `time`, and whether the guardian was `alone` when it ended.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import socket
import sys
import termios
import time
from typing import Any, NoReturn

_SUBREAPER, _DEATH_SIGNAL = 36, 1  # PR_SET_CHILD_SUBREAPER and PR_SET_PDEATHSIG of prctl(2)
_LINUX = sys.platform.startswith("linux")
_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_ORDER = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_POLITE, _ABANDONED = 0.9, 0.4  # seconds between one signal and the next: at a person's word, and without one
_PATIENCE = 1.0  # seconds in which what was killed must be gone; what is not, cannot be killed by this user
_LOOK = 0.02  # seconds between two looks at what is left
_READ_SIZE = 65_536
_KEPT_LIMIT = 33_554_432  # bytes that the log of a command without a program may have


class _Guardian:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.shell = 0
        self.status: int | None = None
        self.exited = False
        self.output = -1
        self.terminal = -1
        self.line_settings: list[Any] | None = None
        self.repair = b""
        self.report_path = ""
        self.scratch = ""
        self.psutil_folder = ""  # where psutil is found; python -S does not look there
        self.ending: list[int] = []
        self.next_signal_at = 0.0
        self.pause = _POLITE
        self.give_up_at = float("inf")
        self.known: set[int] = set()
        self.childless = False
        self.alone = False
        self.went = False
        self._received = b""

    def say(self, what: str, **details: Any) -> None:
        message = json.dumps({"is": what, **details}).encode()
        try:
            self.control.sendall(len(message).to_bytes(4, "big") + message)
        except OSError:
            self.alone = True

    def run(self, wake: int) -> None:
        """Serve until nothing of the command is left."""
        while not self.nothing_left() and time.monotonic() < self.give_up_at:
            watched: list[Any] = [wake] if self.alone else [self.control, wake]
            readable = select.select(watched, [], [], _LOOK if self.ending else None)[0]
            if wake in readable:
                os.read(wake, 512)
            if self.control in readable:
                for message in self.messages():
                    self.obey(message)
            if self.alone and not self.ending:
                self.restore_terminal()  # at once: the person needs it while the command is being ended
                self.end(_ABANDONED)
            self.reap()
            self.press_on()
        self.say("gone")
        if self.alone:
            self.restore_terminal()
            _remove(self.scratch)

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that have come; with the program's end, note that."""
        try:
            chunk = self.control.recv(65_536)
        except OSError:
            chunk = b""
        if not chunk:
            self.alone = True
        self._received += chunk
        found = []
        while len(self._received) >= 4 + (size := int.from_bytes(self._received[:4], "big")):
            found.append(json.loads(self._received[4 : 4 + size]))
            self._received = self._received[4 + size :]
        return found

    def obey(self, message: dict[str, Any]) -> None:
        match message["is"]:
            case "go":
                self.went = True
            case "interrupt":
                _send_group(self.shell, signal.SIGINT)
            case "end":
                self.end(_POLITE)
            case "modes":
                self.repair = _bytes(message["repair"])
            case "keep":
                self.keep(message["log"])

    def end(self, pause: float) -> None:
        """Begin to end the whole tree, from the mildest signal to the strongest."""
        if not self.ending:
            self.ending, self.pause, self.next_signal_at = list(_ORDER), pause, time.monotonic()
            self.give_up_at = self.next_signal_at + 2 * pause + _PATIENCE

    def press_on(self) -> None:
        if not self.ending or time.monotonic() < self.next_signal_at:
            return
        number = self.ending[0]
        for process in self.tree():
            _send(process, number)
            if number != signal.SIGKILL:
                _send(process, signal.SIGCONT)
        if number != signal.SIGKILL:
            self.ending.pop(0)
            self.next_signal_at = time.monotonic() + self.pause

    def tree(self) -> set[int]:
        """Return the processes that the command has left: all descendants, and where they can escape, its session."""
        try:
            if self.psutil_folder not in sys.path:
                sys.path.append(self.psutil_folder)
            import psutil

            found = {each.pid for each in psutil.Process().children(recursive=True)}
            if not _LINUX:
                found |= {each for each in psutil.pids() if each != os.getpid() and self._is_ours(each)}
        except Exception:  # noqa: BLE001
            # Out of files or memory: what is known must do.
            found = {self.shell}
            _send_group(self.shell, signal.SIGKILL)
        self.known |= found
        return found

    def _is_ours(self, process: int) -> bool:
        try:
            return process in self.known or os.getsid(process) == os.getpid()
        except OSError:
            return False

    def nothing_left(self) -> bool:
        # A subreaper has every descendant that lost its parent for a child: without children, there are none at all.
        return self.childless and (_LINUX or not self.ending or not self.tree())

    def reap(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                self.childless = True
                break
            if process == 0:
                break
            if process != self.shell:
                continue
            if os.WIFSTOPPED(status):
                _send_group(process, signal.SIGCONT)
                self.say("halted")
            else:
                code = os.waitstatus_to_exitcode(status)
                self.status = 128 - code if code < 0 else code
                self.report(self.status)
        if self.status is not None and not self.exited:
            self.exited = True
            if not self.childless:
                _take_foreground()
            self.say("exited", status=self.status, left=not self.childless)

    def restore_terminal(self) -> None:
        if self.terminal < 0:
            return
        try:
            if self.line_settings is not None:
                termios.tcsetattr(self.terminal, termios.TCSANOW, self.line_settings)
            os.write(self.terminal, self.repair)
        except (OSError, termios.error):
            pass  # the terminal is gone, and there is nothing to repair
        self.terminal = -1

    def keep(self, log: str) -> NoReturn:
        """Leave the command alone for good, but hold its terminal and read it, so that it can still write."""
        self.control.close()
        if self.terminal >= 0:
            os.close(self.terminal)
        written = None
        with contextlib.suppress(OSError):
            written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.set_blocking(self.output, True)
        chunk = b"."
        while chunk:
            try:
                chunk = os.read(self.output, _READ_SIZE)
            except OSError:
                chunk = b""
            with contextlib.suppress(OSError):
                if written is not None and os.fstat(written).st_size < _KEPT_LIMIT:
                    os.write(written, chunk)
        with contextlib.suppress(ChildProcessError):
            while True:
                process, status = os.wait()
                if process == self.shell:
                    code = os.waitstatus_to_exitcode(status)
                    self.report(128 - code if code < 0 else code)
        os._exit(0)

    def start(self, wanted: dict[str, Any], files: list[int]) -> None:
        """Start the command; say what came of it.

        Raises:
            OSError: It cannot be started.
        """
        output, self.output = files[:2]
        self.terminal = files[2] if len(files) > 2 else -1
        self.line_settings = _from_json(wanted["line_settings"])
        self.repair = _bytes(wanted["repair"])
        self.scratch = wanted["scratch"]
        self.report_path = wanted["report"]
        self.psutil_folder = wanted["psutil"]
        on_terminal: bool = wanted["on_terminal"]
        if on_terminal:
            fcntl.ioctl(output, termios.TIOCSCTTY, 0)
        told, tell = os.pipe()
        go, may = os.pipe()
        guardian = os.getpid()
        self.shell = os.fork()
        if self.shell == 0:
            os.close(may)  # else it would wait for ever for a guardian that is killed
            _become_command(wanted, output, on_terminal, go, tell, guardian)
        os.close(tell)
        os.close(go)
        os.close(output)
        self.say("ready", pid=self.shell, boot=_boot_id())
        if self.may_go():
            os.write(may, b".")
        else:
            _send(self.shell, signal.SIGKILL)
        os.close(may)
        problem = os.read(told, 64)
        os.close(told)
        if self.alone and not self.went:
            os.waitpid(self.shell, 0)
            self.report(None)
            raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED), "program")
        if problem:
            os.waitpid(self.shell, 0)
            self.report(None)
            number, _, where = problem.decode().partition(" ")
            raise OSError(int(number), os.strerror(int(number)), where)
        self.say("started", pid=self.shell)

    def may_go(self) -> bool:
        """Wait for the program's word, and return whether it was given."""
        while not (self.went or self.alone):
            for message in self.messages():
                self.obey(message)
        return self.went

    def report(self, status: int | None) -> None:
        """Write down how the command ended, so that it outlives the program and a loss of power."""
        if not self.report_path:
            return
        line = json.dumps({"status": status, "time": time.time(), "alone": self.alone}) + "\n"
        with contextlib.suppress(
            OSError
        ):  # the program has its own word of it; a full disk must not stop the guardian
            file = os.open(self.report_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, line.encode())
                os.fsync(file)
            finally:
                os.close(file)


def _become_command(
    wanted: dict[str, Any], output: int, on_terminal: bool, go: int, tell: int, guardian: int
) -> NoReturn:
    where = "shell"
    try:
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                with contextlib.suppress(OSError):
                    signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.setpgid(0, 0)
        if on_terminal:
            os.tcsetpgrp(output, os.getpid())
            os.dup2(output, 0)
        else:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if _LINUX:
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
            if os.getppid() != guardian:
                os._exit(255)
        where = "folder"
        os.chdir(_bytes(wanted["folder"]))
        where = "shell"
        os.umask(wanted["umask"])
        if not os.read(go, 1):
            os._exit(255)
        os.execve(
            _bytes(wanted["program"]),
            [_bytes(each) for each in wanted["arguments"]],
            {_bytes(name): _bytes(value) for name, value in wanted["variables"]},
        )
    except OSError as problem:
        os.write(tell, f"{problem.errno} {where}".encode())
    except BaseException:  # noqa: BLE001  (this process must end here, whatever happens)
        os.write(tell, f"{errno.EINVAL} {where}".encode())
    os._exit(255)


def _remove(folder: str) -> None:
    """Remove a folder of files, where there is one."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder) if folder else ():
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _take_foreground() -> None:
    """Take the terminal away from what the shell has left behind, as a shell does from its background jobs."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, os.getpid())
    os.close(terminal)


def _send(process: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process, number)


def _send_group(group: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, number)


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def _from_json(settings: list[Any] | None) -> list[Any] | None:
    if settings is None:
        return None
    characters = [_bytes(each) if isinstance(each, str) else each for each in settings[6]]
    return [*settings[:6], characters]


def main() -> None:
    """Wait for the program's word, run one command, and leave nothing of it behind."""
    control = socket.socket(fileno=0)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    if _LINUX:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    try:
        data, files, _, _ = socket.recv_fds(control, 4, 3)
        for file in files:
            os.set_inheritable(file, False)
        while data and len(data) < 4:
            data += control.recv(4 - len(data))
        size = int.from_bytes(data, "big")
        text = bytearray()
        while data and len(text) < size:
            chunk = control.recv(min(1_048_576, size - len(text)))
            if not chunk:
                return
            text += chunk
    except OSError:
        return
    if not data:
        return
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    guardian = _Guardian(control)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: guardian.end(_POLITE))
    try:
        guardian.start(json.loads(text), files)
    except OSError as problem:
        guardian.say("failed", number=problem.errno or 0, why=problem.strerror or "", where=problem.filename)
        return
    guardian.run(woken)


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to tidy up, and the program waits
