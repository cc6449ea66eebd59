"""create-llama's workflow for the command line: one step has a model write a command, another runs it itself."""

import platform
import subprocess
from typing import Any

from llama_index.core.prompts import PromptTemplate
from llama_index.core.settings import Settings
from llama_index.core.workflow import (
    Context,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
    Workflow,
    step,
)
from llama_index.llms.openai import OpenAI
from pydantic import BaseModel, Field

PROMPT = PromptTemplate("Write one command for {shell} and nothing else. What it should do: {request}")


class CLIHumanResponseEvent(HumanResponseEvent):
    execute: bool = Field(description="Whether the human wants to execute the command.")
    command: str = Field(description="The command to execute.")


class CLICommand(BaseModel):
    command: str = Field(description="The command to execute.")


class CLIHumanInputEvent(InputRequiredEvent):
    event_type: str = "cli_human_input"  # the user interface has a component of this name
    response_event_type: type = CLIHumanResponseEvent
    data: CLICommand = Field(description="The command to execute.")


class CLIWorkflow(Workflow):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "timeout": None})

    @step
    async def start(self, ctx: Context, ev: StartEvent) -> CLIHumanInputEvent:
        shell = "cmd" if platform.system() == "Windows" else "bash"
        Settings.llm = OpenAI(model="gpt-4o-mini")
        reply = await Settings.llm.acomplete(PROMPT.format(shell=shell, request=ev.user_msg), formatted=True)
        await ctx.store.set("command", reply.text)
        return CLIHumanInputEvent(data=CLICommand(command=reply.text.strip()))

    @step
    async def handle_human_response(self, ev: CLIHumanResponseEvent) -> StopEvent:
        if not ev.execute:
            return StopEvent(result="The command was not executed.")
        done = subprocess.run(ev.command, shell=True, capture_output=True, text=True)
        return StopEvent(result=done.stdout or done.stderr)


def create_workflow() -> Workflow:
    return CLIWorkflow()
