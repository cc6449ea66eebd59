"""A document of several lines to approve, or to write again."""

from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Document(BaseModel):
    title: str
    text: str


class DocumentReview(InputRequiredEvent):
    document: Document


class DocumentVerdict(HumanResponseEvent):
    approve: bool
    new_text: str = ""


class Reviewing(Workflow):
    @step
    async def write(self, ctx: Context, ev: StartEvent) -> DocumentReview:
        document = Document(title="Report", text="First line.\nSecond line.")
        await ctx.store.set("text", document.text)
        return DocumentReview(document=document)

    @step
    async def decide(self, ctx: Context, ev: DocumentVerdict) -> DocumentReview | StopEvent:
        text = ev.new_text or await ctx.store.get("text")
        if not ev.approve:
            await ctx.store.set("text", text)
            return DocumentReview(document=Document(title="Report, again", text=text))
        return StopEvent(result=text.splitlines())


workflow = Reviewing(timeout=None)
