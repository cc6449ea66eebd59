"""Questions that are written to the stream before the step waits for their answers."""

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Written(Workflow):
    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(InputRequiredEvent(prefix="First name?", user_name="Laurie"))
        first = await ctx.wait_for_event(
            HumanResponseEvent, waiter_id="first", requirements={"user_name": "Laurie"}
        )
        ctx.write_event_to_stream(InputRequiredEvent(prefix="Last name?", user_name="Laurie"))
        last = await ctx.wait_for_event(
            HumanResponseEvent, waiter_id="last", requirements={"user_name": "Laurie"}
        )
        return StopEvent(result=[first.response, last.response, last.user_name])


w = Written()
