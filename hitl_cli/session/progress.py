"""The state of a run: a pure reducer without a terminal, a model or a process. Events in, effects out.

A request is asked about when the engine is idle: no step is working and no command writes to the screen. Requests are
asked about in the order in which they arrived. Only whether a command runs without its fence is asked at once, because
a step waits for that.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.errors import HitlError, ModelError, NoToolCallError, WorkflowError
from hitl_cli.requests import Request


@dataclass(frozen=True)
class Said:
    """A piece of the model's text arrived."""

    delta: str


@dataclass(frozen=True)
class Spoken:
    """The model's message is complete; `text` is the whole message."""

    text: str


@dataclass(frozen=True)
class Asked:
    """The workflow made a request."""

    request: Request


@dataclass(frozen=True)
class Held:
    """A fence stopped a command; `request` asks whether it runs without. The step that ran it waits for the answer.

    `is_recorded` says that the journal has the request from before the program ended.
    """

    request: Request
    is_recorded: bool = False


@dataclass(frozen=True)
class CallFailed:
    """A tool call failed; the model was told `problem`. `cause` is what the tool raised.

    With `in_author_code`, the call was valid, and the tool itself failed.
    """

    tool: str
    problem: str
    cause: BaseException | None = None
    in_author_code: bool = False


@dataclass(frozen=True)
class Reported:
    """The workflow wrote something to its stream that is no request; without `ends_line`, more of the line follows."""

    text: str
    ends_line: bool = True


@dataclass(frozen=True)
class Moved:
    """A step of the workflow started or ended."""


@dataclass(frozen=True)
class Idle:
    """The engine is idle: no step is working. `waits` are the steps that wait, and the events they wait for."""

    waits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Quiet:
    """No event arrived for a while, and no command is running."""


@dataclass(frozen=True)
class AnswerLost:
    """No step took the response event that was sent, which has this class."""

    event: str


@dataclass(frozen=True)
class NotUnderstood:
    """The workflow made a request with an `event` of a class that cannot be shown; `why` is the reason."""

    event: str
    why: str


@dataclass(frozen=True)
class Broken:
    """Something outside the engine failed that the run needs, such as the journal."""

    error: Exception


@dataclass(frozen=True)
class CallEnded:
    """A call of a tool that a person approved has ended."""

    called: CalledTool


RunEvent = (
    Said
    | Spoken
    | Asked
    | Held
    | CallFailed
    | CallEnded
    | Reported
    | Moved
    | Idle
    | Quiet
    | AnswerLost
    | NotUnderstood
    | Broken
)


@dataclass(frozen=True)
class Say:
    """Show a piece of the model's text."""

    delta: str


@dataclass(frozen=True)
class EndSaying:
    """The model's message is complete."""


@dataclass(frozen=True)
class Ask:
    """Ask the person; this is number `position` of `total` requests that are pending together."""

    request: Request
    position: int
    total: int


@dataclass(frozen=True)
class ShowCall:
    """Show how an approved call ended."""

    called: CalledTool


@dataclass(frozen=True)
class Withdraw:
    """Withdraw unused approvals: no step is working that could still use one."""


@dataclass(frozen=True)
class Tell:
    """Show one line to the person."""

    text: str


@dataclass(frozen=True)
class Report:
    """Show what the workflow reports; without `ends_line`, more of the line follows."""

    text: str
    ends_line: bool


@dataclass(frozen=True)
class GiveUp:
    """End the run with `error`."""

    error: Exception


Effect = Say | EndSaying | Ask | ShowCall | Withdraw | Tell | Report | GiveUp


@dataclass
class Progress:
    """The state of a run.

    `speaking` is true while a message of the model is incomplete, `has_spoken` after its first text. `unwritten` are
    the requests that are not recorded in the journal yet.
    """

    speaking: bool = False
    has_spoken: bool = False
    unwritten: list[Request] = field(default_factory=list)
    _waiting: deque[Request] = field(default_factory=deque)
    _known: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _asked_of_batch: int = 0
    _answer_under_way: bool = False
    _broken_calls: int = 0

    @property
    def has_questions(self) -> bool:
        """Whether any request is pending."""
        return bool(self._waiting)

    def open_with(self, asked: Request) -> list[str]:
        """Return the ids of all undecided requests: `asked` first, then the pending ones."""
        return [asked.request_id, *(each.request_id for each in self._waiting)]

    def receive(self, event: RunEvent) -> list[Effect]:
        """Update the state for `event`, and return the effects to carry out."""
        match event:
            case Said(delta):
                self.speaking = self.has_spoken = True
                return [Say(delta)]
            case Spoken(text):
                effects: list[Effect] = [EndSaying()] if self.speaking else []
                self.has_spoken |= bool(text)
                if text and not self.speaking:
                    effects = [Say(text), EndSaying()]
                self.speaking = False
                return effects
            case Asked(request):
                if request.request_id not in self._known:
                    if not self._waiting:
                        self._asked_of_batch = 0
                    self._known.add(request.request_id)
                    self._waiting.append(request)
                    self.unwritten.append(request)
            case Held(request, is_recorded):
                if not self._waiting:
                    self._asked_of_batch = 0
                self._known.add(request.request_id)
                self._waiting.appendleft(request)
                if not is_recorded:
                    self.unwritten.append(request)
                return self._next_question()
            case CallFailed(cause=NoToolCallError() as cause):
                return [GiveUp(cause)]
            case CallFailed(tool, problem, cause, in_author_code):
                if isinstance(cause, HitlError):
                    return [Tell(problem)]
                if in_author_code:
                    return [Tell(f"The tool {tool} failed: {problem.rstrip('.')}. The model was told.")]
                self._broken_calls += 1
                return [
                    Tell(f"The model's call of {tool} failed ({problem.rstrip('.')}); the model was told.")
                ]
            case Reported(text, ends_line):
                return [Report(text, ends_line)]
            case CallEnded(called):
                return [ShowCall(called)]
            case Moved():
                self._answer_under_way = False
            case Idle(waits):
                unused: list[Effect] = [] if self._answer_under_way else [Withdraw()]
                return unused + (self._next_question() or self._stuck(waits))
            case Quiet():
                return self._next_question()
            case AnswerLost(name):
                return [
                    GiveUp(
                        WorkflowError(
                            f"The workflow did not take the response to its own request, a {name}: no step accepts it "
                            "now, and no wait for it is open. Nothing more was run."
                        )
                    )
                ]
            case Broken(error):
                return [GiveUp(error)]
            case NotUnderstood(name, why):
                return [
                    GiveUp(
                        WorkflowError(
                            f"The workflow made a request with {name}, which hitl cannot show: {why}. "
                            "Nothing more was run."
                        )
                    )
                ]
        return []

    def resume(self, waiting: Sequence[Request], answered: Sequence[Request]) -> None:
        """Resume a run: `waiting` are pending, and the decisions on `answered` are about to be sent again."""
        self._waiting.extend(waiting)
        self._known |= {request.request_id for request in (*waiting, *answered)}
        self._answered |= {request.request_id for request in answered}
        self._answer_under_way = bool(answered)

    def answer(self, request: Request) -> None:
        """Mark `request` as decided; to be called once, before the response is sent.

        Raises:
            WorkflowError: It was decided before, or never made.
        """
        if request.request_id in self._answered or request.request_id not in self._known:
            raise WorkflowError(
                f"Request {request.request_id} is not open; the second response was not sent."
            )
        self._answered.add(request.request_id)
        self._answer_under_way = True

    def failure_at_end(self) -> HitlError | None:
        """Return the error of a run that ended normally but achieved nothing, or None."""
        if self._broken_calls and not self._known:
            return ModelError(
                "The model proposed no valid command. Nothing ran. Ask again, or use another model."
            )
        return None

    def _next_question(self) -> list[Effect]:
        if not self._waiting:
            return []
        self._asked_of_batch += 1
        total = self._asked_of_batch + len(self._waiting) - 1
        return [Ask(self._waiting.popleft(), self._asked_of_batch, total)]

    def _stuck(self, waits: Sequence[tuple[str, str]]) -> list[Effect]:
        if self._answer_under_way:
            return []
        why = (
            "No step is working, and none waits for an event: look for a step that returns nothing, or for "
            "collect_events() with more events than are sent."
        )
        if waits:
            named = ", ".join(f"the step {step!r} for {event}" for step, event in waits)
            why = f"Waiting: {named}. Ask with the wait, wait_for_event(..., waiter_event=...), or send the event."
        return [
            GiveUp(
                WorkflowError(
                    f"The workflow waits for something that nobody was asked for, so it was ended. {why}"
                )
            )
        ]
