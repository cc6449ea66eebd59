"""Choices that the workflow makes while it runs, and their answer as text and as an enumeration."""

from enum import StrEnum

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Speed(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class Pick(InputRequiredEvent):
    prompt: str
    options: list[str]


class Picked(HumanResponseEvent):
    option: str
    speed: Speed = Speed.FAST


class Picking(Workflow):
    @step
    async def offer(self, ctx: Context, ev: StartEvent) -> Pick:
        options = ["train", "boat"]
        await ctx.store.set("options", options)
        return Pick(prompt="How do you travel?", options=options)

    @step
    async def take(self, ctx: Context, ev: Picked) -> Pick | StopEvent:
        options = await ctx.store.get("options")
        if ev.option not in options:
            return Pick(prompt=f"There is no {ev.option}. How do you travel?", options=options)
        return StopEvent(result=f"{ev.option}, {ev.speed}")


workflow = Picking(timeout=None)
