"""The adapter to the questions of workflows that do not use this project's events: an event becomes a form, or a
command to approve, and the decision becomes the response event.

A question is answered either by a wait that is open, or by a step that accepts the response. Which of them it is, and
so the class of the response, is known when the engine is idle. The engine resolves every wait that a response matches;
so each wait that belongs to a question is made to match only the response to that question.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from workflows import Context, Workflow
from workflows.events import Event, InputRequiredEvent
from workflows.events import HumanResponseEvent as EngineResponseEvent

# Not public: the results of steps.
from workflows.runtime.types.results import AddWaiter, DeleteWaiter
from workflows.runtime.types.ticks import TickStepResult

from hitl_cli.decisions import Decision
from hitl_cli.errors import WorkflowError
from hitl_cli.forms import response_of
from hitl_cli.protocol import HumanInputEvent
from hitl_cli.requests import Request
from hitl_cli.session.engine.command_questions import shape_of
from hitl_cli.session.engine.event_text import DECLARED, contents_of, name_of, plain, text_of, told, types_of
from hitl_cli.session.engine.foreign_question import ForeignQuestion, OnlyContents, Wait, question_of

_PROGRAM = "hitl_cli"
_CONTENTS = "__dict__"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_COMMON_WORDS = frozenset(
    ("answer", "ask", "ev", "event", "human", "input", "question", "reply", "request", "required", "response")
)


class ForeignQuestions:
    """The questions of one run, and the waits and steps that take their answers."""

    def __init__(self, workflow: Workflow, context: Context[Any]) -> None:
        self._workflow = workflow
        self._context = context
        self._seen = 0
        self._arrived: list[InputRequiredEvent] = []
        self._waits: dict[Wait, AddWaiter[Any]] = {}
        self._requirements: dict[Wait, dict[str, Any]] = {}
        self._questions: dict[str, ForeignQuestion] = {}
        self._drafts: dict[str, str] = {}
        self._sent: list[Event] = []

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._questions

    @property
    def response_names(self) -> set[str]:
        """The names of the classes of the responses that were sent."""
        return {each.response.__name__ for each in self._questions.values() if each.is_answered}

    def arrived(self, event: InputRequiredEvent) -> None:
        """Note a question; it is asked when it is known what takes its answer."""
        self._arrived.append(event)

    def ready(self) -> list[Request]:
        """Return the questions that arrived, as requests. To be called when the engine is idle, or rests.

        Raises:
            WorkflowError: Nothing takes the answer to one of them, or it is not clear what does.
        """
        self._follow_waits()
        arrived, self._arrived = self._arrived, []
        requests = []
        for event in self._new(arrived):
            question = self._question(event)
            request_id = uuid4().hex
            self._questions[request_id] = question
            self._guard(question)
            requests.append(question.request(request_id, self._drafts.pop(question.key, None)))
        return requests

    def stored(self, request_id: str) -> dict[str, Any]:
        """Return a question as JSON, for `restore` and `request_of`."""
        return self._questions[request_id].as_json()

    def told(self, request_id: str) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Return the names by which a panel for a question can be registered, and its values as JSON."""
        question = self._questions[request_id]
        return question.types, question.told

    def restore(self, request_id: str, stored: Mapping[str, Any], *, is_open: bool) -> None:
        """Restore a question of a run that is resumed.

        One that is not open was answered before, or the workflow asks it again; then its draft is used again.

        Raises:
            ValueError: It is invalid, or the workflow no longer has its response class.
        """
        self._questions[request_id] = question_of(stored)
        self._questions[request_id].is_answered = not is_open
        if not is_open and stored.get("draft"):
            self._drafts[self._questions[request_id].key] = str(stored["draft"])

    def response(self, decision: Decision) -> Event:
        """Return the response event for `decision`, and have the wait of its question take exactly that.

        Raises:
            WorkflowError: The response has no valid values for it.
        """
        self._follow_waits()
        question = self._questions[decision.request_id]
        values = {**question.carried, **question.values(decision), **question.given}
        response = response_of(question.response, values)
        assert isinstance(response, Event)
        question.is_answered = True
        question.only.response = response
        self._sent.append(response)
        return response

    def wait_began(self, added: AddWaiter[Any]) -> AddWaiter[Any]:
        """Return a wait for a person without a time limit, which takes no response but the one to its own question."""
        if not (
            issubclass(added.event_type, EngineResponseEvent)
            or isinstance(added.waiter_event, InputRequiredEvent)
        ):
            return added
        nobody = OnlyContents()
        nobody.sent = self._sent
        changes = {"timeout": None, "requirements": {**added.requirements, _CONTENTS: nobody}}
        return added.model_copy(update={**changes, "has_requirements": True})

    def _follow_waits(self) -> None:
        ticks = self._context._require_external(fn="waits")._tick_log
        new, self._seen = ticks[self._seen :], len(ticks)
        for tick in new:
            if not isinstance(tick, TickStepResult):
                continue
            for each in tick.result:
                wait = (str(tick.step_id), getattr(each, "waiter_id", ""))
                if isinstance(each, DeleteWaiter):
                    self._waits.pop(wait, None)
                elif isinstance(each, AddWaiter):
                    self._waits[wait] = each
                    required = each.requirements.items()
                    self._requirements[wait] = {name: value for name, value in required if name != _CONTENTS}
        for question in self._questions.values():
            if not question.is_answered:
                self._guard(question)

    def _guard(self, question: ForeignQuestion) -> None:
        """Have the wait of `question` take no response but the one to this question."""
        if question.wait is not None and (added := self._waits.get(question.wait)) is not None:
            question.given = self._requirements[question.wait]
            question.only.sent = self._sent
            added.requirements[_CONTENTS] = question.only  # the waiter of the engine has the same dictionary

    def _new(self, arrived: Sequence[InputRequiredEvent]) -> list[InputRequiredEvent]:
        """Return `arrived` without questions that are repeated because the engine ran a step from its first line again.

        A step that writes its question to the stream and then waits does so each time that one of its waits is over.
        """
        new = list(arrived)
        known = {each.contents for each in self._questions.values() if each.wait is not None}
        free = len(self._free_waits())
        for event in arrived:
            if self._wait_with(event) is None:
                written = [each for each in new if self._wait_with(each) is None]
                if len(written) > free and contents_of(event) in known:
                    new.remove(event)
        return new

    def _wait_with(self, event: InputRequiredEvent) -> Wait | None:
        """Return the wait that `event` came with."""
        return next((key for key, added in self._waits.items() if added.waiter_event is event), None)

    def _free_waits(self) -> list[Wait]:
        """Return the waits that came without a question, and have not been given one."""
        taken = {each.wait for each in self._questions.values() if not each.is_answered}
        return [key for key, added in self._waits.items() if added.waiter_event is None and key not in taken]

    def _question(self, event: InputRequiredEvent) -> ForeignQuestion:
        wait = self._wait_with(event)
        contents = ""
        if wait is None:
            contents = contents_of(event)
            free = self._free_waits()
            wait = next((key for key in free if self._fits(event, key)), free[0] if free else None)
        own = {"request_id": event.request_id} if isinstance(event, HumanInputEvent) else {}
        response = self._waits[wait].event_type if wait is not None else self._response_of_step(event)
        given = {**own, **(self._requirements[wait] if wait is not None else {})}
        shared = {
            name: plain(value)
            for name, value in told(event)
            if name in response.model_fields and name not in given
        }
        given |= {name: value for name, value in shared.items() if _is_id(name)}
        prefilled = {name: value for name, value in shared.items() if name not in given}
        # An event of this project says by its type how it is shown.
        is_own = isinstance(event, HumanInputEvent)
        shape = None if is_own else shape_of(dict(told(event)), response, given, prefilled)
        text = text_of(event, given, shape.name if shape else None)
        return ForeignQuestion(
            name_of(type(event)),
            text,
            response,
            given,
            prefilled,
            wait,
            contents,
            shape,
            types_of(event),
            {name: plain(value) for name, value in told(event)},
        )

    def _fits(self, event: InputRequiredEvent, wait: Wait) -> bool:
        requirements = self._requirements[wait]
        return bool(requirements) and all(
            getattr(event, name, None) == value for name, value in requirements.items()
        )

    def _response_of_step(self, event: InputRequiredEvent) -> type[Event]:
        for name in DECLARED:
            declared = getattr(event, name, None)
            if isinstance(declared, type) and issubclass(declared, Event):
                return declared
        accepted = list(
            dict.fromkeys(
                each
                for step in self._workflow._step_configs().values()
                for each in step.accepted_events
                if isinstance(each, type) and issubclass(each, EngineResponseEvent)
            )
        )
        name = type(event).__name__
        if not accepted:
            raise WorkflowError(
                f"The workflow asks with {name}, but no step accepts a HumanResponseEvent and no step waits for one, "
                "so nobody was asked. Nothing more was run."
            )
        if len(accepted) == 1:
            return accepted[0]
        shared = {each: len(_words(name) & _words(each.__name__)) for each in accepted}
        best = [each for each in accepted if shared[each] == max(shared.values())]
        if len(best) == 1:
            return best[0]
        classes = ", ".join(each.__name__ for each in accepted)
        raise WorkflowError(
            f"The workflow asks with {name}, and any of {classes} could be the answer, so nobody was asked. "
            f"Name the right one in a class attribute of {name}: response_type: ClassVar = ... "
            "Nothing more was run."
        )


def is_foreign(workflow: Workflow, files: Iterable[Path]) -> bool:
    """Whether neither `workflow` nor a module of its own `files` uses this project."""
    own = {str(each) for each in files}
    modules = [each for each in list(sys.modules.values()) if getattr(each, "__file__", None) in own]
    known = [value for module in modules for name, value in vars(module).items() if not name.startswith("__")]
    classes = [each for each in (*known, type(workflow)) if isinstance(each, type)]
    sources = [str(getattr(each, "__module__", "")) for each in known]
    sources += [base.__module__ for each in classes for base in each.__mro__]
    sources += [each.__name__ for each in known if isinstance(each, ModuleType)]
    return not any(source.partition(".")[0] == _PROGRAM for source in sources)


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)} - _COMMON_WORDS
