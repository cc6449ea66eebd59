"""A trip: dates and times, lists, nested models, and fields that may be empty."""

from datetime import date, datetime, time

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Stop(BaseModel):
    city: str
    nights: int = 1


class Trip(HumanResponseEvent):
    leave: date
    at: time | None = None
    back: datetime | None = None
    stops: list[Stop] = Field(min_length=1)
    people: list[str] = Field(default_factory=list)
    days: list[int] = [1, 2]
    budget: float | None = None


class Planner(Workflow):
    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> StopEvent:
        trip = await ctx.wait_for_event(
            Trip, waiter_event=InputRequiredEvent(prefix="Plan the trip"), timeout=None
        )
        return StopEvent(result=trip.model_dump(mode="json"))


planner = Planner()
