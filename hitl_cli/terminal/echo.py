"""Controls the terminal's echo: it is off while no keys are read, so that they do not appear between drawings."""

import contextlib
import termios
from collections.abc import Iterator
from typing import Any

from hitl_cli.environment import Terminal


@contextlib.contextmanager
def without_echo(terminal: Terminal) -> Iterator[None]:
    """Turn off echo while the block runs; Ctrl-C still interrupts."""
    settings = list(terminal.line_settings)
    settings[3] &= ~termios.ECHO
    with _set(terminal, settings):
        yield


@contextlib.contextmanager
def as_found(terminal: Terminal) -> Iterator[None]:
    """Use the terminal settings from before the program started while the block runs."""
    with _set(terminal, terminal.line_settings):
        yield


def discard_keys(terminal: Terminal) -> None:
    """Discard keys that were pressed and not read."""
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
