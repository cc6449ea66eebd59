"""Restores the person's terminal when the program has died."""

import os
import termios
from typing import Any

from .messages import to_bytes, to_text
from .shared_repair import SharedRepair


def to_message(settings: list[Any]) -> list[Any]:
    """Return line settings (see `termios.tcgetattr`) in the form that a message can contain."""
    return [*settings[:6], [to_text(each) if isinstance(each, bytes) else each for each in settings[6]]]


class PersonTerminal:
    """An open terminal with its line settings from before the command; without a descriptor, it does nothing."""

    def __init__(
        self,
        descriptor: int | None,
        line_settings: list[Any] | None,
        repair_store: SharedRepair | None = None,
    ) -> None:
        """Take `line_settings` as `to_message` returns them; `repair_store` is updated with each change."""
        self._descriptor = descriptor
        self._line_settings = line_settings
        self._repair_store = repair_store
        self._repair = ""
        self.repair_with("")

    def repair_with(self, repair: str) -> None:
        """Set the sequence that undoes what the command changed, encoded as in a message."""
        self._repair = repair
        if self._repair_store is not None and self._descriptor is not None:
            self._repair_store.store({"line_settings": self._line_settings, "repair": repair})

    def restore(self) -> None:
        """Restore the terminal, once, and release it."""
        if self._descriptor is not None:
            restored(self._descriptor, {"line_settings": self._line_settings, "repair": self._repair})
        self.release()

    def release(self) -> None:
        """Close the terminal without restoring it."""
        if self._repair_store is not None:
            self._repair_store.clear()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def restored(terminal: int, repair: dict[str, Any]) -> None:
    """Restore the line settings of `terminal`, discard typed input, and write the repair sequence."""
    settings = repair["line_settings"]
    try:
        if settings is not None:
            characters = [to_bytes(each) if isinstance(each, str) else each for each in settings[6]]
            termios.tcsetattr(terminal, termios.TCSANOW, [*settings[:6], characters])
            termios.tcflush(terminal, termios.TCIFLUSH)
        os.write(terminal, to_bytes(repair["repair"]))
    except (OSError, termios.error):
        pass  # the terminal is gone, and there is nothing to repair
