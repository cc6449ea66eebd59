"""A person at a real pseudo-terminal: types keys, and sees what an 80x24 screen shows."""

import contextlib
import ctypes
import fcntl
import os
import re
import signal
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte
from pexpect import fdpexpect

from tests.forks import Process, start
from tests.screens import EmulatedScreen

PATIENCE = 30.0  # seconds; a test waits for what it sees, and this long only when it fails
_DECIDES = re.compile(r"((?<!\x1b)\r|\x18y|\x1ba)")  # Enter, and the keys that run what may deceive
_NOT_YET = b"\x1b[?25l\x1b[5n"  # a drawing begins whose keys do not count yet: the cursor is hidden
_STATUS_QUERY = b"\x1b[5n"
_COUNTS = b"\x1b[?25h"  # the cursor is there again
_TEXT = re.compile(
    r"(?:\x1b(?:\[[\d;]*[@-~]|O.|.))|([^\x00-\x1f\x7f]{2})", re.DOTALL
)  # two characters at once
_BETWEEN_KEYS = 0.06  # seconds between two keys of a person, where it matters
_TIME_TO_LOOK = 0.6  # seconds between two deciding keys of a person who looks in between
_AFTER_PASTE = (
    0.55  # seconds after a text that was sent at once in which a key that decides may be a part of it
)
_IDLE = (
    0.06  # seconds; a program that rests so long has done all that it had to do because of the keys before
)
_READ_TIME = 0.5  # seconds in which a program that reads keys has read them

_libc = ctypes.CDLL(None)  # Python has ptsname from 3.13 on
_libc.ptsname.restype = ctypes.c_char_p


class Person:
    """A process on a pseudo-terminal of its own, and its screen."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: dict[str, str],
        folder: Path,
        columns: int = 80,
        lines: int = 24,
        *,
        cold: bool = False,
        answers: bool = True,
        background: str = "",
        wraps: bool = False,
    ) -> None:
        """Start it; `python -m …` as a fork of a process that has imported everything, unless it must be `cold`.

        With `answers`, the terminal answers queries by itself, and those for the colour of its `background` if it has
        one. If it `wraps`, rows that are too long for a narrower window continue on further rows.
        """
        self._background = background
        self.raw = b""
        self.read_at = 0.0  # seconds since the epoch: when the program last showed something
        self._typed_at = self._decided_at = self._heard_at = 0.0
        self._pasted = False
        reply = self._reply if answers else lambda _: None
        self._screen = EmulatedScreen(columns, lines, reply, wraps=wraps)
        self._stream = pyte.ByteStream(self._screen)
        master, slave = os.openpty()
        self._terminal: fdpexpect.fdspawn[bytes] = fdpexpect.fdspawn(master, timeout=PATIENCE)
        termios.tcsetwinsize(master, (lines, columns))
        self._process: Process = start(arguments, environment, folder, [slave] * 3, terminal=True, cold=cold)
        os.close(slave)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def has_line_mode(self) -> bool:
        """Whether the terminal still gives the program whole lines."""
        mode: int = termios.tcgetattr(self._terminal.child_fd)[3]
        return bool(mode & termios.ICANON)

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows keys by itself."""
        mode: int = termios.tcgetattr(self._terminal.child_fd)[3]
        return bool(mode & termios.ECHO)

    def type(self, keys: str) -> None:
        """Press keys as a person does; `\\r` is Enter, `\\x1b` Esc, `\\x03` Ctrl-C.

        No key is pressed before the screen shows that keys count, and none a second time. A key that decides comes a
        moment after the key before it, after a text when that cannot be a paste any more, and a second time only when
        there was time to look.
        """
        for part in filter(None, _DECIDES.split(keys)):
            self.waits_until_keys_count()
            self.waits_until_read()
            earliest = self._typed_at + _BETWEEN_KEYS
            if self._pasted and not part.isprintable():
                self._pasted = False
                earliest = max(self._typed_at, self._heard_at) + _AFTER_PASTE
            if _DECIDES.fullmatch(part):
                earliest = max(earliest, self._decided_at + _TIME_TO_LOOK)
            time.sleep(max(0.0, earliest - time.monotonic()))
            if self._pasted or not part.isprintable():
                self._waits_until_idle()  # or this is a part of what came before
            self.type_at_once(part)
            self.waits_until_read()
            self._note_typed(part)
            if _NOT_YET in self.raw:
                self._waits_until_idle(
                    asks=_STATUS_QUERY
                )  # a key that decides does so when the terminal has answered

    def answers_from_now_on(self) -> None:
        """Let the terminal answer queries by itself."""
        self._screen.reply = self._reply

    def waits_until_keys_count(self) -> None:
        """Wait until keys count at the question that the program has begun to draw, if it has begun one."""
        began = time.monotonic()
        with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT):
            while time.monotonic() < began + _READ_TIME:
                self._read(0.0)
        with contextlib.suppress(pexpect.EOF):
            deadline = began + PATIENCE
            while self.raw.rfind(_NOT_YET) > self.raw.rfind(_COUNTS):
                try:
                    self._read(deadline)
                except pexpect.TIMEOUT:
                    raise AssertionError(f"waited for keys to count:\n{self.everything}") from None

    def says(self, request: str) -> None:
        """Wait for the prompt of a conversation, and enter a request."""
        self.sees("^>$")
        self.type(request + "\r")

    def approves(self, command: str) -> None:
        """Wait for the question about what begins with `command`, and press Enter."""
        self.sees(r"\$ " + re.escape(command))
        self.type("\r")

    def type_at_once(self, keys: str) -> None:
        """Send keys faster than a person can, as a paste does on a terminal that does not mark one."""
        self._terminal.send(keys)
        self._note_typed(keys)

    def sends_in_pieces(self, *pieces: str) -> float:
        """Send what the terminal itself says, each piece when the one before was read; return how long that took."""
        began = time.monotonic()
        for piece in pieces:
            self.waits_until_read()
            self.type_at_once(piece)
        return time.monotonic() - began

    def _note_typed(self, keys: str) -> None:
        self._typed_at = time.monotonic()
        if _DECIDES.search(keys):
            self._decided_at = self._typed_at
        self._pasted |= any(match[1] for match in _TEXT.finditer(keys))

    def paste(self, text: str) -> None:
        """Paste `text` as a terminal does that knows bracketed paste, when keys count."""
        self.waits_until_keys_count()
        self.type_at_once(f"\x1b[200~{text}\x1b[201~")
        self.waits_until_read()
        self._pasted = True

    def paints(self, text: str) -> None:
        """Write to the terminal as another process of the same user can."""
        with open(_libc.ptsname(self._terminal.child_fd), "w", encoding="utf-8") as terminal:
            terminal.write(text)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal."""
        self._screen.resize(lines, columns)
        termios.tcsetwinsize(self._terminal.child_fd, (lines, columns))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        os.kill(self.pid, number)

    def hang_up(self) -> int:
        """Close the terminal, as when its window is closed, and return the exit status of the process."""
        self._terminal.close()
        return self._process.wait(PATIENCE)

    @property
    def screen(self) -> str:
        """What is on the screen, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def cells(self) -> Mapping[int, Mapping[int, pyte.screens.Char]]:
        """The cells of the screen by row and column, with their colours."""
        buffer: Mapping[int, Mapping[int, pyte.screens.Char]] = self._screen.buffer
        return buffer

    @property
    def everything(self) -> str:
        """What scrolled off the screen, and what is on it."""
        columns = range(self._screen.columns)
        above = [
            "".join(line[column].data for column in columns).rstrip() for line in self._screen.history.top
        ]
        return "\n".join([*above, self.screen])

    def sees(self, *patterns: str) -> str:
        """Wait until all regular expressions match what is on the screen, and return the screen."""
        return self._wait(
            lambda: all(re.search(pattern, self.screen, re.MULTILINE) for pattern in patterns),
            f"to see {patterns}",
        )

    def no_longer_sees(self, pattern: str) -> str:
        """Wait until a regular expression does not match the screen any more."""
        return self._wait(
            lambda: not re.search(pattern, self.screen, re.MULTILINE), f"to see no more {pattern!r}"
        )

    def waits(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds."""
        self._wait(condition, what)

    def reads(self, seconds: float) -> str:
        """Read what comes in this time, and return the screen."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(pexpect.TIMEOUT):
            while (left := deadline - time.monotonic()) > 0:
                self._read(time.monotonic() + left)
        return self.screen

    def leaves(self) -> int:
        """Wait for the end of the process and return its exit status, 128+n after signal n."""
        try:
            while True:
                self._read()
        except pexpect.EOF:
            status = self._process.wait(PATIENCE)
        except pexpect.TIMEOUT:
            raise AssertionError(f"waited for the end, but time was up:\n{self.everything}") from None
        return 128 - status if status < 0 else status

    def close(self) -> None:
        """End the process, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        self._terminal.close()

    def waits_until_read(self) -> bool:
        """Wait until the program has read what was typed; return False where it reads nothing now."""
        try:
            terminal = os.open(_libc.ptsname(self._terminal.child_fd), os.O_RDONLY | os.O_NOCTTY)
        except OSError:
            return False  # the program has ended
        try:
            deadline = time.monotonic() + _READ_TIME
            waiting = bytearray(4)
            while time.monotonic() < deadline:
                fcntl.ioctl(terminal, termios.FIONREAD, waiting)
                if not int.from_bytes(waiting, sys.byteorder):
                    return True
                time.sleep(0.002)
            return False
        finally:
            os.close(terminal)

    def _waits_until_idle(self, asks: bytes | None = None) -> None:
        """Wait until the program rests, so that a busy machine does not bring it the next key with the one before.

        Where it may ask its terminal something, read what it shows until it has done so, and answer.
        """
        state, times = Path(f"/proc/{self.pid}/stat"), Path(f"/proc/{self.pid}/schedstat")
        deadline = time.monotonic() + 5 * _READ_TIME
        since, known, read = time.monotonic(), "", len(self.raw)
        with contextlib.suppress(OSError, pexpect.EOF):
            while (now := time.monotonic()) < min(since + _IDLE, deadline):
                used = times.read_text().split()[0]
                if used != known or state.read_text().rpartition(")")[2].split()[0] != "S":
                    since, known = now, used
                if asks is None:
                    time.sleep(0.005)
                    continue
                with contextlib.suppress(pexpect.TIMEOUT):
                    self._read(now + 0.005)
                    since = now
                if asks in self.raw[max(0, read - len(asks) + 1) :]:
                    return

    def _wait(self, condition: Callable[[], bool], what: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            try:
                self._read(deadline)
            except (pexpect.TIMEOUT, pexpect.EOF) as end:
                if condition():
                    break
                how = "the program ended" if isinstance(end, pexpect.EOF) else "time was up"
                raise AssertionError(f"waited {what}, but {how}:\n{self.everything}") from None
        return self.screen

    def _read(self, deadline: float | None = None) -> None:
        timeout = PATIENCE if deadline is None else max(0.0, deadline - time.monotonic())
        chunk = self._terminal.read_nonblocking(65_536, timeout)
        self.read_at, self._heard_at = time.time(), time.monotonic()
        self.raw += chunk
        if self._background and b"\x1b]11;?" in chunk:
            self._reply(f"\x1b]11;rgb:{self._background}\x1b\\")
        self._stream.feed(chunk)

    def _reply(self, data: str) -> None:
        with contextlib.suppress(OSError):
            self._terminal.send(data)
