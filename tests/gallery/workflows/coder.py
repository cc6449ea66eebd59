"""An agent that answers with Python code, which the workflow executes."""

import contextlib
import io
from typing import Any

from llama_index.core.agent.workflow import CodeActAgent
from llama_index.llms.openai import OpenAI

_names: dict[str, Any] = {}


async def execute(code: str) -> str:
    """Execute Python code, and return what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, _names)  # noqa: S102
    return printed.getvalue()


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


_names["add"] = add
workflow = CodeActAgent(name="coder", code_execute_fn=execute, tools=[add], llm=OpenAI(model="gpt-4o-mini"))
