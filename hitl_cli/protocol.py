"""What a workflow says to a person, and what comes back: the two base events.

A workflow that wants a decision emits a subclass of `HumanInputEvent` and waits for the `HumanResponseEvent`
subclass that it names. The request carries an id, the response repeats it: one decision answers one request.

Every field survives JSON; what cannot (the response type) belongs to the class, not to the event.
"""

from typing import ClassVar, Generic, TypeVar
from uuid import uuid4

from pydantic import BaseModel, Field
from workflows.events import HumanResponseEvent as EngineResponseEvent
from workflows.events import InputRequiredEvent

COMMAND_EVENT_TYPE = "cli_human_input"
"""The `event_type` of a request that proposes a shell command: its data has `command`, and its response type
takes `execute` and `command` beside the fields of `HumanResponseEvent`. Where it has a field `answer`, the person
may answer in the command's place; where it has a field `refusal`, it is told why a command was not offered to them;
a field `comment` takes what they say about a command that they let run. Without its field, each is the `reason`."""

Data_co = TypeVar("Data_co", bound=BaseModel, covariant=True)


class HumanResponseEvent(EngineResponseEvent):
    """A person's answer to one request.

    `request_id` is the id of the request that is answered; `reason` is what the person said about it, word for
    word, empty if nothing.
    """

    request_id: str
    reason: str = ""


class HumanInputEvent(InputRequiredEvent, Generic[Data_co]):
    """A request to a person.

    `event_type` tells how to show it, `data` is what is asked, and `response_type` is the class of the event that
    the workflow waits for. A step that runs once may leave `request_id` to chance; a tool, whose body the engine
    runs again when its wait is over, must pass an id that is the same each time.
    """

    response_type: ClassVar[type[HumanResponseEvent]] = HumanResponseEvent

    event_type: str
    request_id: str = Field(default_factory=lambda: uuid4().hex)
    data: Data_co
