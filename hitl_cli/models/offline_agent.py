"""The offline catalogue as a LlamaIndex model: it calls a tool once and reports the outcome."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LLMMetadata, MessageRole
from llama_index.core.llms.llm import ToolSelection
from pydantic import PrivateAttr

from hitl_cli.models.local_model import LocalModel
from hitl_cli.settings import OFFLINE_NAME
from hitl_cli.shell.result import OUTPUT_HEADING

_CLOSING = "I am the offline catalogue and do not read what commands print."
_OUTCOMES = (
    (
        "The person rejected this command; it did not run. They said:",
        "You rejected this command; it did not run. You said:",
    ),
    ("The person rejected this command;", "You rejected this command;"),
    ("The command did not run; the person answers", "The command did not run; you answered"),
)
"""How outcomes begin that a model is told (see `hitl_cli.protocol`), and how the person is told the same."""


class OfflineAgentModel(LocalModel):
    """Answers the last request of a chat with one call of the first tool, and a tool's result with a closing line."""

    _propose: Callable[[str], str] = PrivateAttr()

    def __init__(self, propose: Callable[[str], str]) -> None:
        """Take the function that returns a command for a request, or raises NoMatchError."""
        super().__init__()
        self._propose = propose

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex knows this class."""
        return "OfflineAgentModel"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's properties."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name=OFFLINE_NAME)

    def _answer(self, messages: Sequence[ChatMessage], tools: Sequence[Any]) -> ChatMessage:
        last = messages[-1]
        if last.role in (MessageRole.TOOL, MessageRole.FUNCTION):
            return _said(_account(str(last.content)))
        request = next(
            (str(each.content or "") for each in reversed(messages) if each.role == MessageRole.USER), ""
        )
        command = self._propose(request)
        if not tools:
            return _said(command)
        call = ToolSelection(
            tool_id=f"catalogue-{uuid4().hex}",
            tool_name=tools[0].metadata.name,
            tool_kwargs={"command": command},
        )
        return ChatMessage(
            role=MessageRole.ASSISTANT, content="", additional_kwargs={"tool_calls": [call.model_dump()]}
        )

    def _complete(self, prompt: str) -> str:
        return self._propose(prompt)

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **options: Any
    ) -> list[ToolSelection]:
        """Return the tool call of the response, if it has one."""
        calls = response.message.additional_kwargs.get("tool_calls", [])
        return [ToolSelection(**call) for call in calls]


def _said(text: str) -> ChatMessage:
    return ChatMessage(role=MessageRole.ASSISTANT, content=text)


def _account(report: str) -> str:
    """Return a tool's report of the outcome, without the output of the command."""
    outcome = report.partition(OUTPUT_HEADING)[0].strip()
    for to_model, to_person in _OUTCOMES:
        if outcome.startswith(to_model):
            outcome = to_person + outcome.removeprefix(to_model)
            break
    if re.fullmatch(r"[\w :]+", outcome):
        return f"{outcome}. {_CLOSING}"
    return f"```text\n{outcome}\n```\n\n{_CLOSING}"  # it may quote anything, so it is not Markdown
