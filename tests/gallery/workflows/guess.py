"""The same question again until the answer is right."""

from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Guess(Workflow):
    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Guess a number")

    @step
    async def check(self, ev: HumanResponseEvent) -> InputRequiredEvent | StopEvent:
        if ev.response != "7":
            return InputRequiredEvent(prefix="Guess a number")
        return StopEvent(result="seven it is")


workflow = Guess()
