"""A child workflow that asks, and a parent that does not pass its question on."""

from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Child(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Which colour?")

    @step
    async def end(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"it is {ev.response}")


class Parent(Workflow):
    @step
    async def delegate(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await Child(timeout=None).run())


parent = Parent(timeout=None)
