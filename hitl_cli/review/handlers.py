"""What each action does to the question at which its key was pressed."""

from collections.abc import Mapping

from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.review.clipboard import copy_sequence
from hitl_cli.review.line import insert_newline
from hitl_cli.review.question import Action, Question
from hitl_cli.review.wish import Wish


def _reset(question: Question, event: KeyPressEvent) -> None:
    question.replace(question.proposal.command)
    question.say("This is the proposal again.")


def _copy(question: Question, event: KeyPressEvent) -> None:
    output = question.keyboard.output
    output.write_raw(copy_sequence(question.buffer.text))
    output.flush()
    question.say("Sent to the clipboard of the terminal.")


def _complete(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.turn_to_gap(question.buffer, 1)
    elif question.buffer.complete_state:
        question.buffer.complete_next()
    else:
        question.buffer.start_completion(insert_common_part=True)


def _complete_back(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.turn_to_gap(question.buffer, -1)
    elif question.buffer.complete_state:
        question.buffer.complete_previous()


HANDLERS: Mapping[str, Action] = {
    "run": lambda question, event: question.approve(event, Wish.RUN),
    "run_suspicious": lambda question, event: question.approve(event, Wish.RUN, sure=True),
    "reject": lambda question, event: question.leave(Wish.REJECT),
    "comment": lambda question, event: question.approve(event, Wish.COMMENT),
    "keep": lambda question, event: question.approve(event, Wish.RUN, keep=True),
    "answer": lambda question, event: question.leave(Wish.ANSWER),
    "explain": lambda question, event: question.leave(Wish.EXPLAIN),
    "reset": _reset,
    "editor": lambda question, event: question.leave(Wish.EDITOR),
    "copy": _copy,
    "save": lambda question, event: question.leave(Wish.SAVE),
    "stop": lambda question, event: question.leave(Wish.STOP),
    "end_leftovers": lambda question, event: question.end_leftovers(event),
    "newline": lambda question, event: insert_newline(event),
    "page_down": lambda question, event: question.pages.turn(1),
    "page_up": lambda question, event: question.pages.turn(-1),
    "complete": _complete,
    "complete_back": _complete_back,
    "next_candidate": lambda question, event: question.choice.go(question.buffer, 1),
    "previous_candidate": lambda question, event: question.choice.go(question.buffer, -1),
    "undo": lambda question, event: question.buffer.undo(),
    "help": lambda question, event: question.show_help(),
}
"""By the names of `actions`."""
