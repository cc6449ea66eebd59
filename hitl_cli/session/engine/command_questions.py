"""Questions of a workflow that have the form of a command: recognized by their fields, answered with a decision.

create-llama's `CLIHumanInputEvent` is such a question: it has a `command`, and its response has `execute: bool` and
`command: str`. The workflow runs what is approved by itself; see `Delegation`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from hitl_cli.decisions import Answer, Decision, Refuse, Reject, Respond, Run
from hitl_cli.errors import WorkflowError
from hitl_cli.forms import fields_of, problem_with
from hitl_cli.requests import CommandRequest, Delegation, FieldKind, FormField

_COMMANDS = ("command", "cmd", "shell_command", "bash_command", "cli_command", "command_line")
_VERDICTS = frozenset({
    "accept", "accepted", "agree", "agreed", "allow", "allowed", "approval", "approve", "approved",
    "authorize", "authorized", "confirm", "confirmed", "consent", "execute", "go", "granted", "ok", "okay",
    "permit", "permitted", "proceed", "run", "yes",
})  # fmt: skip
# A field with one of these words says something else: the opposite, or something about later commands.
_OTHERWISE = frozenset({
    "again", "all", "always", "auto", "automatically", "cancel", "deny", "dont", "dry", "future", "never",
    "no", "not", "reject", "remember", "session", "skip", "without",
})  # fmt: skip
_WORDS = frozenset(
    ("comment", "comments", "explanation", "feedback", "justification", "message", "note", "notes", "reason",
     "reasons", "remark", "remarks", "why")
)  # fmt: skip
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_LINE_ENDS = "The proposed command had Windows line endings (CR LF); they are plain line endings (LF) now."


@dataclass(frozen=True)
class CommandShape:
    """Where a question has its `command`, and where its response has the decision.

    `verdict` is the name of the boolean field. `edited` and `words` are those of the fields for another command and
    for what the person says; empty if there are none.
    """

    command: str
    name: str
    verdict: str
    edited: str
    words: str


def shape_of(
    told: Mapping[str, Any], response: type[BaseModel], given: Mapping[str, Any], prefilled: Mapping[str, Any]
) -> CommandShape | None:
    """Return where a question that tells these values has a command; None if it is no question about one.

    That is so if it has no command, or if its `response` does not have exactly one field for the verdict, or needs a
    value that is neither `given` nor `prefilled`.
    """
    name = next((each for each in _COMMANDS if isinstance(told.get(each), str)), None)
    if name is None:
        return None
    fields = {each.name: each for each in fields_of(response, given, prefilled)}
    verdict = _verdict(fields)
    if verdict is None:
        return None
    texts = [each for each in fields.values() if each.kind is FieldKind.TEXT and not each.is_secret]
    edited = next((each.name for each in texts if each.name in (name, *_COMMANDS)), "")
    words = next((each.name for each in texts if _words(each.name) & _WORDS), "")
    known = {verdict, edited, words, *prefilled}
    if any(each.is_required and each.name not in known for each in fields.values()):
        return None
    return CommandShape(told[name], name, verdict, edited, words)


def _verdict(fields: Mapping[str, FormField]) -> str | None:
    found = [
        each
        for each in fields.values()
        if each.kind is FieldKind.YES_NO
        and (words := _words(each.name)) & _VERDICTS
        and not words & _OTHERWISE
    ]
    required = [each for each in found if each.is_required]
    only = required if len(required) == 1 else found
    return only[0].name if len(only) == 1 else None


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


@dataclass(frozen=True)
class CommandQuestion:
    """A question about a command, and its answer as values of the `response` class."""

    shape: CommandShape
    response: type[BaseModel]
    given: Mapping[str, Any]
    prefilled: Mapping[str, Any]

    def request(self, request_id: str, said: str, draft: str | None) -> CommandRequest:
        """Return the request that a person decides on."""
        command, note = self.shape.command, ""
        if self.shape.edited and "\r\n" in command:
            command, note = command.replace("\r\n", "\n"), _LINE_ENDS
        delegation = Delegation(bool(self.shape.edited), bool(self.shape.words), self._problem_with)
        draft = draft if self.shape.edited else None
        return CommandRequest(request_id, command, draft=draft, note=note, said=said, delegation=delegation)

    def values(self, decision: Decision) -> dict[str, Any]:
        """Return the values of the response to `decision`.

        A response to anything but a run has an empty command, if its class accepts that.

        Raises:
            WorkflowError: The class accepts no rejection.
        """
        match decision:
            case Run(command=command, comment=comment):
                return self._filled(True, command, comment)
            case Reject(reason=words) | Refuse(reason=words) | Answer(text=words):
                for command in ("", self.shape.command):
                    values = self._filled(False, command, words)
                    if not (problem := problem_with(self.response, {**values, **self.given})):
                        return values
                raise WorkflowError(
                    f"{self.response.__name__} accepts no rejection of the command: {problem} The workflow was ended; "
                    "it did not get a response."
                )
            case Respond(values=given):
                return dict(given)

    def _filled(self, verdict: bool, command: str, words: str) -> dict[str, Any]:
        values = {**self.prefilled, self.shape.verdict: verdict}
        if self.shape.edited:
            values[self.shape.edited] = command
        if self.shape.words and (words or self.response.model_fields[self.shape.words].is_required()):
            values[self.shape.words] = words
        return values

    def _problem_with(self, command: str) -> str:
        return problem_with(self.response, {**self._filled(True, command, ""), **self.given})
