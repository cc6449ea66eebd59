"""A document to approve, which its id tells apart."""

from pydantic import Field
from workflows import Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Review(InputRequiredEvent):
    document_id: str
    draft: str


class Verdict(HumanResponseEvent):
    document_id: str
    approved: bool = Field(description="May it be published?")
    remark: str = ""


class Published(StopEvent):
    text: str


class Publishing(Workflow):
    @step
    async def write(self, ev: StartEvent) -> Review:
        return Review(document_id="d1", draft="Cats\nare quiet.")

    @step
    async def publish(self, ev: Verdict) -> Published:
        return Published(text=f"{ev.document_id} {ev.approved} {ev.remark!r}")


def create_workflow() -> Publishing:
    return Publishing(timeout=None)
