"""The handlers of Ctrl-C: a stack, of which the latest is called."""

import contextlib
from collections.abc import Callable, Iterator


class Interrupts:
    """A stack of interrupt handlers."""

    def __init__(self) -> None:
        self._stack: list[Callable[[], None]] = []

    @contextlib.contextmanager
    def handled_by(self, handler: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call `handler` on an interrupt, unless another handler was added after it."""
        self._stack.append(handler)
        try:
            yield
        finally:
            self._stack.remove(handler)

    def interrupt(self) -> None:
        """Call the latest handler, if there is one."""
        if self._stack:
            self._stack[-1]()
