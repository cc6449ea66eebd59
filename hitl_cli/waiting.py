"""Waiting for work in a thread, and for the first of several tasks."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Call `function` in a daemon thread, which does not delay the end of the program as asyncio's threads do."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(set_outcome: Callable[[Any], None], outcome: Any) -> None:
        if not future.done():
            set_outcome(outcome)

    def work() -> None:
        outcome: tuple[Callable[[Any], None], Any]
        try:
            outcome = (future.set_result, function())
        except BaseException as problem:  # noqa: BLE001  (the future re-raises it)
            outcome = (future.set_exception, problem)
        with contextlib.suppress(RuntimeError):  # the loop is closed; nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, daemon=True, name="hitl-work").start()
    return await future


async def wait_for_first(*tasks: "asyncio.Task[Any]") -> None:
    """Wait until one of `tasks` has ended."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
