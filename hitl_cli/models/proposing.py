"""Asking the model for one shell command: by a tool call where the server has that, else as text."""

from typing import Any

from hitl_cli import models
from hitl_cli.catalogue.candidate import FROM_REPLY, Candidate
from hitl_cli.errors import ModelError, NoCommandError
from hitl_cli.models.command_reply import CommandReply, Proposed, read_command_reply

_CHOICE = "choose_a_command"
_TOOL = {
    "type": "function",
    "function": {
        "name": "propose_command",
        "description": "Propose one shell command to the person.",
        "parameters": {
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "The command, exactly as it is to run."}
            },
            "required": ["command"],
        },
    },
}


async def propose_command(prompt: str) -> str:
    """Return the one command that the model proposes for `prompt`.

    Where its reply holds several, the text that is returned cannot run: the person chooses one at the question.

    Raises:
        NoCommandError: The reply holds no command; it has the prose instead.
        ModelError: The model cannot be asked, or its answer cannot be used.
    """
    model = models.default_model()
    if models.in_force().settings.is_offline:
        return str((await model.acomplete(prompt)).text)
    reply = await _asked(model, prompt)
    if not reply.commands:
        raise NoCommandError(reply.prose)
    commands = {each.command: each for each in reversed(reply.commands)}
    if len(commands) > 1:
        return _offered(tuple(reversed(commands.values())))
    (only,) = commands.values()
    if only.said:
        _suggest(Candidate(FROM_REPLY, only.command, only.said, 1.0, False))
    return only.command


async def _asked(model: Any, prompt: str) -> CommandReply:
    if not hasattr(model, "complete_with_tool"):
        return read_command_reply(str((await model.acomplete(prompt)).text))
    text, calls = await model.complete_with_tool(prompt, _TOOL)
    if not calls:
        return read_command_reply(text)
    proposed = []
    for call in calls:
        command = call.arguments.get("command")
        if not isinstance(command, str):
            problem = (call.problem or "it has no text named 'command'").rstrip(".")
            raise ModelError(f"The model's call cannot be read, so nothing ran ({problem}). Ask again.")
        proposed.append(Proposed(command))
    return CommandReply(tuple(proposed))


def _offered(commands: tuple[Proposed, ...]) -> str:
    """Offer `commands` for the person to choose from, and return the gap that stands for their choice."""
    gap = f": {{{{{_CHOICE}}}}}"  # it does nothing, should it ever run
    note = f"choose one of these {len(commands)} commands (next match), or reject"
    _suggest(
        Candidate(FROM_REPLY, gap, note, 1.0, False, (_CHOICE,)),
        *(Candidate(FROM_REPLY, each.command, _described(each), 0.0, False) for each in commands),
    )
    return gap


def _described(proposed: Proposed) -> str:
    first, _, rest = proposed.command.partition("\n")
    command = first[:60] + (" …" if rest or len(first) > 60 else "")
    return f"{command}   ({proposed.said})" if proposed.said else command


def _suggest(*candidates: Candidate) -> None:
    models.in_force().watcher.suggested(candidates)
