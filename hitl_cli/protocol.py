"""What a workflow sends to a person, and what comes back: the base classes of the request and response events.

A workflow emits a subclass of `HumanInputEvent` and waits for the subclass of `HumanResponseEvent` that it names in
`response_type`. The request has an id and the response repeats it, so that one decision answers one request.

Every field is JSON-serializable, because requests are stored while they wait.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar
from uuid import uuid4

from pydantic import BaseModel, Field
from workflows.events import HumanResponseEvent as EngineResponseEvent
from workflows.events import InputRequiredEvent

from hitl_cli.errors import WorkflowError

COMMAND_EVENT_TYPE = "cli_human_input"
"""The `event_type` of a request to run a shell command; see `CommandInputEvent` and `CommandResponseEvent`."""

Data_co = TypeVar("Data_co", bound=BaseModel | Mapping[str, Any], covariant=True)


class HumanResponseEvent(EngineResponseEvent):
    """A person's response to one request.

    Attributes:
        request_id: The id of the request that this answers.
        reason: What the person said about it, word for word; empty if nothing.
    """

    request_id: str
    reason: str = ""

    def check_answers(self, request_id: str) -> None:
        """Check that this answers the request with `request_id`; a tool calls this after its wait.

        Raises:
            WorkflowError: It answers another request; the engine can deliver one after a resume.
        """
        if self.request_id != request_id:
            raise WorkflowError("The response belongs to another request; nothing ran.")


class CommandResponseEvent(HumanResponseEvent):
    """A person's decision on a shell command.

    A response class of your own need not be a subclass of this: it needs `execute` and `command`, and may have the
    other fields. What belongs in a field that it does not have is passed as its `reason`.

    Attributes:
        execute: Whether the command may run. If it is false, nothing must run.
        command: Exactly the text that may run, which the person may have edited; empty if nothing may run.
        comment: What the person said to the model about a command that they approved.
        answer: What the person said instead of running the command; None if they did not answer.
        refusal: Why the program did not show the command to the person; empty if it did.
        reason: Why the person rejected the command, word for word; empty if they gave no reason.
        request_id: The id of the request that this answers.
    """

    execute: bool
    command: str
    comment: str = ""
    answer: str | None = None
    refusal: str = ""

    def outcome_for_model(self) -> str:
        """Return what a model is told if nothing ran: the refusal, the person's answer, or the rejection."""
        if self.refusal:
            return f"Error: {self.refusal}"
        if self.answer is not None:
            return f"The command did not run; the person answers in its place: {self.answer}"
        reason = f" They said: {self.reason}" if self.reason else ""
        return f"The person rejected this command; it did not run.{reason}"


class HumanInputEvent(InputRequiredEvent, Generic[Data_co]):
    """A request to a person.

    Attributes:
        event_type: What kind of request this is, which decides how it is shown.
        request_id: The id that the response repeats. A step that runs once can use the default, a new random id. A
            tool must pass an id that stays the same, because the engine runs it again from its first line when the
            response arrives: `current_request_id()`.
        data: What is asked: a pydantic model, or a dict of JSON values.
        response_type: The class of the response that the workflow waits for; it belongs to the class, not the event.
    """

    response_type: ClassVar[type[HumanResponseEvent]] = HumanResponseEvent

    event_type: str
    request_id: str = Field(default_factory=lambda: uuid4().hex)
    data: Data_co


class CommandData(BaseModel):
    """The data of a request to run a shell command.

    Attributes:
        command: The proposed command.
        purpose: Why it is proposed, in the words of the model; the person sees it beside the command.
    """

    command: str
    purpose: str = ""


class CommandInputEvent(HumanInputEvent[CommandData]):
    """A request to run a shell command: may this run? The response is a `CommandResponseEvent`."""

    response_type: ClassVar[type[HumanResponseEvent]] = CommandResponseEvent

    event_type: str = COMMAND_EVENT_TYPE
