"""Three steps that wait at the same time, for the same class and without requirements."""

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Item(Event):
    name: str


class Counted(Event):
    name: str
    count: str


class Parallel(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Item | None:
        for name in ("apples", "pears", "plums"):
            ctx.send_event(Item(name=name))
        return None

    @step(num_workers=4)
    async def count(self, ctx: Context, ev: Item) -> Counted:
        answer = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix=f"How many {ev.name}?")
        )
        return Counted(name=ev.name, count=answer.response)

    @step
    async def end(self, ctx: Context, ev: Counted) -> StopEvent | None:
        counted = ctx.collect_events(ev, [Counted] * 3)
        return StopEvent(result={each.name: each.count for each in counted}) if counted else None


workflow = Parallel()
