"""A child workflow that asks; its parent passes the question on, and the answer back."""

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.handler import WorkflowHandler


class Child(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix=f"Which colour for the {ev.get('what')}?")

    @step
    async def end(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"it is {ev.response}")


class Parent(Workflow):
    def __init__(self, child: Workflow, **options) -> None:
        super().__init__(**options)
        self.child = child
        self.running: WorkflowHandler | None = None

    @step
    async def delegate(self, ctx: Context, ev: StartEvent) -> StopEvent:
        self.running = self.child.run(what="door")
        async for event in self.running.stream_events():
            if isinstance(event, InputRequiredEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=f"The child says: {await self.running}")

    @step
    async def relay(self, ev: HumanResponseEvent) -> None:
        assert self.running is not None
        self.running.ctx.send_event(ev)


def create_workflow() -> Parent:
    return Parent(Child(timeout=None), timeout=None)
