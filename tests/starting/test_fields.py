"""The start fields of a workflow: those of its class, and those that its steps read from a plain StartEvent."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from hitl_cli.errors import UsageError
from hitl_cli.starting.fields import start_fields, written_type
from hitl_cli.starting.inputs import GivenInputs
from hitl_cli.starting.values import Start


class Reading(Workflow):
    """Reads fields in every way that an event allows."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        """Read them."""
        words = ev.get("words", 200)
        tone = getattr(ev, "tone", "plain")
        draft = ev.draft if hasattr(ev, "draft") else None
        if "extra" in ev:
            draft = ev["extra"]
        ev.seen = True
        return StopEvent(
            result=[f"{ev.topic!r}", ev["audience"], words, tone, draft, isinstance(ev, StartEvent)]
        )


class PassingOn(Workflow):
    """Passes its event on, so that nobody can see what is read."""

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        """Pass it on."""
        return StopEvent(result=json.dumps(ev, default=str))


class Again(Event):
    """Brings a step back to its start."""

    round: int


class Looping(Workflow):
    """Has a step that takes another event, too, and that reads some fields only under a condition."""

    @step
    async def go(self, ev: StartEvent | Again) -> StopEvent | Again:
        """Go round once."""
        if isinstance(ev, StartEvent):
            return Again(round=1)
        return StopEvent(result=ev.round)

    @step
    async def count(self, ev: StartEvent) -> None:
        """Read what it needs."""
        print(ev.limit, ev.mode if ev.limit > 3 else "", ev.limit and ev.name)
        try:
            print(ev.colour)
        except AttributeError:
            print("none")


class ReadingNothing(Workflow):
    """Needs nothing to start."""

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        """Do it."""
        return StopEvent(result="done")


class ReadingDefaults(Workflow):
    """Needs nothing to start, and takes two texts."""

    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        """Use them."""
        return StopEvent(result=ev.get("first", "a") + ev.get("second", "b"))


class TwoTexts(StartEvent):
    """Two texts, and nothing that says which one is the request."""

    one: str
    two: str
    note: str = ""


class Pair(Workflow):
    """Has a class of its own for its start."""

    @step
    async def go(self, ev: TwoTexts) -> StopEvent:
        """Use them."""
        return StopEvent(result=ev.one + ev.two)


def started(workflow: Workflow, request: str | None, **texts: str) -> dict[str, Any]:
    """Return the values with which a run starts, where nothing is missing."""
    start = Start("./flow.py", start_fields(workflow), GivenInputs(texts))
    values = start.given(request)
    assert start.missing(values) == []
    return dict(start.complete(values, request).values)


def test_fields_that_steps_read_are_found() -> None:
    """With their defaults and the types of these; what has none is required."""
    fields = start_fields(Reading())
    assert {each.name: (each.type, each.default) for each in fields.shown} == {
        "words": ("int", "200"),
        "tone": ("str", "'plain'"),
        "draft": ("any", "None"),
        "extra": ("any", "None"),
        "topic": ("any", None),
        "audience": ("any", None),
    }
    assert not fields.is_open
    assert start_fields(PassingOn()).is_open
    assert start_fields(ReadingNothing()).names == ()
    looping = {each.name: each.default for each in start_fields(Looping()).shown}
    assert looping == {"limit": None, "mode": "None", "name": "None", "colour": "None"}


def test_request_goes_into_the_only_text_that_is_required() -> None:
    """Also where another one is given on the command line; otherwise the person must say which one it is."""
    assert started(Reading(), "cats", audience="all", words="3") == {
        "topic": "cats",
        "audience": "all",
        "words": 3,
    }
    assert started(Pair(), "b", one="a") == {"one": "a", "two": "b"}
    unclear: tuple[tuple[Workflow, str], ...] = ((Pair(), "one, two"), (Reading(), "topic, audience"))
    for workflow, names in unclear:
        with pytest.raises(UsageError, match=f"could be any of {names}"):
            started(workflow, "b")
    with pytest.raises(UsageError, match="has a value already, so no field is left"):
        started(Pair(), "c", one="a", two="b")
    assert started(PassingOn(), "cats", colour="red") == {"user_msg": "cats", "colour": "red"}


def test_request_that_a_workflow_does_not_use_is_said() -> None:
    """A plain event takes it, as LlamaIndex's own tools give it."""
    unused: tuple[tuple[Workflow, str], ...] = (
        (ReadingDefaults(), "it could be any of first, second"),
        (ReadingNothing(), "no step of this workflow reads it"),
    )
    for workflow, said in unused:
        assert started(workflow, "cats") == {"user_msg": "cats"}
        assert said in Start("./flow.py", start_fields(workflow)).note_on_request
    assert Start("./flow.py", start_fields(PassingOn())).note_on_request == ""


def test_conversation_needs_a_field_for_the_request() -> None:
    """A workflow without one, or whose only one is given, runs once."""
    for workflow, inputs, takes in (
        (PassingOn(), {}, True),
        (PassingOn(), {"user_msg": "cats"}, False),
        (ReadingNothing(), {}, False),
        (Pair(), {}, False),
        (Pair(), {"one": "a"}, True),
        (Pair(), {"one": "a", "two": "b"}, False),
    ):
        start = Start("./flow.py", start_fields(workflow), GivenInputs(inputs))
        assert start.takes_conversation == takes, (workflow, inputs)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(value=values)
def test_any_json_value_can_be_given_for_an_untyped_field(value: Any) -> None:
    """And a text without quotes is the text itself."""
    assert started(PassingOn(), None, user_msg="go", value=json.dumps(value))["value"] == value


@given(request=st.text(min_size=1))
def test_request_is_never_interpreted(request: str) -> None:
    """A request that looks like a number or JSON is still a text."""
    assert started(Reading(), request, audience="all")["topic"] == request


@pytest.mark.parametrize(
    ("annotation", "written"),
    [
        (Again | None, "Again | None"),
        (Decimal | None, "Decimal | None"),
        (dict[str, list[Again]], "dict[str, list[Again]]"),
        (tuple[date, ...], "tuple[date, ...]"),
        (Sequence[int], "Sequence[int]"),
        (Literal["a.b", "c"] | None, "Literal['a.b', 'c'] | None"),
        (list, "list"),
        (Any, "any"),
    ],
)
def test_a_type_is_written_without_modules(annotation: Any, written: str) -> None:
    """A class of the workflow's file has a module whose name the author never chose."""
    assert written_type(annotation) == written
