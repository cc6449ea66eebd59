"""The events of a run in the order in which its session handles them: the engine's, the session's own, and silence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from hitl_cli.session.engine.run import EngineRun
from hitl_cli.session.patience import WorkTime
from hitl_cli.session.progress import Progress, Quiet, RunEvent

_QUIET = 1.0  # seconds without an event after which a question is asked although some step is still at work


class RunEvents:
    """Queues what happens in the current run, and ends a run whose workflow has used its own time limit."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        self._work_time = WorkTime(None)
        self._notice = ""

    def add(self, event: RunEvent) -> None:
        """Add an event that does not come from the engine."""
        self._queue.put_nowait(event)

    def new_notice(self) -> str:
        """Return what a person should know about the time limit of the run; empty if this was returned before."""
        before, self._notice = self._notice, self._work_time.told
        return self._notice if self._notice != before else ""

    @contextlib.asynccontextmanager
    async def followed(self, engine: EngineRun) -> AsyncIterator[None]:
        """Inside the block, queue the events of `engine`; after it, drop those that were not handled."""
        self._work_time = WorkTime(engine.time_limit)
        pumping = asyncio.create_task(_pump(engine, self._queue))
        try:
            yield
        finally:
            pumping.cancel()
            self._queue = asyncio.Queue()

    async def next(self, engine: EngineRun, progress: Progress, foreground: asyncio.Lock) -> RunEvent | None:
        """Return the next event, or None after the last one; wait for it while a command holds `foreground`.

        Raises:
            WorkflowError: The workflow has worked as long as its own time limit allows.
        """
        while True:
            try:
                with self._work_time.counted(counts=not foreground.locked()):
                    async with asyncio.timeout(self._work_time.within(_QUIET)):
                        return await self._queue.get()
            except TimeoutError:
                self._work_time.check()
                if foreground.locked():
                    continue
                if late := engine.late_requests():
                    for each in late:
                        self._queue.put_nowait(each)
                    continue
                if progress.has_questions:
                    return Quiet()
                if unread := engine.unread_question():
                    return unread


async def _pump(engine: EngineRun, queue: "asyncio.Queue[RunEvent | None]") -> None:
    try:
        async for event in engine.events():
            queue.put_nowait(event)
    finally:
        queue.put_nowait(None)
