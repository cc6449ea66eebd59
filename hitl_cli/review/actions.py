"""Everything that a key can do at a question: the one table from which keys, their list and the settings are made."""

from prompt_toolkit.key_binding import KeyPressEvent

from hitl_cli.review.clipboard import copy_sequence
from hitl_cli.review.keys import Action
from hitl_cli.review.line import insert_newline
from hitl_cli.review.question import Question, Wish


def _run(question: Question, event: KeyPressEvent) -> None:
    question.approve(Wish.RUN)


def _run_suspicious(question: Question, event: KeyPressEvent) -> None:
    question.approve(Wish.RUN, sure=True)


def _comment(question: Question, event: KeyPressEvent) -> None:
    question.approve(Wish.COMMENT)


def _leave_for(wish: Wish):  # type: ignore[no-untyped-def]
    def handler(question: Question, event: KeyPressEvent) -> None:
        question.leave(wish)

    return handler


def _reset(question: Question, event: KeyPressEvent) -> None:
    question.replace(question.proposal.command)
    question.say("This is the proposal again.")


def _copy(question: Question, event: KeyPressEvent) -> None:
    output = question.keyboard.output
    output.write_raw(copy_sequence(question.buffer.text))
    output.flush()
    question.say("Sent to the clipboard of the terminal.")


def _help(question: Question, event: KeyPressEvent) -> None:
    question.show_help()


def _newline(question: Question, event: KeyPressEvent) -> None:
    insert_newline(event)


def _undo(question: Question, event: KeyPressEvent) -> None:
    question.buffer.undo()


def _page_down(question: Question, event: KeyPressEvent) -> None:
    question.turn_page(1)


def _page_up(question: Question, event: KeyPressEvent) -> None:
    question.turn_page(-1)


def _keep(question: Question, event: KeyPressEvent) -> None:
    question.keep = True
    question.approve(Wish.RUN)
    question.keep = event.app.is_done


def _next_candidate(question: Question, event: KeyPressEvent) -> None:
    question.choice.go(question.buffer, 1)


def _previous_candidate(question: Question, event: KeyPressEvent) -> None:
    question.choice.go(question.buffer, -1)


def _complete(question: Question, event: KeyPressEvent) -> None:
    if question.choice.has_gaps(question.buffer.text):
        question.choice.select_gap(question.buffer)
    elif question.buffer.complete_state:
        question.buffer.complete_next()
    else:
        question.buffer.start_completion(insert_common_part=True)


def _complete_back(question: Question, event: KeyPressEvent) -> None:
    if question.buffer.complete_state:
        question.buffer.complete_previous()


ACTIONS = (
    Action("run", ("enter",), "run what is on the line", _run),
    Action("run_suspicious", ("ctrl-x y",), "run it although it looks deceptive", _run_suspicious),
    Action("reject", ("esc", "f4", "ctrl-c"), "reject, with a reason for the model if you like",
           _leave_for(Wish.REJECT), vi_keys=("f4", "ctrl-c")),
    Action("comment", ("f9", "ctrl-x c"), "run, with a comment for the model", _comment),
    Action("keep", ("alt-a", "ctrl-x k"), "run it, and keep it in your catalogue", _keep, vi_keys=("ctrl-x k",)),
    Action("answer", ("f3", "ctrl-x a"), "answer the model instead of running anything", _leave_for(Wish.ANSWER)),
    Action("explain", ("f2", "ctrl-x e"), "have the model explain it; runs nothing", _leave_for(Wish.EXPLAIN)),
    Action("reset", ("f5", "ctrl-x r"), "back to the proposal", _reset),
    Action("editor", ("f6", "ctrl-x ctrl-e"), "edit in $VISUAL or $EDITOR", _leave_for(Wish.EDITOR)),
    Action("copy", ("f7", "ctrl-x w"), "copy to the clipboard", _copy),
    Action("save", ("f8", "ctrl-x ctrl-s"), "save as a script file", _leave_for(Wish.SAVE)),
    Action("stop", ("f10", "ctrl-d"), "stop the session; what waits stays undecided", _leave_for(Wish.STOP)),
    Action("newline", ("alt-enter", "ctrl-j"), "begin a new line", _newline),
    Action("page_down", ("pgdn",), "turn a page down", _page_down),
    Action("page_up", ("pgup",), "turn a page up", _page_up),
    Action("complete", ("tab",), "next gap of a match; complete a path, a program, an earlier command", _complete),
    Action("complete_back", ("shift-tab",), "the completion before", _complete_back),
    Action("next_candidate", ("alt-n", "ctrl-x n"), "the next match of the catalogue", _next_candidate,
           vi_keys=("ctrl-x n",)),
    Action("previous_candidate", ("alt-p", "ctrl-x p"), "the match before", _previous_candidate,
           vi_keys=("ctrl-x p",)),
    Action("undo", ("ctrl-_",), "undo the last change", _undo),
    Action("help", ("f1",), "show these keys", _help),
)  # fmt: skip
"""The actions, in the order in which they are listed. A further one is a line here and a handler above."""
