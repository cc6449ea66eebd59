"""Whether the terminal shows keys by itself: not while nobody reads them, or they would stand between what is drawn."""

import contextlib
import termios
from collections.abc import Iterator
from typing import Any

from hitl_cli.environment import Terminal


@contextlib.contextmanager
def without_echo(terminal: Terminal) -> Iterator[None]:
    """Have the terminal show no keys by itself while the block runs; Ctrl-C interrupts as ever."""
    settings = list(terminal.line_settings)
    settings[3] &= ~termios.ECHO
    with _set(terminal, settings):
        yield


@contextlib.contextmanager
def as_found(terminal: Terminal) -> Iterator[None]:
    """Give the terminal the settings that it had before the program began while the block runs."""
    with _set(terminal, terminal.line_settings):
        yield


def discard_keys(terminal: Terminal) -> None:
    """Drop the keys that were pressed and that nobody has read."""
    with contextlib.suppress(termios.error):
        termios.tcflush(terminal.input.fileno(), termios.TCIFLUSH)


@contextlib.contextmanager
def _set(terminal: Terminal, settings: list[Any]) -> Iterator[None]:
    descriptor = terminal.input.fileno()
    before = None
    with contextlib.suppress(termios.error):
        before = termios.tcgetattr(descriptor)
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    try:
        yield
    finally:
        if before is not None:
            with contextlib.suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(descriptor, termios.TCSANOW, before)
