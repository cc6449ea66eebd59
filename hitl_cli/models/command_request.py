"""The request for one command that goes to a server which speaks OpenAI's chat protocol."""

from collections.abc import Mapping
from typing import Any

from hitl_cli.settings import Settings

_TOOL: Mapping[str, Any] = {
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


def command_request(settings: Settings, prompt: str) -> dict[str, Any]:
    """Return the body of the request for a command that does what `prompt` says, as `settings` want it."""
    return {
        "model": settings.model.value,
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [_TOOL],
        "max_tokens" if settings.base_url.value else "max_completion_tokens": settings.max_tokens.value,
    }
