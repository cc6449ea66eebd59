"""A workflow of two steps: the model proposes one shell command; once you have decided, it runs or it does not.

Copy this file and events.py to make your own, and run it with `hitl run ./your_file.py`.
"""

import sys

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

from events import CLICommand, CLIHumanInputEvent, CLIHumanResponseEvent
from hitl_cli import describe_machine, main, propose_command, run_command, system_prompt

SYSTEM_PROMPT = """\
You turn a request into one shell command for {machine}.
Reply with the command alone: no explanation, no Markdown. Prefer a command that only reads where that will do."""


class CommandWorkflow(Workflow):
    """Turns a request in plain words into one command, which runs if the person approves it."""

    @step
    async def propose(self, ev: StartEvent) -> CLIHumanInputEvent:
        """Ask the model for one command and the person for a decision."""
        instructions = system_prompt(SYSTEM_PROMPT.format(machine=describe_machine()))
        command = await propose_command(f"{instructions}\n\nRequest: {ev.user_msg}")
        return CLIHumanInputEvent(data=CLICommand(command=command))

    @step
    async def decide(self, ev: CLIHumanResponseEvent) -> StopEvent:
        """Run exactly what the person approved."""
        if not ev.execute:
            return StopEvent(result=ev.answer)
        return StopEvent(result=await run_command(ev.command, request_id=ev.request_id))


def create_workflow() -> CommandWorkflow:
    """Return the workflow; `hitl run` calls this."""
    return CommandWorkflow(timeout=None)


if __name__ == "__main__":
    raise SystemExit(main(["run", __file__, *sys.argv[1:]]))
