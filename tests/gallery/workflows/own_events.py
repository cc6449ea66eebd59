"""The one workflow of the gallery that uses the events of hitl, with a dict for the data of its question."""

from typing import Any, ClassVar

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

from hitl_cli import HumanInputEvent, HumanResponseEvent


class Seats(HumanResponseEvent):
    seats: int


class SeatsQuestion(HumanInputEvent[Any]):
    response_type: ClassVar[type[HumanResponseEvent]] = Seats
    event_type: str = "seats"


class Booking(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> SeatsQuestion:
        return SeatsQuestion(data={"prefix": "How many seats?", "row": "F"})

    @step
    async def book(self, ev: Seats) -> StopEvent:
        return StopEvent(result=f"{ev.seats} seats in row F")


workflow = Booking(timeout=None)
