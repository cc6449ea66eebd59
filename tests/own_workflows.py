"""What the workflows of a person's own have in common in the tests."""

ASKS = """
import asyncio
from pathlib import Path
from typing import ClassVar
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.events import StartEvent, StopEvent
from hitl_cli import HumanInputEvent, HumanResponseEvent, run_command

class Command(BaseModel):
    command: str

class Decision(HumanResponseEvent):
    execute: bool
    command: str

class Question(HumanInputEvent[Command]):
    response_type: ClassVar[type[HumanResponseEvent]] = Decision
    event_type: str = "cli_human_input"
"""
"""The beginning of a workflow file: what it needs, and its `Question` about a `Command`, answered by a `Decision`."""
