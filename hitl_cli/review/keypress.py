"""One key, for a question with a few answers."""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import Collection

from hitl_cli.environment import Terminal


async def pressed(terminal: Terminal, keys: Collection[str]) -> str:
    """Wait for one of `keys`, pressed by itself and after now, and return it; the empty text at the end of input."""
    descriptor = terminal.input.fileno()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        try:
            data = os.read(descriptor, 64)
        except OSError:
            data = b""
        key = data.decode("utf-8", "replace")
        if not answer.done() and (not data or key in keys):
            answer.set_result(key)

    settings = None
    with contextlib.suppress(termios.error):
        settings = termios.tcgetattr(descriptor)
        tty.setraw(descriptor, termios.TCSAFLUSH)
    loop.add_reader(descriptor, read)
    try:
        return await answer
    finally:
        loop.remove_reader(descriptor)
        if settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(descriptor, termios.TCSAFLUSH, settings)
