"""What happens next in a run: a pure function of what came so far, without a terminal, a model or a process.

Events come in, effects go out. A question is asked when the engine says that it is idle: then nothing else is at
work, no command is writing to the screen, and the questions follow each other in the order in which they came.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from hitl_cli.errors import HitlError, ModelError, WorkflowError
from hitl_cli.requests import Request


@dataclass(frozen=True)
class Said:
    """The model said some more."""

    delta: str


@dataclass(frozen=True)
class Spoken:
    """The model's message is complete; `text` is all of it."""

    text: str


@dataclass(frozen=True)
class Asked:
    """The workflow asks a person."""

    request: Request


@dataclass(frozen=True)
class CallFailed:
    """A tool call could not be carried out; the model was told `problem`."""

    tool: str
    problem: str
    explained: bool = False


@dataclass(frozen=True)
class Moved:
    """Some step of the workflow began or ended."""


@dataclass(frozen=True)
class Idle:
    """Nothing is at work in the engine."""


@dataclass(frozen=True)
class Quiet:
    """Nothing was heard for a while, and no command is running."""


@dataclass(frozen=True)
class AnswerLost:
    """The engine had nobody to give an answer to."""


@dataclass(frozen=True)
class NotUnderstood:
    """The workflow asks a person with an `event` of a class that cannot be shown, because `why`."""

    event: str
    why: str


@dataclass(frozen=True)
class Broken:
    """Something that the run cannot go on without has failed beside it."""

    error: Exception


RunEvent = Said | Spoken | Asked | CallFailed | Moved | Idle | Quiet | AnswerLost | NotUnderstood | Broken


@dataclass(frozen=True)
class Say:
    """Show some more of the model's text."""

    delta: str


@dataclass(frozen=True)
class EndSaying:
    """The model's message is complete."""


@dataclass(frozen=True)
class Ask:
    """Ask the person; this is question `position` of `total` that came together."""

    request: Request
    position: int
    total: int


@dataclass(frozen=True)
class Withdraw:
    """Take back the approvals that were not used: no step is at work that could still use one."""


@dataclass(frozen=True)
class Tell:
    """Tell the person something, in one line."""

    text: str


@dataclass(frozen=True)
class GiveUp:
    """End the run."""

    error: Exception


Effect = Say | EndSaying | Ask | Withdraw | Tell | GiveUp


@dataclass
class Progress:
    """Where a run is; `speaking` while a message of the model has begun and not ended, `has_spoken` from its first on.

    `unwritten` are the requests that are not in the journal yet.
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
        """Whether a request waits to be asked."""
        return bool(self._waiting)

    def open_with(self, asked: Request) -> list[str]:
        """Return the ids of the requests that nobody has answered yet: that of `asked`, and those that wait."""
        return [asked.request_id, *(each.request_id for each in self._waiting)]

    def receive(self, event: RunEvent) -> list[Effect]:
        """Take note of `event`, and return what to do about it."""
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
            case CallFailed(tool, problem, explained):
                if explained:
                    return [Tell(problem)]
                self._broken_calls += 1
                return [
                    Tell(
                        f"The model's call of {tool} could not be carried out ({problem.rstrip('.')}); "
                        "it was told so."
                    )
                ]
            case Moved():
                self._answer_under_way = False
            case Idle():
                unused: list[Effect] = [] if self._answer_under_way else [Withdraw()]
                return unused + (self._next_question() or self._stuck())
            case Quiet():
                return self._next_question()
            case AnswerLost():
                return [
                    GiveUp(
                        WorkflowError(
                            "The workflow did not take the answer that it had asked for. Nothing ran."
                        )
                    )
                ]
            case Broken(error):
                return [GiveUp(error)]
            case NotUnderstood(name, why):
                return [
                    GiveUp(
                        WorkflowError(
                            f"The workflow asks with its event {name}, and hitl can show only shell commands: {why}. "
                            "Nothing more was run."
                        )
                    )
                ]
        return []

    def go_on(self, waiting: Sequence[Request], answered: Sequence[Request]) -> None:
        """Take up a run in which these requests wait to be asked, and these are about to be answered again."""
        self._waiting.extend(waiting)
        self._known |= {request.request_id for request in (*waiting, *answered)}
        self._answered |= {request.request_id for request in answered}
        self._answer_under_way = bool(answered)

    def answer(self, request: Request) -> None:
        """Note that `request` is being answered; to be called once, before the answer is sent.

        Raises:
            WorkflowError: It was answered before, or never asked.
        """
        if request.request_id in self._answered or request.request_id not in self._known:
            raise WorkflowError(f"Request {request.request_id} is not open; the second answer was not sent.")
        self._answered.add(request.request_id)
        self._answer_under_way = True

    def failure_at_end(self) -> HitlError | None:
        """Return why a run that ended by itself has failed all the same, or None."""
        if self._broken_calls and not self._known:
            return ModelError(
                "The model proposed no command that can be read; nothing ran. Ask again, or use another model."
            )
        return None

    def _next_question(self) -> list[Effect]:
        if not self._waiting:
            return []
        self._asked_of_batch += 1
        total = self._asked_of_batch + len(self._waiting) - 1
        return [Ask(self._waiting.popleft(), self._asked_of_batch, total)]

    def _stuck(self) -> list[Effect]:
        if self._answer_under_way:
            return []
        return [
            GiveUp(
                WorkflowError("The workflow waits for something that nobody was asked for, so it was ended.")
            )
        ]
