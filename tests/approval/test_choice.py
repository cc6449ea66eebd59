"""Which tools are chosen, how a call is shown and changed, and what the gate accepts."""

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hitl_cli.approval.choice import ToolChoice, chosen_for, parsed
from hitl_cli.call_form import CallState, shown_arguments, shown_call
from hitl_cli.decisions import Decider, Reject, Respond, Run
from hitl_cli.errors import UndecidedError
from hitl_cli.gate import Gate
from hitl_cli.requests import ToolRequest, call_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.text("abc: \n", min_size=1, max_size=4), VALUES, max_size=4)


@given(ARGUMENTS, ARGUMENTS)
def test_no_two_calls_look_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What is shown of a call belongs to that call alone."""
    if list(one.items()) != list(other.items()) or json.dumps(one) != json.dumps(other):
        assert shown_arguments(one) != shown_arguments(other)
    assert shown_call(call_text("tool", one)).split("\n", 1)[0] == "tool"


@pytest.mark.parametrize(
    ("patterns", "taken"),
    [("all", "abc"), ("a*,c", "ac"), ("not-read-only", "abc"), ("destructive", ""), ("A", "")],
)
def test_patterns(patterns: str, taken: str) -> None:
    """A name is a pattern in which `*` stands for anything; letters count as they are."""
    choice = chosen_for([parsed(patterns)], ())
    assert "".join(name for name in "abc" if choice.takes(name)) == taken


def test_settings_add_up_for_a_workflow() -> None:
    """A text or a list is for every workflow, a table for each by its name."""
    settings = [parsed("a"), parsed({"mine": ["b", "c*"], "other": "d", "*": "e"})]
    assert chosen_for(settings, ("mine",)).patterns == ("a", "e", "b", "c*")
    for raw in ("", " , ", 3, [1]):
        with pytest.raises(ValueError, match="expected"):
            parsed(raw)


def test_a_setting_for_every_workflow_need_not_match() -> None:
    """In the settings file, a name can be meant for other workflows; on the command line, it is for this one."""
    settings = [parsed({"*": "delete_*", "mine": "search"})]
    assert chosen_for(settings, ("mine",), is_general=True).problem(("search",), ()) == ""
    assert "delete_*" in chosen_for(settings, ("mine",)).problem(("search",), ())
    assert "search" in chosen_for(settings, ("mine",), is_general=True).problem(("other",), ())


def test_a_tool_that_an_agent_may_get_later_is_no_mistake() -> None:
    """A name may be that of a function in the workflow's own code, for an agent that is created in a step."""
    choice = ToolChoice(("delete_*",))
    assert choice.problem((), ("delete_file",)) == ""
    assert "no agent of this workflow has a tool" in choice.problem((), ("other",))


class Arguments(BaseModel):
    """The schema of a tool."""

    path: str
    mode: Literal["soft", "hard"] = "soft"
    count: int = 1
    extra: list[str] | None = None


REQUEST = ToolRequest("1", "delete", "agent", "", {"path": "a", "unknown": [1]}, Arguments)


def test_only_what_was_changed_is_changed() -> None:
    """Arguments stay those of the model, also where they are missing or unknown, unless they were typed over."""
    state = CallState(REQUEST)
    form = state.fields()
    for text in ("a", "hard", "many"):
        problem = form.take(text)
    assert "valid integer" in problem
    for text in ("2", ""):
        form.take(text)
    state.take(form)
    assert state.arguments == {"path": "a", "unknown": [1], "mode": "hard", "count": 2}
    whole = state.whole()
    assert "path: Field required" in whole.take('{"count": 3}')
    assert whole.take('{"path": "c"}') == ""
    state.take(whole)
    assert state.arguments == {"path": "c"}
    assert CallState(ToolRequest(**{**vars(REQUEST), "draft": state.draft()})).arguments == {"path": "c"}


@pytest.mark.parametrize(
    ("decision", "by", "problem"),
    [
        (
            Run("1", call_text("delete", {"path": "b"}), "path: b"),
            Decider.PERSON,
            "not what was on the screen",
        ),
        (Run("1", call_text("delete", {"path": 3}), ""), Decider.PERSON, "changed arguments are not valid"),
        (Run("1", call_text("other", {}), ""), Decider.PERSON, "not a call of delete"),
        (Run("1", "delete nonsense", ""), Decider.PERSON, "not a call of delete"),
        (Run("1", REQUEST.text, shown_call(REQUEST.text)), Decider.PROGRAM, "Only a person"),
        (Reject("1"), Decider.PROGRAM, "Only a person"),
        (Respond("1", {"path": "b"}), Decider.PERSON, "answer to a form"),
        (Run("2", REQUEST.text, shown_call(REQUEST.text)), Decider.PERSON, "not open"),
    ],
)
def test_what_the_gate_does_not_accept(decision: Run | Reject | Respond, by: Decider, problem: str) -> None:
    """The request stays open, and nothing is approved."""
    gate = Gate()
    gate.open(REQUEST)
    with pytest.raises(UndecidedError, match=problem):
        gate.decide(decision, by)
    assert not gate.unused
    assert gate.decide(Run("1", REQUEST.text, shown_call(REQUEST.text)), Decider.PERSON) is not None
