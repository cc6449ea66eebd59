"""The requests of a session that is resumed, read from what the journal has of them."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from hitl_cli.approval import calls
from hitl_cli.journal.stored_session import StoredCommand
from hitl_cli.requests import (
    Alternative,
    CodeRequest,
    CommandRequest,
    FormRequest,
    Request,
    ToolRequest,
    purpose_in,
)
from hitl_cli.session.engine import foreign_question
from hitl_cli.session.held import held_run_of
from hitl_cli.settings import OFFLINE_NAME


def request_of(command: StoredCommand) -> Request:
    """Return a stored command or question as the request that it was.

    Raises:
        ValueError, TypeError, KeyError: It is invalid, or the workflow no longer has its response class.
    """
    if foreign_question.is_stored_question(command.event):
        if command.event.get("version") != FormRequest.version:
            raise ValueError(f"question of unknown version {command.event.get('version')!r}")
        return foreign_question.request_of(command.request, command.event, command.draft)
    text = command.event["event"]["data"]["command"]
    if not isinstance(text, str):
        raise TypeError("its command is not text")
    purpose = purpose_in(command.event["event"]["data"])
    alternatives, run = _alternatives_of(command.event), held_run_of(command.event)
    return CommandRequest(command.request, text, alternatives, command.draft, purpose=purpose, held=run)


def is_call(command: StoredCommand) -> bool:
    """Whether a stored command is a call of a tool."""
    return command.event.get("kind") in (ToolRequest.kind, CodeRequest.kind)


def call_text_of(command: StoredCommand) -> str:
    """Return the text of a stored call."""
    return calls.request_of(command.event["kind"], command.request, command.event, None).text


def _alternatives_of(request: Mapping[str, Any]) -> tuple[Alternative, ...]:
    """Return the alternatives of a recorded request; earlier versions recorded them as candidates of the catalogue."""
    recorded = request.get("alternatives")
    if recorded is None:
        recorded = [
            {
                "command": each["command"],
                "description": each["description"],
                "source": "model's reply" if each["entry"] == "reply" else OFFLINE_NAME,
                "changes": each["changes"],
                "gaps": each["unfilled"],
            }
            for each in request["candidates"]
        ]
    return TypeAdapter(tuple[Alternative, ...]).validate_python(recorded)
