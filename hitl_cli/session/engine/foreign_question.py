"""One question of a workflow that does not use this project's events, and how it is stored."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workflows.events import Event

from hitl_cli.decisions import Decision, Respond
from hitl_cli.forms import fields_of
from hitl_cli.protocol import HumanResponseEvent
from hitl_cli.requests import FormRequest, Request
from hitl_cli.session.engine.command_questions import CommandQuestion, CommandShape
from hitl_cli.session.engine.event_text import name_of, plain

Wait = tuple[str, str]
"""The step that waits, and the id of the wait."""


class OnlyContents:
    """A requirement on the contents of a response: of those that a person gave, in `sent`, only this one meets it.

    A response that the workflow itself sends meets it.
    """

    def __init__(self) -> None:
        self.response: Event | None = None
        self.sent: list[Event] = []

    def __eq__(self, contents: object) -> bool:
        if self.response is not None and contents is self.response.__dict__:
            return True
        return not any(contents is each.__dict__ for each in self.sent)

    __hash__ = None  # type: ignore[assignment]


@dataclass
class ForeignQuestion:
    """A question: the `event` that asked it, the class of the `response`, and the wait that takes it, if one does."""

    event: str
    text: str
    response: type[Event]
    given: dict[str, Any]
    prefilled: dict[str, Any]
    wait: Wait | None
    contents: str = ""  # of the event, if it did not come with the wait itself
    shape: CommandShape | None = None
    types: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)
    is_answered: bool = False
    only: OnlyContents = field(default_factory=OnlyContents)

    def as_json(self) -> dict[str, Any]:
        """Return what `question_of` reads."""
        return {
            "class": self.event,
            "text": self.text,
            "response": name_of(self.response),
            "given": plain(self.given),
            "prefilled": self.prefilled,
            "wait": self.wait,
            "contents": self.contents,
            "shape": None if self.shape is None else asdict(self.shape),
            "types": self.types,
            "told": self.told,
        }

    @property
    def key(self) -> str:
        """The question as text, which is the same when it is asked again."""
        return json.dumps(self.as_json(), sort_keys=True)

    def request(self, request_id: str, draft: str | None = None) -> Request:
        """Return the question as a command to approve, if it has the form of one, otherwise as a form."""
        if (asks_command := self._as_command) is not None:
            return asks_command.request(request_id, self.text, draft)
        fields = fields_of(self.response, self.given, self.prefilled)
        if issubclass(self.response, HumanResponseEvent):  # its own fields come before the reason
            fields = tuple(sorted(fields, key=lambda each: each.name in HumanResponseEvent.model_fields))
        return FormRequest(request_id, self.text, fields, self.response, self.given, draft)

    def values(self, decision: Decision) -> dict[str, Any]:
        """Return the values of the response to `decision`.

        Raises:
            WorkflowError: The response has no valid values for it.
        """
        if (asks_command := self._as_command) is not None:
            return asks_command.values(decision)
        assert isinstance(decision, Respond)  # the gate accepts nothing else for a form
        return dict(decision.values)

    @property
    def carried(self) -> dict[str, Any]:
        """The values of the question that a response without fields carries, for a wait in a nested workflow to find.

        The requirements of such a wait are not known here.
        """
        if self.wait is not None or self.response.model_fields:
            return {}
        return {name: value for name, value in self.told.items() if name != "prefix"}

    @property
    def _as_command(self) -> CommandQuestion | None:
        if self.shape is None:
            return None
        return CommandQuestion(self.shape, self.response, self.given, self.prefilled)


def is_stored_question(stored: Mapping[str, Any]) -> bool:
    """Whether a stored request is a question that `request_of` reads."""
    return "response" in stored


def request_of(request_id: str, stored: Mapping[str, Any], draft: str | None) -> Request:
    """Return the form or the command of a stored question.

    Raises:
        ValueError: It is invalid, or the workflow no longer has its response class.
    """
    return question_of(stored).request(request_id, draft)


def question_of(stored: Mapping[str, Any]) -> ForeignQuestion:
    """Return the question that `ForeignQuestion.as_json` stored.

    Raises:
        ValueError: It is invalid, or the workflow no longer has its response class.
    """
    wait, shape = stored["wait"], stored.get("shape")
    return ForeignQuestion(
        str(stored["class"]),
        str(stored["text"]),
        class_named(str(stored["response"]), Event),
        dict(stored["given"]),
        dict(stored["prefilled"]),
        None if wait is None else (str(wait[0]), str(wait[1])),
        str(stored["contents"]),
        None if shape is None else CommandShape(**{name: str(value) for name, value in shape.items()}),
        tuple(stored.get("types", ())),
        dict(stored.get("told", {})),
    )


def class_named(name: str, base: type[Any]) -> type[Any]:
    """Return the latest loaded subclass of `base`, or `base`, that has this name.

    Raises:
        ValueError: There is none.
    """
    found: list[type[Any]] = [base]
    for each in found:
        found += each.__subclasses__()
    for each in reversed(found):
        if name_of(each) == name:
            event_class: type[Any] = each
            return event_class
    raise ValueError(f"the workflow no longer has the event {name}")
