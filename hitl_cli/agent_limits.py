"""How long an agent works on one request before a person is asked whether it may continue.

The limit is a number of model calls; an agent that repeats itself is noticed earlier. The question is an ordinary one:
a wait of the engine, which is saved with the run and asked again when the run is resumed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from llama_index.core.agent.workflow import AgentOutput, ToolCallResult
from llama_index.core.tools import ToolSelection
from llama_index.core.workflow import Context
from pydantic import Field
from workflows.events import HumanResponseEvent, InputRequiredEvent

REPEATS = 10
"""How often in a row the same calls may have the same results."""

NOT_CALLED = (
    "Not carried out: the person ended the work on this request. No tool is available any more. Answer now, with what "
    "you know, and say what is missing."
)
"""What the model is told in place of the results of its last calls."""

_KEY = "hitl_limits"
_LONGEST_CALL = 200  # characters of a call in a question


class MayContinueEvent(InputRequiredEvent):
    """Asks a person whether an agent may continue; `prefix` says what it has done."""

    prefix: str


class ContinueEvent(HumanResponseEvent):
    """Says whether the agent may continue."""

    proceed: bool = Field(description="yes: it continues; no: it gives a final answer without tools")


@dataclass(frozen=True)
class Work:
    """What an agent has done for one request.

    `called` is how often its model was called, and `most` how often it may be until the person is asked, each time
    `step` times more. `calls` is a digest of its last calls and of the results before them, which came `repeats` times
    in a row. When `is_ended`, the model only gives a final answer.
    """

    called: int = 0
    most: int = 0
    step: int = 0
    calls: str = ""
    repeats: int = 0
    is_ended: bool = False

    @classmethod
    async def of(cls, ctx: Context) -> "Work":
        """Return the work of the run with this context."""
        stored: dict[str, Any] | None = await ctx.store.get(_KEY, default=None)
        if stored is not None:
            return cls(**stored)
        most = await ctx.store.get("max_iterations")
        return cls(most=most, step=most)

    async def keep(self, ctx: Context) -> None:
        """Store it in the run; the engine's own limit, which ends a run with an error, is kept out of reach."""
        await ctx.store.set(_KEY, asdict(self))
        await ctx.store.set("max_iterations", max(self.most, self.called) + 1)

    async def after(self, ctx: Context, message: AgentOutput) -> "Work":
        """Return the work with one more message of the model."""
        known: list[ToolCallResult] = await ctx.store.get("current_tool_calls", default=[])
        calls = _digest(message, known[-len(message.tool_calls) :]) if message.tool_calls else ""
        repeats = self.repeats + 1 if calls and calls == self.calls else 1
        return replace(self, called=self.called + 1, calls=calls, repeats=repeats)

    def question(self, message: AgentOutput) -> str:
        """Return what the person is asked before the calls of `message` are carried out; empty if nothing."""
        if self.is_ended or not (message.tool_calls or message.retry_messages):
            return ""
        if self.called >= self.most:
            times = "1 time" if self.called == 1 else f"{self.called} times"
            return (
                f"The model was called {times} for this request and wants to continue. Your limit is {self.step} "
                f"(setting model_calls). May it continue, with at most {self.step} more?"
            )
        if self.repeats > REPEATS:
            return (
                f"The model repeats itself: the same call {self.repeats} times in a row, with the same result: "
                f"{_shown(message.tool_calls[0])}. May it continue?"
            )
        return ""

    def answered(self, *, proceed: bool) -> "Work":
        """Return the work after the person's answer to the question."""
        if not proceed:
            return replace(self, is_ended=True)
        most = self.most + self.step if self.called >= self.most else self.most
        return replace(self, most=most, repeats=0)


def _digest(message: AgentOutput, before: list[ToolCallResult]) -> str:
    calls = [[each.tool_name, each.tool_kwargs] for each in message.tool_calls]
    results = [each.tool_output.content for each in before]
    return hashlib.sha256(json.dumps([calls, results], sort_keys=True, default=str).encode()).hexdigest()


def _shown(call: ToolSelection) -> str:
    command = call.tool_kwargs.get("command")
    text = command if isinstance(command, str) else json.dumps(call.tool_kwargs, default=str)
    text = " ".join(text.split())
    return f"{call.tool_name}: {text[:_LONGEST_CALL]}{' …' if len(text) > _LONGEST_CALL else ''}"
