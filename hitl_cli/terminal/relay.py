"""Connects a command with the person's terminal: relays keys and output, and restores the terminal afterwards."""

import asyncio
import contextlib
import os
import re
import select
import signal
import termios
import time
import tty
from functools import partial
from itertools import cycle
from typing import Any

from rich.cells import cell_len, set_cell_size

from hitl_cli.environment import Terminal
from hitl_cli.shell.result import TERMINAL_CLOSED
from hitl_cli.shell.running import RunningCommand
from hitl_cli.terminal.flood import Flood
from hitl_cli.terminal.late_answers import LateAnswers
from hitl_cli.terminal.modes import TerminalModes
from hitl_cli.terminal.reflow import erase_above, wraps_again
from hitl_cli.terminal.replies import in_legacy_notation
from hitl_cli.terminal.resets import Resets
from hitl_cli.text import charset
from hitl_cli.text.visible import visible

BACKGROUND_KEY = b"\x1d"
"""Ctrl-]; a program that reads single keys, such as an editor or a pager, gets it like any other key."""

_SILENCE = 1.0  # seconds without output before the status line is shown
_TICK = 0.1
_OUTPUT_PROCESSING = 0.001  # seconds without output before the command's terminal adds carriage returns again
_FLOOD_OVER = 0.05  # seconds without output after which a flood is over
_SLOW = 0.1  # seconds; if showing one piece of output takes longer, the terminal is too slow
_PIECE = 4096
_COLUMNS = 80  # if the terminal does not report its size
_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_STILL_RUNNING = "[still running; press Ctrl-C again to end it and all its processes]"
_SUSPENDED = "[Ctrl-Z does not suspend a command here; Ctrl-] sends it to the background]"


class Relay:
    """Connects one command with the person's terminal, until `give_back`."""

    def __init__(
        self, terminal: Terminal, running: RunningCommand, name: str, answers: LateAnswers, *, plain: bool
    ) -> None:
        """Take the terminal, its name as in TERM, and its `LateAnswers`.

        With `plain`, only the command's output is shown.
        """
        self._keys = terminal.input.fileno()
        self._screen = terminal.output.fileno()
        self._plain = plain
        self._running = running
        self._process = running.process
        self._loop = asyncio.get_running_loop()
        is_utf8 = terminal.output.encoding.lower().replace("-", "") == "utf8"
        self._modes = TerminalModes(is_utf8=is_utf8)
        self._resets = Resets(name, is_utf8=is_utf8)
        self._answers = answers
        self._repair = b""
        self._flood = Flood()
        self._title_saved = False
        self._interrupts = 0
        self._remind_at = float("inf")
        self._output_at = time.monotonic()
        self._status_cells = 0  # its length, 0 while it is not shown
        self._wraps = partial(wraps_again, terminal)
        self._frames = cycle(_FRAMES)
        self._last_byte = b""
        self._unprocessed = False  # the command's terminal does not add carriage returns at the moment
        self._was_unprocessed = False
        self._closed = False
        self._process.on_suspend = self._suspended
        terminal.output.flush()
        self._settings: list[Any] | None = None
        with contextlib.suppress(termios.error):
            self._settings = termios.tcgetattr(self._keys)
            tty.setraw(self._keys, termios.TCSANOW)
        self._loop.add_reader(self._keys, self._typed)
        self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        self._processing_again: asyncio.TimerHandle | None = None
        self._flood_over: asyncio.TimerHandle | None = None
        self._size: os.terminal_size | None = None
        self._resized()
        self._note_repair()
        self._ticking = self._loop.call_later(_TICK, self._tick)

    def show(self, chunk: bytes) -> None:
        """Show what the command printed."""
        now = time.monotonic()
        self._output_at = now
        self._erase_status()
        settings = self._process.line_settings()
        line_by_line = _is_line_by_line(settings)
        self._modes.adds_returns = self._was_unprocessed and line_by_line
        changed = self._modes.feed(chunk)
        if self._modes.has_sequences and not self._title_saved:
            self._title_saved = True
            self._modes.note_title_saved()
            self._write(self._resets.save_title())
        if changed:
            self._note_repair()
        if not line_by_line:
            self._interrupts = 0
        may_thin = line_by_line and not self._modes.alternate and not changed
        shown = self._flood.take(chunk, now, may_thin)
        if may_thin:
            rest = self._print_while_fast(shown)
            if rest:
                self._flood.hold(rest)
        else:
            self._print(shown, line_by_line)
        if self._flood.lasts:
            self._stop_processing(settings)
            self._flood_over = self._later(self._flood_over, _FLOOD_OVER, self._end_flood)

    def give_back(self) -> None:
        """Restore the terminal, and discard late input and replies."""
        self._loop.remove_reader(self._keys)
        self._loop.remove_signal_handler(signal.SIGWINCH)
        for timer in (self._ticking, self._processing_again, self._flood_over):
            if timer is not None:
                timer.cancel()
        self._process.on_suspend = lambda: None
        self._process_again()
        self._erase_status()
        self._print(self._flood.end(), True)
        # In plain mode the program sends no sequences, and needs no reset if the command sent none.
        untouched = self._plain and not self._modes.has_sequences
        self._write(self._modes.line_end if untouched else self._reset(self._modes.line_end))
        if self._modes.asked and not self._closed:
            self._answers.drop(self._keys, self._write)
        if self._settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keys, termios.TCSAFLUSH, self._settings)
        self._process.release_terminal()

    def _reset(self, line_end: bytes) -> bytes:
        columns = self._size.columns if self._size is not None else _COLUMNS
        return self._resets.reset(self._modes.changed, columns, line_end)

    def _note_repair(self) -> None:
        """Tell the guardian how to repair the terminal if the program dies."""
        repair = self._reset(b"\r\n")
        if repair != self._repair:
            self._repair = repair
            self._process.repair_with(repair)

    def _typed(self) -> None:
        try:
            keys = os.read(self._keys, 4096)
        except BlockingIOError:
            return
        except OSError:
            keys = b""
        if not keys:
            self._terminal_closed()
            return
        self._erase_status()
        settings = self._process.line_settings()
        if _is_line_by_line(settings):
            assert settings is not None
            keys = in_legacy_notation(keys)  # the command may have switched the terminal to another notation
            if keys == BACKGROUND_KEY:
                self._running.send_to_background()
                return
            if settings[3] & termios.ISIG and settings[6][termios.VINTR] in keys:
                self._interrupts += keys.count(settings[6][termios.VINTR])
                if self._interrupts > 1:
                    self._running.end()
                    return
                self._remind_at = time.monotonic() + _SILENCE
        self._process.type(keys)

    def _resized(self) -> None:
        size = _size_of(self._screen)
        if size is not None and size != self._size:
            self._size = size
            self._erase_status()
            self._process.resize(size)

    def _suspended(self) -> None:
        self._tell(_SUSPENDED)

    def _tell(self, text: str) -> None:
        if not self._modes.alternate:
            self._erase_status()
            self._write(b"\r\n\x1b[0m%s\r\n" % charset.encoded(text))
            self._modes.note_line_start()

    def _print(self, data: bytes, line_by_line: bool) -> None:
        if not data:
            return
        if self._was_unprocessed and line_by_line:
            data = _BARE_NEWLINE.sub(b"\r\n", self._last_byte + data)[len(self._last_byte) :]
        self._last_byte = data[-1:]
        self._write(data)

    def _print_while_fast(self, data: bytes) -> bytes:
        """Show `data` while the terminal is fast enough; return the rest."""
        deadline = time.monotonic() + _SLOW
        for start in range(0, len(data), _PIECE):
            if time.monotonic() > deadline:
                return data[start:]
            self._print(data[start : start + _PIECE], True)
        return b""

    def _write(self, data: bytes) -> None:
        while data and not self._closed:
            try:
                data = data[os.write(self._screen, data) :]
            except BlockingIOError:
                select.select([], [self._screen], [])
            except OSError:
                self._terminal_closed()

    def _terminal_closed(self) -> None:
        self._closed = True
        self._loop.remove_reader(self._keys)
        self._running.end_because(TERMINAL_CLOSED)

    # A pseudo-terminal adds carriage returns one newline at a time, which is the bottleneck of a flood. During a flood,
    # this class adds them instead.

    def _stop_processing(self, settings: list[Any] | None) -> None:
        if not self._unprocessed and settings and settings[1] == termios.OPOST | termios.ONLCR:
            self._unprocessed = self._was_unprocessed = True
            self._process.set_line_settings([settings[0], settings[1] & ~termios.OPOST, *settings[2:]])
        if self._unprocessed:
            self._processing_again = self._later(
                self._processing_again, _OUTPUT_PROCESSING, self._process_again
            )

    def _process_again(self) -> None:
        if self._unprocessed:
            self._unprocessed = False
            settings = self._process.line_settings()
            if settings and settings[1] == termios.ONLCR:
                self._process.set_line_settings([settings[0], settings[1] | termios.OPOST, *settings[2:]])

    def _end_flood(self) -> None:
        self._print(self._flood.end(), True)

    def _later(self, timer: asyncio.TimerHandle | None, seconds: float, action: Any) -> asyncio.TimerHandle:
        if timer is not None:
            timer.cancel()
        return self._loop.call_later(seconds, action)

    def _tick(self) -> None:
        self._ticking = self._loop.call_later(_TICK, self._tick)
        self._resized()  # the signal may arrive before the new size can be read
        now = time.monotonic()
        silent = now - self._output_at >= _SILENCE
        settings = self._process.line_settings()
        if now >= self._remind_at:
            self._remind_at = float("inf")
            if self._interrupts == 1 and _is_line_by_line(settings):
                self._tell(_STILL_RUNNING)
        if (
            silent
            and self._modes.at_line_start
            and not (self._modes.roams or self._modes.alternate or self._flood.lasts or self._plain)
            and _is_line_by_line(settings)
            and settings
            and settings[3] & termios.ECHO
        ):
            self._draw_status()

    def _draw_status(self) -> None:
        if self._size is None:
            return
        columns = self._size.columns
        keys = f" · {int(self._running.seconds)} s · Ctrl-C stop · Ctrl-] background"
        room = max(columns - len(keys) - 3, 0)
        what = visible(f"running {self._running.command}", single_line=True)
        if cell_len(what) > room:
            what = set_cell_size(what, max(room - 1, 0)) + "…"
        line = set_cell_size(f"{next(self._frames)} {what}{keys}", max(columns - 1, 0)).rstrip()
        self._erase_status()
        self._status_cells = cell_len(line)
        self._write(b"\r\x1b[2K\x1b[0m%s" % charset.encoded(line))

    def _erase_status(self) -> None:
        if self._status_cells:
            columns = self._size.columns if self._size is not None else _COLUMNS
            wrapped = (self._status_cells - 1) // columns if self._status_cells and self._wraps() else 0
            self._status_cells = 0
            self._write(erase_above(wrapped) if wrapped else b"\r\x1b[2K")


def _is_line_by_line(settings: list[Any] | None) -> bool:
    """Whether a terminal with these settings is in canonical mode: its program reads lines, not single keys."""
    return settings is not None and bool(settings[3] & termios.ICANON)


def _size_of(terminal: int) -> os.terminal_size | None:
    with contextlib.suppress(OSError):
        return os.get_terminal_size(terminal)
    return None
