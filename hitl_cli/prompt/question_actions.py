"""What each key does at a question."""

from collections.abc import Callable, Mapping

from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.prompt.command_file import copy_sequence
from hitl_cli.prompt.frame import NextStep
from hitl_cli.prompt.line import insert_newline
from hitl_cli.prompt.question import Question
from hitl_cli.prompt.question_keys import why_not


def perform(question: Question, action: str, event: KeyPressEvent) -> None:
    """Perform an action for the keys of `event`, or show why it has no effect at this question."""
    question.clear_message(event)
    if reason := why_not(action, question.proposal):
        question.warn(reason)
    else:
        HANDLERS[action](question, event)


def _reset(question: Question, event: KeyPressEvent) -> None:
    question.replace(question.proposal.command)
    question.say("The proposed command is back on the line.")


def _copy(question: Question, event: KeyPressEvent) -> None:
    output = question.keyboard.output
    output.write_raw(copy_sequence(question.buffer.text))
    output.flush()
    question.say("Copied to the clipboard of the terminal.")


def _complete(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.go_to_gap(question.buffer, 1)
    elif question.buffer.complete_state:
        question.buffer.complete_next()
    else:
        question.buffer.start_completion(insert_common_part=True)


def _complete_back(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.go_to_gap(question.buffer, -1)
    elif question.buffer.complete_state:
        question.buffer.complete_previous()


HANDLERS: Mapping[str, Callable[[Question, KeyPressEvent], None]] = {
    "run": lambda question, event: question.approve(event, NextStep.RUN),
    "run_suspicious": lambda question, event: question.approve(event, NextStep.RUN, sure=True),
    "reject": lambda question, event: question.leave(NextStep.REJECT),
    "comment": lambda question, event: question.approve(event, NextStep.COMMENT),
    "keep": lambda question, event: question.approve(event, NextStep.RUN, keep=True),
    "run_again": lambda question, event: question.approve(event, NextStep.RUN, again=True),
    "always": lambda question, event: question.leave(NextStep.ALWAYS),
    "answer": lambda question, event: question.leave(NextStep.ANSWER),
    "explain": lambda question, event: question.leave(NextStep.EXPLAIN),
    "preview": lambda question, event: question.preview(),
    "reset": _reset,
    "editor": lambda question, event: question.leave(NextStep.EDITOR),
    "copy": _copy,
    "save": lambda question, event: question.leave(NextStep.SAVE),
    "stop": lambda question, event: question.leave(NextStep.STOP),
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
"""The handler of each action, by its name in `ACTIONS`."""
