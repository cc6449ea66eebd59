"""Who is told when the person presses Ctrl-C: whatever is going on at that moment."""

import contextlib
from collections.abc import Callable, Iterator


class Interrupts:
    """A stack of things that can be interrupted; the latest is told."""

    def __init__(self) -> None:
        self._stack: list[Callable[[], None]] = []

    @contextlib.contextmanager
    def told_to(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` when an interrupt comes while the block runs and nothing began within it."""
        self._stack.append(listener)
        try:
            yield
        finally:
            self._stack.remove(listener)

    def interrupt(self) -> None:
        """Tell the latest listener; without one, nothing happens."""
        if self._stack:
            self._stack[-1]()
