"""A fan-out over steps with two workers, each of which returns a question that its id tells apart."""

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Ticket(Event):
    ticket_id: int


class TicketQuestion(InputRequiredEvent):
    ticket_id: int
    summary: str


class TicketAnswer(HumanResponseEvent):
    ticket_id: int
    close: bool


class Triage(Workflow):
    @step
    async def begin(self, ctx: Context, ev: StartEvent) -> Ticket | None:
        for number in (1, 2, 3):
            ctx.send_event(Ticket(ticket_id=number))
        return None

    @step(num_workers=2)
    async def ask(self, ev: Ticket) -> TicketQuestion:
        return TicketQuestion(ticket_id=ev.ticket_id, summary=f"Close ticket {ev.ticket_id}?")

    @step(num_workers=2)
    async def collect(self, ctx: Context, ev: TicketAnswer) -> StopEvent | None:
        answers = ctx.collect_events(ev, [TicketAnswer] * 3)
        if answers is None:
            return None
        return StopEvent(result=sorted([each.ticket_id, each.close] for each in answers))


workflow = Triage(timeout=None)
