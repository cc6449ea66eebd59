"""The person's terminal, as a guardian brings it back when the program has died."""

import os
import termios
from typing import Any

from .messages import to_bytes, to_text


def to_message(settings: list[Any]) -> list[Any]:
    """Return line settings (see `termios.tcgetattr`) as they travel in a message."""
    return [*settings[:6], [to_text(each) if isinstance(each, bytes) else each for each in settings[6]]]


class PersonTerminal:
    """An open terminal with the line settings that it had before the command; without a descriptor, nothing at all.

    `repair` is what is to be written to it to undo what the command has changed.
    """

    def __init__(self, descriptor: int | None, line_settings: list[Any] | None) -> None:
        """Take `line_settings` as `to_message` gives them."""
        self.repair = b""
        self._descriptor = descriptor
        self._settings: list[Any] | None = None
        if line_settings is not None:
            characters = [to_bytes(each) if isinstance(each, str) else each for each in line_settings[6]]
            self._settings = [*line_settings[:6], characters]

    def restore(self) -> None:
        """Bring it back, once."""
        if self._descriptor is None:
            return
        try:
            if self._settings is not None:
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._settings)
            os.write(self._descriptor, self.repair)
        except (OSError, termios.error):
            pass  # the terminal is gone, and there is nothing to repair
        self.release()

    def release(self) -> None:
        """Have nothing more to do with it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
