"""An order with a field of each kind, and a rule about two of them."""

from datetime import date
from enum import Enum
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Address(BaseModel):
    street: str
    code: int


class Order(HumanResponseEvent):
    size: Size = Size.LARGE
    finish: Literal["matte", "glossy"]
    copies: int = Field(ge=1, le=50, description="At most 50")
    due: date | None = None
    tags: list[str] = []
    address: Address
    express: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.express and self.due is None:
            raise ValueError("an express order needs a due date")
        return self


class Shop(Workflow):
    @step
    async def order(self, ctx: Context, ev: StartEvent) -> StopEvent:
        answer = await ctx.wait_for_event(
            Order, waiter_event=InputRequiredEvent(prefix="Your order"), timeout=None
        )
        return StopEvent(result=answer.model_dump(mode="json"))


shop = Shop()
