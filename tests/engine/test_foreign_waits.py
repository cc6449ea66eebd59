"""Waits of other workflows take only the response to their own question, from the moment they begin."""

import asyncio

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

from hitl_cli.decisions import Respond
from hitl_cli.session.engine.run import EngineRun
from hitl_cli.session.progress import Asked, RunEvent


class Question(InputRequiredEvent):
    """Asks."""

    prefix: str


class Late(Event):
    """Begins the second wait."""


class Work(Event):
    """Something that takes long."""


class Said(Event):
    """What one of the waits got."""

    words: str


class TwoWaits(Workflow):
    """Two steps wait for the same class, the second some time after the first, while a third works."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.begins, self.ends = asyncio.Event(), asyncio.Event()

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> Said | Late | Work:
        """Ask first."""
        ctx.send_event(Late())
        ctx.send_event(Work())
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=Question(prefix="first"), timeout=0.01
        )
        return Said(words=f"first {answer.response}")

    @step
    async def late(self, ctx: Context, ev: Late) -> Said:
        """Ask second."""
        await self.begins.wait()
        answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=Question(prefix="second"))
        return Said(words=f"second {answer.response}")

    @step
    async def work(self, ev: Work) -> None:
        """Be busy."""
        await self.ends.wait()

    @step
    async def end(self, ctx: Context, ev: Said) -> StopEvent | None:
        """Report on both."""
        said = ctx.collect_events(ev, [Said] * 2)
        return StopEvent(result=sorted(each.words for each in said)) if said else None


async def test_wait_that_begins_while_a_person_thinks() -> None:
    """As another step is at work, the engine is not idle, and the second question is not asked yet.

    The engine would give its wait the answer to the first question, too.
    """
    workflow = TwoWaits()
    run = EngineRun.started(workflow, {}, None, None)

    async def read() -> None:
        async for event in run.events():
            if isinstance(event, Asked):
                assert event.request.text == "second"
                run.answer(Respond(event.request.request_id, {"response": "two"}))

    reading = asyncio.create_task(read())
    asked: list[RunEvent] = []
    async with asyncio.timeout(10):
        while not asked:  # longer than the time limit of the first wait
            await asyncio.sleep(0.02)
            asked = run.late_requests()
    (first,) = asked
    assert isinstance(first, Asked)
    workflow.begins.set()
    await asyncio.sleep(0.05)
    run.answer(Respond(first.request.request_id, {"response": "one"}))
    await asyncio.sleep(0.05)
    workflow.ends.set()
    assert await run.result() == ["first one", "second two"]
    await reading
