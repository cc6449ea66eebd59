"""What a run reports besides its questions: the events that a workflow writes to its stream, and calls of tools."""

import json
import re
import sys
from collections.abc import Collection
from typing import Any

from workflows.events import Event, HumanResponseEvent, InternalDispatchEvent, StartEvent, StopEvent

from hitl_cli.session.engine.event_text import plain, told
from hitl_cli.session.progress import Reported

AGENT_EVENTS = "llama_index.core.agent.workflow"

_PIECES = ("delta", "token", "chunk")
_CONTINUES = re.compile(r"[ \t]|[^\w\s]{1,3}\Z|\Z")
_MAX_TEXT = 2000  # characters of one report
_MAX_TOLD = 250_000  # characters of all reports of a run
_MAX_VALUE = 200  # characters of an argument, or of the result of a tool
_OMITTED = "The workflow reports more, which is not shown."


class Reports:
    """Turns the events of one run into lines; if `shows_tools` is set, also the calls of an agent's tools.

    Events that carry a text in pieces, as a model sends it, continue the line of the one before. So do those of a
    class of which any text begins with a blank or is a punctuation mark, from there on. Calls of the tools in `asked`
    have a question and a record instead.
    """

    def __init__(self, asked: Collection[str] = ()) -> None:
        self._asked = asked
        self.shows_tools = False
        self._in_pieces: set[type[Event]] = set()
        self._left = _MAX_TOLD
        self._calls: set[str] = set()
        self._open: type[Event] | None = None  # whose line has not ended

    def of(self, event: Event) -> list[Reported]:
        """Return what to show of `event`; nothing if it is an event of the engine, or shown in another way."""
        if isinstance(event, InternalDispatchEvent | StartEvent | StopEvent | HumanResponseEvent):
            return []
        if type(event).__module__.startswith(AGENT_EVENTS):
            return self._bounded(event, self._of_agent(event)) if self.shows_tools else []
        return self._bounded(event, self._of_workflow(event))

    def _of_workflow(self, event: Event) -> Reported | None:
        values = {name: plain(value) for name, value in told(event) if value is not None}
        if len(values) == 1:
            (name, value), *_ = values.items()
            if not isinstance(value, str):
                return Reported(f"{type(event).__name__}: {name}: {_in_line(value)}")
            if name in _PIECES or _CONTINUES.match(value):
                self._in_pieces.add(type(event))
            return Reported(value, ends_line=type(event) not in self._in_pieces)
        said = ", ".join(f"{name}: {_in_line(value)}" for name, value in values.items())
        return Reported(": ".join(filter(None, (type(event).__name__, said))))

    def _of_agent(self, event: Any) -> Reported | None:
        agents: Any = sys.modules[AGENT_EVENTS]
        if isinstance(event, agents.AgentInput):
            self._calls.clear()
        elif isinstance(event, agents.ToolCallResult):
            if not event.tool_output.is_error:
                return Reported(f"tool {event.tool_name}: {_cut(_in_line(event.tool_output.content))}")
        elif isinstance(event, agents.ToolCall):
            arguments = [f"{name}={_cut(json.dumps(plain(v)))}" for name, v in event.tool_kwargs.items()]
            call = f"{event.tool_id} {arguments}"
            if (
                call not in self._calls and event.tool_name not in self._asked
            ):  # the engine publishes a call again when it resumes it
                self._calls.add(call)
                return Reported(f"tool {event.tool_name}({', '.join(arguments)})")
        return None

    def _bounded(self, event: Event, report: Reported | None) -> list[Reported]:
        if report is None or self._left <= 0:
            return []
        text = _cut(report.text, _MAX_TEXT)
        self._left -= len(text) + 1
        before = [Reported("")] if self._open not in (None, type(event)) else []
        self._open = None if report.ends_line else type(event)
        after = [Reported("\n" * (not report.ends_line) + _OMITTED)] if self._left <= 0 else []
        return [*before, Reported(text, report.ends_line), *after]


def _in_line(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split("\n"))


def _cut(text: str, most: int = _MAX_VALUE) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
