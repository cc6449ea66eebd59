"""Two waits at the same time, each of which picks its answer by a field of the question."""

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class User(Event):
    user: str


class Said(Event):
    line: str


class Answer(HumanResponseEvent):
    user: str
    colour: str


class Users(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> User | None:
        for user in ("ann", "bob"):
            ctx.send_event(User(user=user))
        return None

    @step
    async def ask(self, ctx: Context, ev: User) -> Said:
        answer = await ctx.wait_for_event(
            Answer,
            waiter_event=InputRequiredEvent(prefix=f"Colour for {ev.user}?", user=ev.user),
            requirements={"user": ev.user},
        )
        return Said(line=f"{answer.user} likes {answer.colour}")

    @step
    async def end(self, ctx: Context, ev: Said) -> StopEvent | None:
        said = ctx.collect_events(ev, [Said] * 2)
        return StopEvent(result=", ".join(each.line for each in said)) if said else None


workflow = Users()
