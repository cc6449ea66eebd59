"""What happens next in a run, as values: no terminal, no model, no process."""

import pytest

from hitl_cli.errors import ModelError, WorkflowError
from hitl_cli.requests import CommandRequest
from hitl_cli.session.progress import (
    AnswerLost,
    Ask,
    Asked,
    CallFailed,
    EndSaying,
    GiveUp,
    Idle,
    Moved,
    Progress,
    Quiet,
    Said,
    Say,
    Spoken,
    Tell,
    Withdraw,
)

ONE, TWO, THREE = (CommandRequest(name, f"echo {name}") for name in ("one", "two", "three"))


def answered(progress: Progress, proposal: CommandRequest) -> None:
    """Answer `proposal`, and let the engine take the answer."""
    progress.answer(proposal)
    assert progress.receive(Moved()) == []


def test_questions_are_asked_in_order_when_the_engine_is_idle() -> None:
    """One at each idle moment, with its place among those that wait."""
    progress = Progress()
    assert [progress.receive(Asked(proposal)) for proposal in (ONE, TWO, THREE)] == [[], [], []]
    assert progress.receive(Idle()) == [Withdraw(), Ask(ONE, 1, 3)]
    answered(progress, ONE)
    assert progress.receive(Idle()) == [Withdraw(), Ask(TWO, 2, 3)]
    answered(progress, TWO)
    assert progress.receive(Idle()) == [Withdraw(), Ask(THREE, 3, 3)]


def test_a_later_question_is_a_batch_of_its_own() -> None:
    """What the model asks after it has read an answer does not count with what it asked before."""
    progress = Progress()
    progress.receive(Asked(ONE))
    assert progress.receive(Idle()) == [Withdraw(), Ask(ONE, 1, 1)]
    answered(progress, ONE)
    progress.receive(Asked(TWO))
    assert progress.receive(Idle()) == [Withdraw(), Ask(TWO, 1, 1)]


def test_a_question_does_not_wait_for_ever_for_an_idle_moment() -> None:
    """A step that works on for long holds up no question."""
    progress = Progress()
    assert progress.receive(Quiet()) == []
    progress.receive(Asked(ONE))
    assert progress.has_questions
    assert progress.receive(Quiet()) == [
        Ask(ONE, 1, 1)
    ]  # and no approval is taken back: that step may use it


def test_a_request_that_is_published_twice_is_asked_once() -> None:
    """The engine may enter a tool again."""
    progress = Progress()
    progress.receive(Asked(ONE))
    progress.receive(Asked(ONE))
    progress.receive(Idle())
    answered(progress, ONE)
    progress.receive(Asked(ONE))
    assert not progress.has_questions


def test_second_answer_is_refused() -> None:
    """One decision answers one request."""
    progress = Progress()
    progress.receive(Asked(ONE))
    progress.answer(ONE)
    with pytest.raises(WorkflowError, match="second response was not sent"):
        progress.answer(ONE)


def test_answer_to_nothing_is_refused() -> None:
    """Only what was asked can be answered."""
    with pytest.raises(WorkflowError):
        Progress().answer(ONE)


def test_idle_with_nothing_to_ask_is_the_end() -> None:
    """But not while an answer is on its way into the engine."""
    progress = Progress()
    progress.receive(Asked(ONE))
    progress.receive(Idle())
    progress.answer(ONE)
    assert progress.receive(Idle()) == []
    progress.receive(Moved())
    unused, action = progress.receive(Idle())
    assert unused == Withdraw()
    assert isinstance(action, GiveUp)
    assert "look for a step that returns nothing" in str(action.error)
    _, action = progress.receive(Idle((("go", "Answer"),)))
    assert isinstance(action, GiveUp)
    assert "Waiting: the step 'go' for Answer. Ask with the wait" in str(action.error)


def test_lost_answer_is_the_end() -> None:
    """The person is told that what they decided reached nobody."""
    (action,) = Progress().receive(AnswerLost("Decision"))
    assert isinstance(action, GiveUp)


def test_text_that_was_not_streamed_is_shown_once() -> None:
    """A message comes in pieces, or whole at its end, never twice."""
    progress = Progress()
    assert progress.receive(Said("he")) == [Say("he")]
    assert progress.receive(Spoken("he")) == [EndSaying()]
    assert progress.receive(Spoken("whole")) == [Say("whole"), EndSaying()]
    assert progress.receive(Spoken("")) == []


def test_run_of_broken_calls_only_has_failed() -> None:
    """It ended by itself, but the model proposed nothing."""
    progress = Progress()
    progress.receive(CallFailed("cli_executor", "missing argument"))
    assert isinstance(progress.failure_at_end(), ModelError)
    progress.receive(Asked(ONE))
    assert progress.failure_at_end() is None


def test_a_message_without_pieces_is_said_at_once() -> None:
    """A model that does not stream is shown all the same, and nothing is shown of an empty message."""
    assert Progress().receive(Spoken("hi")) == [Say("hi"), EndSaying()]
    assert Progress().receive(Spoken("")) == []


def test_new_requests_are_kept_for_the_journal() -> None:
    """Each is to be recorded once, however often the engine repeats it."""
    progress = Progress()
    for request in (ONE, TWO, ONE):
        progress.receive(Asked(request))
    assert progress.unwritten == [ONE, TWO]


def test_a_failure_that_was_explained_is_told_as_it_is() -> None:
    """It is a sentence already, and does not count as a call that nobody could read."""
    progress = Progress()
    assert progress.receive(CallFailed("shell", "Too many calls.", ModelError("Too many calls."))) == [
        Tell("Too many calls.")
    ]
    assert progress.failure_at_end() is None


def test_an_approval_is_not_withdrawn_while_its_decision_is_sent_again() -> None:
    """After a resume, the engine is idle once before it takes what was decided before."""
    progress = Progress()
    progress.resume([], [ONE])
    assert progress.receive(Idle()) == []
    progress.receive(Moved())
    assert Withdraw() in progress.receive(Idle())
