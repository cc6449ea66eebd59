"""The fields under a question: for a reason, an answer, a comment, the name of a file."""

from pathlib import Path

import pytest

from tests.review.conftest import Ask
from tests.review.keys import CTRL_C, CTRL_D, ENTER, ESC, F3, F4, F8, F9


@pytest.mark.parametrize("size", [(40, 24), (80, 24), (80, 8)])
def test_fields_are_asked_under_the_command_that_they_are_about(asked: Ask, size: tuple[int, int]) -> None:
    """The panel stays, and so does the line with what the person made of it, which F9's Enter runs."""
    at = asked("echo proposed", columns=size[0], lines=size[1])
    at.sees(r"\$ echo proposed")
    at.type(" and edited")
    for key, question in (
        (F4, r"Why not\? \(optional\)"),
        (F3, "Your answer"),
        (F8, "Save as"),
        (F9, "Comment"),
    ):
        at.type(key)
        at.sees(r"^\$ echo proposed and edited$", f"^{question}", r"Run(\?| this command\?)")
        if key != F9:
            at.type(ESC)
            at.sees("Enter run .* F1 all keys")
    at.type("fine" + ENTER)
    assert at.decided()[1]["command"] == "echo proposed and edited"


def test_two_keys_that_go_back_from_a_field_do_it_once(asked: Ask) -> None:
    """The question is there, and undecided."""
    at = asked("true")
    at.sees(r"\$ true", "all keys")
    at.type(F9)
    at.sees("Comment")
    at.type_at_once(CTRL_C + CTRL_C)
    at.sees("all keys")
    assert "exception" not in at.everything
    assert at.decisions == []
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_ctrl_c_at_the_question_and_once_more_rejects_without_a_reason(asked: Ask) -> None:
    """Also where one was begun."""
    at = asked(["echo 1", "echo 2"])
    for number, begun in ((1, ""), (2, "because")):
        at.sees(rf"^\$ echo {number}$")
        at.type(CTRL_C)
        at.sees("Why not", "Ctrl-C reject without a reason")
        at.type(begun)
        at.type(CTRL_C)
    at.decided()
    assert at.decisions == [["Reject", {"request_id": "1", "reason": ""}]] * 2


def test_field_leaves_room_for_the_beginning_of_a_long_command(asked: Ask) -> None:
    """What does not fit is counted, and a long reason does not push the command away."""
    at = asked("\n".join(f"echo {number}" for number in range(100)))
    at.sees("rows not shown yet")
    at.type(F4)
    at.sees(r"^ *\$ echo 0$", r"^ *10 echo 9$", r"… and \d+ more rows", "^Why not")
    at.type("because " * 200)
    at.sees(r"^ *\$ echo 0$", r"… and 9\d more rows", "because *$")
    at.type(ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": ("because " * 200).strip()}]


def test_script_is_saved_under_the_name_that_is_typed_or_the_usual_one(asked: Ask, folder: Path) -> None:
    """A path can be typed as it is."""
    at = asked("echo saved")
    at.sees(r"\$ echo saved")
    for typed, path in ((str(folder / "mine.sh"), folder / "mine.sh"), ("", folder / "command.sh")):
        at.type(F8)
        at.sees(r"Save as \(command\.sh\): *\n")
        at.type(typed)
        at.type(ENTER)
        at.sees(f"Saved as.*{path.name}; nothing ran", "Enter run")
        assert path.read_text() == "#!/usr/bin/env bash\necho saved\n"
    at.type(F8)
    at.sees("Save as")
    at.type("nowhere/x.sh" + ENTER)
    at.sees(
        r"(?s)Cannot write \S*nowhere/x\.sh\s+\(No such file or\s+directory\);\s+nothing was saved",
        "Enter run",
    )
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_what_was_typed_into_a_field_is_there_again(asked: Ask) -> None:
    """Going back to the command loses no word; the next question starts empty."""
    at = asked(["echo one", "echo two"])
    at.sees(r"\$ echo one")
    at.type(F4)
    at.sees("Why not")
    at.type("it is too")
    at.sees("it is too")
    at.type(ESC)
    at.sees("Enter run")
    at.type(F4)
    at.sees("Why not.*it is too")
    at.type(" early" + ENTER)
    at.sees(r"\$ echo two")
    at.type(F4)
    at.sees(r"Why not\? \(optional\) *\n")
    at.type(ENTER)
    at.decided()
    assert at.decisions == [
        ["Reject", {"request_id": "1", "reason": "it is too early"}],
        ["Reject", {"request_id": "1", "reason": ""}],
    ]
