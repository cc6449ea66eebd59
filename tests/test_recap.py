"""`hitl resume` begins with what was asked, what the model said last, and what ran; all of it bounded."""

from collections.abc import Callable

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

ENTER, CTRL_D = "\r", "\x04"


def test_resume_begins_with_a_recap(person: At, hitl: Hitl, model: ModelServer) -> None:
    """Of the run that waits, and then of the conversation; without a terminal there is none."""
    model.reply(
        Calls(calls=("seq 1 9; false",), text="I count first."),
        Calls(calls=("echo two",), text="Now *the second* one."),
        Text("All is done."),
    )
    at = person("run", "agent")
    at.says("count twice")
    at.approves("seq 1 9; false")
    at.sees(r"^\$ echo two")
    at.type(CTRL_D)
    assert at.leaves() == 75
    assert "You asked" not in hitl("resume").stderr
    again = person("resume", lines=40)
    again.sees(r"^\$ echo two$", "all keys")
    beginning = again.everything.partition("╭")[0]
    session, *lines = beginning.rstrip().split("\n")
    assert session.startswith("Session ")
    assert lines[:7] == [
        "You asked: count twice",
        "▌ Now the second one.",
        lines[2],
        "    … 6 more lines",
        "    7",
        "    8",
        "    9",
    ]
    assert lines[2].startswith("$ seq 1 9; false · exit 1 · 0.")
    again.type(ENTER)
    again.sees(r"All is done\.(?s:.*)\n>")
    again.type("!printf '1\\tmine\\n'" + ENTER)
    again.sees(r"^1 +mine$", r"exit 0 · \d\.\d s\n>")
    again.type(CTRL_D)
    assert again.leaves() == 0
    third = person("resume", "--plain", lines=40)
    third.sees("What do you want")
    for each in (
        "You asked: count twice",
        "model: All is done.",
        "$ echo two · exit 0 · ",
        r"!printf '1\tmine\n' · exit 0 · ",
        "    1       mine\n",
    ):
        assert f"\n{each}" in third.everything
    third.type(CTRL_D)
    assert third.leaves() == 0
    assert "\noutput      1       mine\n" in hitl("show", "3").stdout
