"""The events with which a workflow asks a person about a shell command."""

from typing import ClassVar

from pydantic import BaseModel

from hitl_cli import HumanInputEvent, HumanResponseEvent


class CLICommand(BaseModel):
    """A shell command that is proposed to the person."""

    command: str


class CLIHumanResponseEvent(HumanResponseEvent):
    """The decision: whether to execute, and exactly which text; the person may have edited it.

    `comment` is what they say to the model about a command that they let run. Where nothing is executed, `answer` is
    what the person says in the command's place, and `refusal` is why the program did not offer the command to them.
    """

    execute: bool
    command: str
    comment: str = ""
    answer: str | None = None
    refusal: str = ""


class CLIHumanInputEvent(HumanInputEvent[CLICommand]):
    """The question: may this command run?"""

    response_type: ClassVar[type[HumanResponseEvent]] = CLIHumanResponseEvent

    event_type: str = "cli_human_input"
