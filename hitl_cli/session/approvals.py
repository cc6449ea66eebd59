"""Which tools of a workflow ask before they are called, and what is said of the others before the run."""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace

from hitl_cli.approval.announcement import announcement
from hitl_cli.approval.calls import ToolCalls
from hitl_cli.approval.choice import ToolChoice
from hitl_cli.approval.ledger import CalledTool, CallLedger
from hitl_cli.errors import UsageError
from hitl_cli.gate import Gate
from hitl_cli.inspection.agents import AGENTS, agents_of, name_of_tool, own_tools_of
from hitl_cli.inspection.structure import tools_of
from hitl_cli.journal.stored_session import StoredSession
from hitl_cli.loading.importing import Loaded
from hitl_cli.requests import Request, ToolRequest
from hitl_cli.session.recovered import Recovered
from hitl_cli.session.stored_requests import call_text_of, is_call


class Approvals:
    """The tools of a session that ask, as `choice` says. For the callbacks see `ToolCalls`."""

    def __init__(
        self,
        choice: ToolChoice,
        on_question: Callable[[Request], None],
        on_end: Callable[[CalledTool], None],
    ) -> None:
        self._choice = choice
        self._on_question = on_question
        self._on_end = on_end
        self._calls: ToolCalls | None = None

    @property
    def calls(self) -> ToolCalls:
        """The calls of the run that has begun."""
        assert self._calls is not None
        return self._calls

    async def prepare(self, loaded: Loaded) -> None:
        """Find out which tools of a workflow are meant.

        Raises:
            UsageError: A name matches none of them.
            WorkflowError: A server does not say which of its tools are destructive.
        """
        if not self._choice:
            return
        from hitl_cli.approval.agents import functions_of, hints_of

        agents = agents_of(loaded)
        names = {name_of_tool(tool) for agent in agents for tool in agent.tools}
        names |= {"handoff"} if len(agents) > 1 else set()
        if problem := self._choice.problem(names, functions_of(loaded), own_tools_of(loaded.workflow)):
            raise UsageError(problem)
        if self._choice.needs_hints:
            self._choice = replace(self._choice, hints=await hints_of(agents))

    def begin_run(self, gate: Gate, ledger: CallLedger) -> None:
        """Begin a run whose calls are approved by `gate` and recorded in `ledger`."""
        self._calls = ToolCalls(self._choice, gate, ledger, self._on_question, self._on_end)

    def announcement(self, loaded: Loaded, *, is_foreign: bool) -> str:
        """Return what is said before the first run, in one line; empty if there is nothing to say."""
        code = tuple(agent.name for agent in agents_of(loaded) if agent.runs_code)
        tools = tools_of(loaded)
        own = [each for each in own_tools_of(loaded.workflow) if each not in {tool.name for tool in tools}]
        return announcement(tools, self._choice, code, own, is_foreign=is_foreign)

    def asking(self) -> contextlib.AbstractContextManager[None]:
        """Inside the block, the agents of the run use tools that ask."""
        if not self._choice and AGENTS not in sys.modules:
            return contextlib.nullcontext()
        from hitl_cli.approval.agents import asking

        return asking(self.calls)

    def keep_asking(self, stored: StoredSession) -> None:
        """Have the tools ask whose calls are open in a stored session, whatever the choice is now."""
        names = tuple(
            str(each.event["tool"]) for each in stored.commands if each.event.get("kind") == ToolRequest.kind
        )
        self._choice = replace(self._choice, patterns=tuple(dict.fromkeys((*self._choice.patterns, *names))))

    def restore(self, stored: StoredSession, recovered: Recovered) -> None:
        """Restore the calls of a run that is resumed, or that starts again."""
        known = {each.request_id for each, _ in recovered.decided} | {
            each.request_id for each in recovered.waiting
        }
        for request_id in known & (recovered.returned.keys() | recovered.begun):
            called = recovered.returned.get(request_id)
            self.calls.restore(request_id, called, has_begun=request_id in recovered.begun)
        for each in stored.commands:
            if is_call(each) and each.request not in known:
                self.calls.remember(call_text_of(each), each.draft, was_made=each.started is not None)

    def completed(self, request: Request) -> Request:
        """Return a stored request with what is known only now that its tool waits again."""
        return self.calls.completed(request) if isinstance(request, ToolRequest) else request
