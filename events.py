"""The events with which a workflow asks a person about a shell command."""

from typing import ClassVar

from pydantic import BaseModel

from hitl_cli import HumanInputEvent, HumanResponseEvent


class CLICommand(BaseModel):
    """A shell command that is proposed to the person."""

    command: str


class CLIHumanResponseEvent(HumanResponseEvent):
    """The decision: whether to execute, and exactly which text; the person may have edited it."""

    execute: bool
    command: str


class CLIHumanInputEvent(HumanInputEvent[CLICommand]):
    """The question: may this command run?"""

    response_type: ClassVar[type[HumanResponseEvent]] = CLIHumanResponseEvent

    event_type: str = "cli_human_input"
