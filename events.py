"""The events with which a workflow asks a person about a shell command, and gets the decision."""

from typing import ClassVar

from pydantic import BaseModel

from hitl_cli import CommandResponseEvent, HumanInputEvent, HumanResponseEvent


class CLICommand(BaseModel):
    """The command that is proposed to the person, and why, in the model's words; empty if it did not say."""

    command: str
    purpose: str = ""


class CLIHumanResponseEvent(CommandResponseEvent):
    """The decision: whether to `execute`, and exactly which `command`; the person may have edited it."""


class CLIHumanInputEvent(HumanInputEvent[CLICommand]):
    """The question: may this command run?"""

    response_type: ClassVar[type[HumanResponseEvent]] = CLIHumanResponseEvent

    event_type: str = "cli_human_input"
