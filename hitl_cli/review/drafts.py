"""What a person has made of a proposal and not decided on yet, told while they type."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from prompt_toolkit.buffer import Buffer

_PAUSE = 0.3  # seconds without a key after which a draft is told


@contextlib.contextmanager
def told(buffer: Buffer, on_edit: Callable[[str], None]) -> Iterator[None]:
    """Call `on_edit` with the text of `buffer` a moment after it has changed, and once more when the block is left."""
    known = buffer.text
    later: asyncio.TimerHandle | None = None

    def tell() -> None:
        nonlocal known
        if buffer.text != known:
            known = buffer.text
            on_edit(known)

    def changed(_: Buffer) -> None:
        nonlocal later
        if later is not None:
            later.cancel()
        later = asyncio.get_running_loop().call_later(_PAUSE, tell)

    buffer.on_text_changed += changed
    try:
        yield
    finally:
        buffer.on_text_changed -= changed
        if later is not None:
            later.cancel()
        tell()
