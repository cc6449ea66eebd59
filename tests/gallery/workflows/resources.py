"""A workflow with resources: a client that is made once, and a counter that two steps share."""

from typing import Annotated

from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent
from workflows.resource import Resource


class Mailbox:
    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, text: str) -> str:
        self.sent.append(text)
        return f"{len(self.sent)} sent: {text}"


def get_mailbox() -> Mailbox:
    return Mailbox()


async def get_signature() -> str:
    return "Yours, Laurie"


class Recipient(HumanResponseEvent):
    recipient: str


class Mail(Workflow):
    @step
    async def draft(
        self, ev: StartEvent, signature: Annotated[str, Resource(get_signature)]
    ) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="Who gets this?", signature=signature)

    @step
    async def send(
        self, ctx: Context, ev: Recipient, mailbox: Annotated[Mailbox, Resource(get_mailbox)]
    ) -> StopEvent:
        return StopEvent(result=mailbox.send(f"to {ev.recipient}"))


mail = Mail(timeout=None)
