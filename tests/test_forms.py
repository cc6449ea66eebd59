"""Forms without a terminal: what is typed becomes values, and only a valid response passes the gate."""

from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, Field, SecretStr, field_validator
from workflows.events import HumanResponseEvent

from hitl_cli.decisions import Answer, Decider, Decision, Refuse, Reject, Respond, Run
from hitl_cli.errors import UndecidedError
from hitl_cli.forms import FormState, fields_of, response_of, summary
from hitl_cli.gate import Gate
from hitl_cli.requests import CommandRequest, FormRequest
from hitl_cli.session.stored_values import verdict_of
from hitl_cli.text.visible import shown_form


class Level(Enum):
    """A choice whose values are not text."""

    LOW = 1
    HIGH = 2


class Answered(HumanResponseEvent):
    """A response with several kinds of fields."""

    user: str
    level: Level
    mode: Literal["fast", 3] = "fast"
    count: int | None = Field(default=None, gt=0)
    names: list[str] = Field(default_factory=list)
    note: str = "none"

    @field_validator("note")
    @classmethod
    def _polite(cls, note: str) -> str:
        if "!" in note:
            raise ValueError("please do not shout")
        return note


GIVEN = {"user": "ann"}


def form(draft: str | None = None) -> FormRequest:
    """Return a question with the id 1 whose user is known."""
    return FormRequest("1", "How?", fields_of(Answered, GIVEN, {}), Answered, GIVEN, draft)


def filled(*texts: str) -> dict[str, Any]:
    """Return the values of a form that is filled in with these texts."""
    filling = FormState(form())
    for text in texts:
        assert filling.take(text) == ""
    assert filling.field is None
    assert filling.problem() == ""
    return dict(filling.respond().values)


def test_texts_become_values() -> None:
    """Choices by name or number, lists with commas; an optional field may be empty, and a default may be emptied."""
    assert filled("2", "fast", "", "", "") == {"level": 2, "mode": "fast", "count": None, "note": ""}
    assert filled("1", "3", "7", "a, b", "x")["mode"] == 3
    assert filled("1", "3", "7", '["a, b", "c"]', "x")["names"] == ["a, b", "c"]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([""], "This field needs a value."),
        (["medium"], "Type one of the choices, or its number from 1 to 2."),
        (["1", "slow"], "Type one of the choices"),
        (["1", "fast", "0"], "Input should be greater than 0."),
        (["1", "fast", "1", "", "hey!"], "please do not shout."),
    ],
)
def test_what_is_not_valid_is_said_at_its_field(texts: list[str], sentence: str) -> None:
    """The field stays the next one, with what was typed."""
    filling = FormState(form())
    *before, last = texts
    for text in before:
        assert filling.take(text) == ""
    assert sentence in filling.take(last)
    assert filling.at == len(before)
    assert filling.text == last


@given(st.lists(st.text(), max_size=3), st.text())
def test_a_draft_is_the_form_again(texts: list[str], typed: str) -> None:
    """Whatever was typed, the restored form is at the same field with the same text."""
    filling = FormState(form())
    for text in texts:
        filling.take(text)
    if filling.field is not None:
        again = FormState(form(filling.draft(typed)))
        assert (again.at, again.text) == (filling.at, typed)
        assert again.told()[: again.at] == filling.told()[: filling.at]


@given(st.text())
def test_a_draft_that_is_none_is_ignored(draft: str) -> None:
    """A damaged draft must not keep anybody from answering."""
    FormState(form(draft)).take("1")


VALID = Respond("1", {"level": 1})


@pytest.mark.parametrize(
    ("decision", "by"),
    [
        (Run("1", "ls", shown_form("ls")), Decider.PERSON),
        (Reject("1"), Decider.PERSON),
        (Answer("1", "no"), Decider.PERSON),
        (Refuse("1", "no"), Decider.PROGRAM),
        (VALID, Decider.PROGRAM),
        (Respond("2", {"level": 1}), Decider.PERSON),
        (Respond("1", {"level": 3}), Decider.PERSON),
        (Respond("1", {}), Decider.PERSON),
    ],
)
def test_only_a_valid_answer_of_a_person_closes_a_form(decision: Decision, by: Decider) -> None:
    """What is not accepted leaves the question open."""
    gate = Gate()
    assert gate.open(form()) is None
    with pytest.raises(UndecidedError):
        gate.decide(decision, by)
    assert gate.decide(VALID, Decider.PERSON) is None
    assert not gate.unused
    with pytest.raises(UndecidedError, match="not open"):
        gate.decide(VALID, Decider.PERSON)


def test_a_command_takes_no_form() -> None:
    """Nothing is approved by it."""
    gate = Gate()
    gate.open(CommandRequest("1", "ls"))
    with pytest.raises(UndecidedError, match="form"):
        gate.decide(VALID, Decider.PERSON)
    assert not gate.unused


class Login(HumanResponseEvent):
    """A response with fields that have aliases, and secrets."""

    user: str = Field(alias="userName")
    age: int = Field(validation_alias=AliasChoices("years", "age_in_years"))
    password: SecretStr
    tokens: dict[str, SecretStr] | None = None


def test_fields_with_aliases_are_filled_in_by_name() -> None:
    """An error is told at its field, and the response is made, although its class takes no value by name."""
    filling = FormState(FormRequest("1", "", fields_of(Login, {}, {}), Login))
    assert filling.take("Ann") == ""
    assert "valid integer" in filling.take("old")
    assert (filling.take("9"), filling.take("s3cret"), filling.take("")) == ("", "", "")
    assert filling.problem() == ""
    answer = filling.respond()
    made = response_of(Login, answer.values)
    assert isinstance(made, Login)
    assert (made.user, made.age, made.password.get_secret_value()) == ("Ann", 9, "s3cret")


def test_secrets_are_stored_nowhere() -> None:
    """Neither a draft, nor the decision in the journal, nor a record has them."""
    filling = FormState(FormRequest("1", "", fields_of(Login, {}, {"password": "default"}), Login))
    assert filling.request.fields[2].default == ""
    for text in ("Ann", "9", "s3cret", '{"a": "s3cret"}'):
        assert "s3cret" not in filling.draft(text)
        filling.take(text)
    answer = filling.respond()
    stored = verdict_of(answer, Decider.PERSON)
    told = (filling.told(), filling.draft(""), stored, summary(answer))
    assert "s3cret" not in repr(told)
    assert stored.words == "user: Ann, age: 9, password: (secret), tokens: (secret)"
