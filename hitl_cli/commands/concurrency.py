"""Work beside the event loop, and tasks that end together."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Call `function` in a thread that does not hold up the end of the program, as the threads of asyncio do."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(outcome: T | None, problem: BaseException | None) -> None:
        if future.done():
            return
        if problem is not None:
            future.set_exception(problem)
        else:
            future.set_result(outcome)  # type: ignore[arg-type]

    def work() -> None:
        try:
            outcome, problem = function(), None
        except BaseException as caught:  # noqa: BLE001  (whoever awaits the future gets it)
            outcome, problem = None, caught
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome, problem)

    threading.Thread(target=work, daemon=True, name="hitl-load").start()
    return await future


async def first_of(*tasks: "asyncio.Task[T]") -> None:
    """Wait until one of the tasks is done."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def cancelled(task: "asyncio.Task[str]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, EOFError):
        await task
