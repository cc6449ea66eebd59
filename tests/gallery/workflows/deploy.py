"""A command that can only be approved as it is, with a reason for a rejection."""

from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class DeployRequest(InputRequiredEvent):
    command: str
    host: str


class DeployVerdict(HumanResponseEvent):
    approved: bool
    feedback: str | None = None


class Deploy(Workflow):
    @step
    async def plan(self, ev: StartEvent) -> DeployRequest:
        return DeployRequest(prefix="The release is ready.", host="web1", command="rsync -a site/ web1:/srv")

    @step
    async def act(self, ev: DeployVerdict) -> StopEvent:
        return StopEvent(result="deployed" if ev.approved else f"not deployed: {ev.feedback}")


flow = Deploy(timeout=None)
