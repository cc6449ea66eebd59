"""The gate: the one place that turns a decision into an approval, and so the only way to make the shell run anything.

Every decision passes through it, whether it comes from a terminal, from plain lines or from a program. The gate trusts
none of them. It checks that the decision answers an open request, that the text may run, that this text is what the
person was shown, and that they typed a word for a text that cannot be undone. An approval is for one request and one
exact text, and can be used once.
"""

import hashlib
from typing import NamedTuple

from hitl_cli.decisions import Answer, Decider, Decision, Refuse, Reject, Respond, Run
from hitl_cli.errors import NotApprovedError, UndecidedError
from hitl_cli.requests import CodeRequest, CommandRequest, FormRequest, Request, ToolRequest
from hitl_cli.text.visible import refusal, shown_form


class Approval(NamedTuple):
    """The permission to run exactly `command`, or to make exactly this call, once, in answer to one request."""

    request_id: str
    command: str


class Gate:
    """The requests of one run, which of them are open, and the approvals that were not used yet.

    A request is open from `open` until a decision is accepted. Its id is never accepted again in the same run.
    """

    def __init__(self) -> None:
        self._open: dict[str, Request] = {}
        self._closed: set[str] = set()
        self._approved: dict[str, Approval] = {}
        self._used: set[str] = set()

    def open(self, request: Request) -> Refuse | None:
        """Open `request` for one decision; return the refusal if it must not be offered to a person.

        A refusal is itself a decision, to be passed to `decide`.

        Raises:
            UndecidedError: The request was decided before.
        """
        if request.request_id in self._closed:
            raise UndecidedError(f"Request {request.request_id} was decided before. Nothing ran.")
        self._open[request.request_id] = request
        what = "code" if isinstance(request, CodeRequest) else "command"
        reason = refusal(request.command, what) if isinstance(request, CommandRequest) else ""
        return Refuse(request.request_id, reason) if reason else None

    def decide(self, decision: Decision, by: Decider) -> Approval | None:
        """Accept the `decision` of `by`, and close its request; return the approval if hitl is to run a text.

        Raises:
            UndecidedError: The decision is not accepted: its request is not open, its text is not what was shown, is
                refused, is empty or has gaps, or it was not theirs to take. Nothing runs, and the request stays as it
                was.
        """
        if problem := self._obstacle(decision, by):
            raise UndecidedError(f"{problem} Nothing ran.")
        request = self._open.pop(decision.request_id)
        self._closed.add(decision.request_id)
        if not isinstance(decision, Run) or not _runs_here(request):
            return None
        approval = self._approved[decision.request_id] = Approval(decision.request_id, decision.command)
        return approval

    def use(self, request_id: str | None, command: str) -> Approval:
        """Use up the approval of `command`, and return it; call this immediately before the command starts.

        Raises:
            NotApprovedError: There is no such approval, it was used before, or it is for another text.
        """
        if request_id in self._used:
            raise NotApprovedError(
                f"The workflow tried to run the command of request {request_id} again; it ran only once."
            )
        wanted = Approval(request_id or "", command)
        if self._approved.get(wanted.request_id) != wanted:
            raise NotApprovedError(
                "The workflow tried to run a command that nobody approved; it did not run. "
                "Ask with a HumanInputEvent, and pass the request_id and the command of the response to run_command."
            )
        del self._approved[wanted.request_id]
        self._used.add(wanted.request_id)
        return wanted

    def withdraw(self, request_id: str) -> str | None:
        """Withdraw the unused approval of `request_id`, and return its command; None if there is none."""
        approval = self._approved.pop(request_id, None)
        return approval.command if approval else None

    @property
    def unused(self) -> tuple[Approval, ...]:
        """The approvals that were not used yet."""
        return tuple(self._approved.values())

    def _obstacle(self, decision: Decision, by: Decider) -> str:
        request = self._open.get(decision.request_id)
        if request is None:
            return f"Request {decision.request_id} is not open, so the decision on it was not accepted."
        if isinstance(request, FormRequest):
            return _obstacle_to_respond(request, decision, by)
        match decision:
            case Run() if isinstance(request, ToolRequest):
                return _obstacle_to_call(request, decision, by)
            case Run():
                assert isinstance(request, CommandRequest)
                return _obstacle_to_run(request, decision, by)
            case Respond():
                return "The answer to a form was given to a command or a call."
            case Refuse():
                return "" if by is not Decider.PERSON else "Only hitl itself can refuse to offer a command."
            case Reject() | Answer():
                return "" if by is Decider.PERSON else "Only a person can reject or answer a request."


def _obstacle_to_run(request: CommandRequest, decision: Run, by: Decider) -> str:
    command = decision.command
    if by is Decider.PROGRAM:
        return "Only a person or a rule can approve a command."
    if problem := _obstacle_by_rules(request, decision, by):
        return problem
    if (word := request.confirmation(command)) and decision.confirmation != word:
        return f"The approved command cannot be undone, and the word {word} was not typed to run it."
    if reason := refusal(command):
        return f"The approved command is refused: {reason}"
    if gaps := request.gaps(command):
        return f"The approved command still needs {', '.join(gaps)}."
    if decision.shown != shown_form(command):
        return "The approved command is not what was on the screen when it was approved."
    if request.is_fixed and command != request.command:
        return "The approved command is not the proposed one, and the workflow takes no other."
    if request.delegation and (problem := request.delegation.check(command)):
        return f"The workflow's response does not accept the approved command: {problem}"
    return ""


def _obstacle_by_rules(request: CommandRequest, decision: Run, by: Decider) -> str:
    """Return what a rule has against the decision: it denies the text, or does not allow what it is said to allow."""
    if request.judge is None:
        return "No rules hold for this request." if by is Decider.RULE else ""
    if denial := request.denial(decision.command):
        return f"The approved command is denied: {denial}."
    is_allowed = decision.command == request.command and request.judge(request.command).is_allowed
    if by is Decider.RULE and not is_allowed:
        return "No rule allows the command."
    return ""


def _runs_here(request: Request) -> bool:
    return not (isinstance(request, CommandRequest) and request.delegation is not None)


def _obstacle_to_call(request: ToolRequest, decision: Run, by: Decider) -> str:
    if by is not Decider.PERSON:
        return "Only a person can approve a call."
    from hitl_cli.call_form import problem_with, shown_call  # imports pydantic, as below

    try:
        arguments = request.arguments_in(decision.command)
    except ValueError as problem:
        return f"The approved text is not a call of {request.tool}: {problem}."
    if arguments != request.arguments and (why := problem_with(request.schema, arguments)):
        return f"The changed arguments are not valid: {why}"
    if decision.shown != shown_call(decision.command):
        return "The approved call is not what was on the screen when it was approved."
    return ""


def _obstacle_to_respond(request: FormRequest, decision: Decision, by: Decider) -> str:
    if not isinstance(decision, Respond):
        return "A form can only be answered with its fields."
    if by is not Decider.PERSON:
        return "Only a person can answer a form."
    from hitl_cli.forms import problem_in  # imports pydantic, which is slow, and most runs ask no form

    if problem := problem_in(request, decision.values):
        return f"The answer is not valid: {problem}"
    return ""


def digest(command: str) -> str:
    """Return the SHA-256 of a command's bytes, as hexadecimal digits."""
    return hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()
