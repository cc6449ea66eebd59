"""A workflow of two steps: the model proposes one shell command; when you have decided, it runs or it does not.

Copy this file to make your own, and run it with `hitl run ./your_file.py`.
"""

import re
import sys

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

from events import CLICommand, CLIHumanInputEvent, CLIHumanResponseEvent
from hitl_cli import default_model, describe_machine, main, run_command, system_prompt
from hitl_cli.errors import ModelError

SYSTEM_PROMPT = """\
You turn a request into one shell command for {machine}.
Reply with the command alone: no explanation, no Markdown. Prefer a command that only reads where that will do."""

FENCE = re.compile(
    r"\A.*?^[ \t]*(?P<fence>```+|~~~+)[^\n]*\n(?P<body>.*?)^[ \t]*(?P=fence)", re.DOTALL | re.MULTILINE
)


def bare_command(reply: str) -> str:
    """Return the command in a model's reply, without a Markdown fence or backticks around it or a `$ ` before it."""
    fenced = FENCE.match(reply)
    command = (fenced["body"] if fenced else reply).strip()
    if not fenced and len(command) > 1 and command[0] == command[-1] == "`" and command.count("`") == 2:
        command = command[1:-1].strip()
    return command.removeprefix("$ ").lstrip()


class CommandWorkflow(Workflow):
    """From a request in plain words to a command that a person decided on."""

    @step
    async def propose(self, ev: StartEvent) -> CLIHumanInputEvent:
        """Ask the model for one command and the person for a decision."""
        instructions = system_prompt(SYSTEM_PROMPT.format(machine=describe_machine()))
        reply = await default_model().acomplete(f"{instructions}\n\nRequest: {ev.user_msg}")
        command = bare_command(reply.text)
        if not command:
            raise ModelError(
                "The model's reply held no command, so nothing ran. Say more exactly what you want."
            )
        return CLIHumanInputEvent(data=CLICommand(command=command))

    @step
    async def decide(self, ev: CLIHumanResponseEvent) -> StopEvent:
        """Run what the person approved, exactly."""
        if not ev.execute:
            return StopEvent(result=ev.answer)
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))


def create_workflow() -> CommandWorkflow:
    """Return the workflow; `hitl run` calls this."""
    return CommandWorkflow(timeout=None)


if __name__ == "__main__":
    raise SystemExit(main(["run", __file__, *sys.argv[1:]]))
