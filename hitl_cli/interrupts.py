"""What Ctrl-C interrupts: a stack of handlers, of which the latest is called."""

import contextlib
from collections.abc import Callable, Iterator


class Interrupts:
    """A stack of interrupt handlers."""

    def __init__(self) -> None:
        self._stack: list[Callable[[], None]] = []

    @contextlib.contextmanager
    def handled_by(self, handler: Callable[[], None]) -> Iterator[None]:
        """Inside the block, have `handler` called on an interrupt, unless another one was added after it."""
        self._stack.append(handler)
        try:
            yield
        finally:
            self._stack.remove(handler)

    def interrupt(self) -> None:
        """Call the latest handler, if there is one."""
        if self._stack:
            self._stack[-1]()
