"""Typed state, which a step that waits changes before and after it asks."""

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Basket(BaseModel):
    items: list[str] = Field(default_factory=list)
    total: float = 0.0


class Added(Event):
    pass


class Price(HumanResponseEvent):
    price: float = Field(gt=0)


class Shopping(Workflow):
    @step
    async def add(self, ctx: Context[Basket], ev: StartEvent) -> Added:
        async with ctx.store.edit_state() as basket:
            basket.items += ["bread", "milk"]
        return Added()

    @step
    async def price(self, ctx: Context[Basket], ev: Added) -> StopEvent:
        basket = await ctx.store.get_state()
        for item in basket.items:
            answer = await ctx.wait_for_event(
                Price,
                waiter_id=f"price of {item}",
                waiter_event=InputRequiredEvent(prefix=f"What does {item} cost?"),
                timeout=None,
            )
            basket.total += answer.price
        return StopEvent(result=f"{', '.join(basket.items)}: {basket.total:.2f}")


shopping = Shopping(timeout=120)
