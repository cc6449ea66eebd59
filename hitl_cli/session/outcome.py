"""How a run ended: its exit status, and its failure as a sentence."""

import asyncio
import errno
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hitl_cli import system
from hitl_cli.approval.ledger import CalledTool
from hitl_cli.decisions import Decision, Refuse, Reject, Run
from hitl_cli.errors import ExitStatus, HitlError, JournalError, UndecidedError, WorkflowError
from hitl_cli.loading.failures import advice, place_of, placed
from hitl_cli.loading.own_code import OwnCode
from hitl_cli.models.failures import explain, is_of_default_model
from hitl_cli.models.foreign import explain_foreign
from hitl_cli.requests import CodeRequest, CommandRequest, Request, ToolRequest
from hitl_cli.session.progress import CallFailed
from hitl_cli.settings import Settings
from hitl_cli.shell import CommandResult

_LOGGER = logging.getLogger("hitl")
_MAX_ITERATIONS = re.compile(r"\AMax iterations of (\d+) reached")


@dataclass
class Tally:
    """Counts the decisions of a run that ran nothing, and those on what is not run as a command of hitl.

    `delegated` are commands that the workflow was told to run, `called` approved calls of tools.
    """

    rejected: int = 0
    refused: int = 0
    delegated: int = 0
    called: int = 0

    def count(self, request: Request, decision: Decision) -> None:
        """Count the `decision` on `request`, if it is one of these."""
        is_delegated = isinstance(request, CommandRequest) and request.delegation is not None
        self.delegated += is_delegated and isinstance(decision, Run)
        self.called += isinstance(request, ToolRequest | CodeRequest) and isinstance(decision, Run)
        self.rejected += isinstance(decision, Reject)
        self.refused += isinstance(decision, Refuse)

    def exit_status(self, result: Any, ran: Sequence[CommandResult]) -> int:
        """Return the exit status of a run with this `result`, in which the commands in `ran` ran.

        If the result is that of a command, it is the exit status of that command.
        """
        if isinstance(result, CommandResult):
            return result.exit_status
        ran_something = bool(ran) or self.delegated > 0 or self.called > 0
        if self.rejected and not ran_something:
            return ExitStatus.REJECTED
        if self.refused and not ran_something and result is None:
            return ExitStatus.MODEL
        return ExitStatus.FINISHED


def account(ran: Sequence[CommandResult], called: Sequence[CalledTool] = ()) -> str:
    """Return what the model is told in the next turn about one that was interrupted or failed."""
    commands = "".join(f"\n- ran `{each.command}`: {each.ending}" for each in ran)
    told = f" Commands that ran in it:{commands}" if commands else ""
    calls = "".join(f"\n- called `{each.text}`: {each.ending}" for each in called)
    told += f" Calls that were made in it:{calls}" if calls else ""
    return f"(This turn ended before I could answer.{told})"


def leaves_paused(problem: BaseException | None) -> bool:
    """Return whether a run can be resumed after `problem`: no decision, a failed terminal or disk, or a signal."""
    if isinstance(problem, OSError):
        return problem.errno in (errno.EPIPE, errno.EIO)
    return isinstance(problem, UndecidedError | JournalError | asyncio.CancelledError)


def as_sentence(
    problem: Exception, settings: Settings, own: OwnCode, default_model: object = None
) -> Exception:
    """Return `problem`, which ended a run, as an error with a sentence for the person, or unchanged if resumable.

    `default_model` is the model whose class the settings name, if any. An unexplained failure is reported with its
    place in the workflow's `own` code; its traceback is logged.
    """
    if isinstance(problem, HitlError) or leaves_paused(problem):
        return problem
    if is_of_default_model(problem) and (explained := explain(problem, settings)):
        return explained
    if limit := system.limit_reached(problem):
        return limit
    if too_many := _too_many_calls(problem, settings):
        return too_many
    _LOGGER.error("The workflow failed", exc_info=problem)
    if foreign := explain_foreign(problem, place_of(problem, own), default_model):
        return foreign
    return WorkflowError(
        f"The workflow failed: {placed(problem, own).rstrip('.')}.{advice(problem, own)} Nothing more was run. "
        "The traceback is in hitl.log; --debug shows it."
    )


def _too_many_calls(problem: Exception, settings: Settings) -> WorkflowError | None:
    """Return the error of an agent that called its model too often, without the engine's advice, or None."""
    found = _MAX_ITERATIONS.search(str(problem))
    if type(problem).__name__ != "WorkflowRuntimeError" or found is None:
        return None
    if int(found[1]) == settings.model_calls.value:
        more = "HITL_MODEL_CALLS allows more."
    else:
        more = "Its author can allow more where the agent is started: run(..., max_iterations=100)."
    return WorkflowError(
        f"The agent called its model {found[1]} times for one request and was not done, so it was ended. Nothing more "
        f"was run. {more} To have the person asked at the limit, its author uses PersonInTheLoopAgentWorkflow of "
        "hitl_cli in place of AgentWorkflow, and runs it with hitl."
    )


def placed_call(failed: CallFailed, own: OwnCode) -> CallFailed:
    """Return the failure of a tool with its place in the workflow's `own` code; its traceback is logged."""
    cause = failed.cause
    if cause is None or isinstance(cause, HitlError) or place_of(cause, own) is None:
        return failed
    _LOGGER.error("The tool %s failed", failed.tool, exc_info=cause)
    return replace(failed, problem=placed(cause, own), in_author_code=True)
