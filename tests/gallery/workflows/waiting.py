"""A step that waits, under a time limit that is shorter than a person thinks."""

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Waiting(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Delete 3 files?")
        )
        return StopEvent(result=f"decided {answer.response}")


flow = Waiting(timeout=5)
