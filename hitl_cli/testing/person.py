"""A person whose decisions are written down before a test starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic_core import to_jsonable_python

from hitl_cli.call_form import shown_call
from hitl_cli.decisions import Answer, Reject, Reply, Respond, Run, Settlement, Stop
from hitl_cli.forms import problem_in
from hitl_cli.requests import CommandRequest, FormRequest, Request, ToolRequest, UnknownOutcome, call_text
from hitl_cli.shell import CommandResult
from hitl_cli.testing.script import ScriptError
from hitl_cli.text.visible import shown_form

Matcher = str | Callable[[Request], bool] | None
"""Which requests an answer fits: those whose text contains this text, or for which this function returns true.

None fits every request.
"""


@dataclass(frozen=True)
class _ScriptedAnswer:
    """One answer; `printing` and `exit_status` are the result of a command that does not really run."""

    does: str
    asked: Matcher
    reply: Callable[[Request], Reply]
    printing: str = ""
    exit_status: int = 0
    for_real: bool = False

    def fits(self, request: Request) -> bool:
        """Whether this can be the answer to `request`."""
        if isinstance(self.asked, str):
            return self.asked in request.text
        return self.asked is None or self.asked(request)

    def __str__(self) -> str:
        if self.asked is None:
            return self.does
        return f"{self.does} (for {self.asked!r})"


class ScriptedPerson:
    """Decides on requests as its script says; `requests` are those that it was asked about.

    Each method adds one answer to the script, and returns the person. For each request, the first answer that fits is
    used, and no answer is used twice.
    """

    is_present = True

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._script: list[_ScriptedAnswer] = []
        self._approved: dict[str, _ScriptedAnswer] = {}
        self._problem: ScriptError | None = None

    def runs(
        self,
        asked: Matcher = None,
        *,
        edited: str | None = None,
        comment: str = "",
        printing: str = "",
        exit_status: int = 0,
        for_real: bool = False,
        confirmed: bool = False,
    ) -> "ScriptedPerson":
        """Approve a command, as it is or `edited`; `comment` is what the person says about it to the model.

        No process is started: the workflow gets a result with the output `printing` and this `exit_status`. With
        `for_real`, the command runs in the folder of the test. A workflow that runs its commands by itself does so.
        A command that cannot be undone, such as `rm -rf ~`, must also be `confirmed`, as by the typed word.
        """
        if for_real and (printing or exit_status):
            raise ValueError("A command that runs for real has its own output and exit status.")

        def reply(request: Request) -> Reply:
            if not isinstance(request, CommandRequest):
                self._fail(f"The script runs a command, but the workflow asked a question: {request.text!r}")
            if request.delegation is not None and (printing or exit_status or for_real):
                self._fail(
                    f"The workflow runs {request.command!r} by itself, so that the script can only approve it: runs() "
                    "without printing, exit_status and for_real."
                )
            command = request.command if edited is None else edited
            if (word := request.confirmation(command)) and not confirmed:
                self._fail(
                    f"{command!r} cannot be undone, and at a terminal it runs only after the word {word} was typed: "
                    "runs(confirmed=True)."
                )
            return Run(request.request_id, command, shown_form(command), comment=comment, confirmation=word)

        does = "runs the command" if edited is None else f"runs {edited!r}"
        return self._add(_ScriptedAnswer(does, asked, reply, printing, exit_status, for_real))

    def calls(self, asked: Matcher = None, /, **changed: Any) -> "ScriptedPerson":
        """Approve a call of a tool, with its arguments as they are, or with those that are `changed`."""

        def reply(request: Request) -> Reply:
            if not isinstance(request, ToolRequest):
                self._fail(
                    f"The script approves a call, but the workflow asked something else: {request.text!r}"
                )
            text = call_text(request.tool, {**request.arguments, **to_jsonable_python(changed)})
            return Run(request.request_id, text, shown_call(text))

        return self._add(_ScriptedAnswer("approves the call", asked, reply))

    def rejects(self, asked: Matcher = None, *, reason: str = "") -> "ScriptedPerson":
        """Reject a command, or a call of a tool."""
        return self._decides("rejects the command", asked, lambda request_id: Reject(request_id, reason))

    def answers(self, text: str, asked: Matcher = None) -> "ScriptedPerson":
        """Say something in place of running a command."""
        return self._decides(f"answers {text!r}", asked, lambda request_id: Answer(request_id, text))

    def fills(self, asked: Matcher = None, /, **values: Any) -> "ScriptedPerson":
        """Answer a question with the values of its fields; a field that is left out has its default."""

        def reply(request: Request) -> Reply:
            if not isinstance(request, FormRequest):
                self._fail(
                    f"The script fills in fields, but the workflow asked about a command: {request.text!r}"
                )
            unknown = sorted(values.keys() - {field.name for field in request.fields})
            if unknown:
                fields = ", ".join(field.name for field in request.fields)
                self._fail(
                    f"The question {request.text!r} has no field {', '.join(unknown)}; it has {fields}."
                )
            written = {name: to_jsonable_python(value, fallback=str) for name, value in values.items()}
            if problem := problem_in(request, written):
                self._fail(f"The script's answer to {request.text!r} is not valid: {problem}")
            return Respond(request.request_id, written)

        fields = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return self._add(_ScriptedAnswer(f"fills in {fields}", asked, reply))

    def stops(self, asked: Matcher = None) -> "ScriptedPerson":
        """Decide nothing and end the program. If the script has more answers, the session is then resumed."""
        return self._add(_ScriptedAnswer("stops", asked, lambda request: Stop()))

    def check_used(self) -> None:
        """Check that every answer was used, and that nothing else went wrong.

        Raises:
            ScriptError: It did, or some were not.
        """
        if self._problem is not None:
            raise self._problem
        if self._script:
            left = "; ".join(map(str, self._script))
            raise ScriptError(f"The workflow asked {self._asked}. Not used: {left}")

    @property
    def has_answers(self) -> bool:
        """Whether the script has answers that were not used."""
        return bool(self._script)

    def result_of(self, request_id: str, command: str) -> CommandResult | None:
        """Return the result of a command that the person approved; None if it runs for real."""
        answer = self._approved[request_id]
        if answer.for_real:
            return None
        return CommandResult(command, answer.exit_status, 0.0, answer.printing)

    async def decide(
        self, request: Request, position: int, total: int, on_edit: Callable[[str], None]
    ) -> Reply:
        """Return the decision on `request`; see `Person`.

        Raises:
            ScriptError: The script has no answer to it, or a wrong one.
        """
        self.requests.append(request)
        answer = next((each for each in self._script if each.fits(request)), None)
        if answer is None:
            what = "the command" if isinstance(request, CommandRequest) else "the question"
            left = "; ".join(map(str, self._script)) or "nothing"
            self._fail(f"The script has no answer to {what} {request.text!r}. What is left of it: {left}")
        self._script.remove(answer)
        self._approved[request.request_id] = answer
        return answer.reply(request)

    async def settle(self, lost: UnknownOutcome) -> Settlement | Stop:
        """See `Person`; a scripted run loses no command."""
        self._fail(f"The outcome of {lost.command!r} is unknown.")

    async def agrees(self, warning: str) -> bool:
        """See `Person`; a scripted run warns of nothing."""
        self._fail(f"The program warned: {warning}")

    @property
    def _asked(self) -> str:
        return f"only {', '.join(repr(each.text) for each in self.requests)}" if self.requests else "nothing"

    def _decides(self, does: str, asked: Matcher, decision: Callable[[str], Reply]) -> "ScriptedPerson":
        def reply(request: Request) -> Reply:
            if not isinstance(request, CommandRequest | ToolRequest):
                self._fail(
                    f"The script {does}, but the workflow asked a question: {request.text!r}. "
                    "A question is answered with fills()."
                )
            return decision(request.request_id)

        return self._add(_ScriptedAnswer(does, asked, reply))

    def _add(self, answer: _ScriptedAnswer) -> "ScriptedPerson":
        self._script.append(answer)
        return self

    def _fail(self, problem: str) -> NoReturn:
        self._problem = ScriptError(problem)
        raise self._problem
