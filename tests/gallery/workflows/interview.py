"""Two kinds of questions with an answer class each, asked by two steps."""

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class NameQuestion(InputRequiredEvent):
    prefix: str = "Who are you?"


class NameAnswer(HumanResponseEvent):
    name: str


class AgeQuestion(InputRequiredEvent):
    prefix: str = "How old are you?"


class AgeAnswer(HumanResponseEvent):
    age: int


class Interview(Workflow):
    @step
    async def begin(self, ev: StartEvent) -> NameQuestion:
        return NameQuestion()

    @step
    async def named(self, ctx: Context, ev: NameAnswer) -> AgeQuestion:
        await ctx.store.set("name", ev.name)
        return AgeQuestion()

    @step
    async def aged(self, ctx: Context, ev: AgeAnswer) -> StopEvent:
        return StopEvent(result=f"{await ctx.store.get('name')} is {ev.age}")


interview = Interview()
