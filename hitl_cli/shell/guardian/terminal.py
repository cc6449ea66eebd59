"""The person's terminal, as a guardian brings it back when the program has died."""

import os
import termios
from typing import Any

from .last_watch import LastWatch
from .messages import to_bytes, to_text


def to_message(settings: list[Any]) -> list[Any]:
    """Return line settings (see `termios.tcgetattr`) as they travel in a message."""
    return [*settings[:6], [to_text(each) if isinstance(each, bytes) else each for each in settings[6]]]


class PersonTerminal:
    """An open terminal with the line settings that it had before the command; without a descriptor, nothing at all."""

    def __init__(
        self, descriptor: int | None, line_settings: list[Any] | None, watch: LastWatch | None = None
    ) -> None:
        """Take `line_settings` as `to_message` gives them; `watch` is kept up to date."""
        self._descriptor = descriptor
        self._line_settings = line_settings
        self._watch = watch
        self._repair = ""
        self.repair_with("")

    def repair_with(self, repair: str) -> None:
        """Take what is to be written to undo what the command has changed, as it travels in a message."""
        self._repair = repair
        if self._watch is not None and self._descriptor is not None:
            self._watch.note({"line_settings": self._line_settings, "repair": repair})

    def restore(self) -> None:
        """Bring it back, once."""
        if self._descriptor is not None:
            restored(self._descriptor, {"line_settings": self._line_settings, "repair": self._repair})
        self.release()

    def release(self) -> None:
        """Have nothing more to do with it."""
        if self._watch is not None:
            self._watch.end()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def restored(terminal: int, repair: dict[str, Any]) -> None:
    """Bring back the line settings of `terminal`, drop what was typed, and write what undoes the rest."""
    settings = repair["line_settings"]
    try:
        if settings is not None:
            characters = [to_bytes(each) if isinstance(each, str) else each for each in settings[6]]
            termios.tcsetattr(terminal, termios.TCSANOW, [*settings[:6], characters])
            termios.tcflush(terminal, termios.TCIFLUSH)
        os.write(terminal, to_bytes(repair["repair"]))
    except (OSError, termios.error):
        pass  # the terminal is gone, and there is nothing to repair
