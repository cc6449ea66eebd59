"""Asks the terminal for the colour of its background."""

import contextlib
import os
import re
import select
import termios
import time
from collections.abc import Mapping

from hitl_cli.environment import Terminal

_QUERY = b"\x1b]11;?\x1b\\\x1b[5n"  # the colour, then the status, which every terminal answers
_STATUS = b"\x1b[0n"
_COLOUR = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})[^\x07\x1b]*(?:\x07|\x1b\\)"
)
_TIMEOUT, _TIMEOUT_OF_A_LINE = 0.15, 0.6  # seconds; the second one over a network
_WITHOUT_COLOURS = ("", "dumb", "unknown", "linux")  # that console prints a part of the query


def is_background_light(terminal: Terminal | None) -> bool:
    """Return whether the background of `terminal` is light; False if it does not say so in time.

    The query is that of xterm's control sequences (OSC 11). Keys that are pressed meanwhile are kept in
    its reports. A late answer is discarded like any other reply of the terminal.
    """
    if terminal is None or os.environ.get("TERM", "") in _WITHOUT_COLOURS:
        return False
    heard = _answer(terminal, os.environ)
    match = _COLOUR.search(heard)
    terminal.reports.typed_ahead.extend(_COLOUR.sub(b"", heard).replace(_STATUS, b"", 1))
    if match is None:
        return False
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in match.groups())
    luma: float = 0.299 * red + 0.587 * green + 0.114 * blue  # of BT.601
    return luma > 0.5


def _answer(terminal: Terminal, variables: Mapping[str, str]) -> bytes:
    """Return what arrives until the terminal has answered, or until it is too late."""
    keys, screen = terminal.input.fileno(), terminal.output.fileno()
    heard = b""
    with contextlib.suppress(OSError, termios.error):
        if os.tcgetpgrp(keys) != os.getpgrp():
            return heard  # in the background, where using the terminal would stop the program
        before = termios.tcgetattr(keys)
        settings = termios.tcgetattr(keys)
        settings[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(keys, termios.TCSANOW, settings)
        try:
            os.write(screen, _QUERY)
            deadline = time.monotonic() + (_TIMEOUT_OF_A_LINE if "SSH_TTY" in variables else _TIMEOUT)
            while _STATUS not in heard and (left := deadline - time.monotonic()) > 0:
                if select.select([keys], [], [], left)[0]:
                    if not (chunk := os.read(keys, 4096)):
                        break
                    heard += chunk
        finally:
            termios.tcsetattr(keys, termios.TCSANOW, before)
    return heard
