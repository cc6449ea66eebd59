"""create-llama's agent for the command line: its tool waits for a person and runs the command itself."""

import hashlib
import subprocess

from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI
from pydantic import BaseModel


class CLIHumanResponseEvent(HumanResponseEvent):
    execute: bool
    command: str


class CLICommand(BaseModel):
    command: str


class CLIHumanInputEvent(InputRequiredEvent):
    event_type: str = "cli_human_input"
    response_event_type: type = CLIHumanResponseEvent
    data: CLICommand


async def cli_executor(ctx: Context, command: str) -> str:
    """Execute a command after the user has confirmed it."""
    confirmation = await ctx.wait_for_event(
        CLIHumanResponseEvent,
        waiter_id=hashlib.sha256(f"cli_executor:{command}".encode()).hexdigest(),
        waiter_event=CLIHumanInputEvent(data=CLICommand(command=command)),
    )
    if not confirmation.execute:
        return "The user did not confirm the command."
    return subprocess.check_output(confirmation.command, shell=True, text=True)


def create_workflow() -> AgentWorkflow:
    return AgentWorkflow.from_tools_or_functions([cli_executor], llm=OpenAI(model="gpt-4o-mini"))
