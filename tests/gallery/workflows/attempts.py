"""One step that asks until the answer is valid, and says each time what was wrong."""

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Attempts(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        problem = ""
        for attempt in range(10):
            answer = await ctx.wait_for_event(
                HumanResponseEvent,
                waiter_id=f"attempt {attempt}",
                waiter_event=InputRequiredEvent(prefix=f"{problem}An even number, please"),
                timeout=None,
            )
            if answer.response.isdecimal() and int(answer.response) % 2 == 0:
                return StopEvent(result=f"{answer.response} after {attempt + 1}")
            problem = f"{answer.response} is not even. "
        raise ValueError("no even number")


workflow = Attempts(timeout=None)
