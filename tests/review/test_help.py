"""F1: all keys, as they are set."""

import re
from pathlib import Path

import pytest

from hitl_cli.keys import ACTIONS, OF_THE_LINE
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER, ESC, F1, PAGE_DOWN, PAGE_UP

_OF_OTHER_QUESTIONS = (
    "preview",
    "next_candidate",
    "previous_candidate",
    "end_leftovers",
    "run_again",
    "always",
)


@pytest.mark.parametrize("size", [(40, 24), (80, 20), (120, 10), (160, 13)])
def test_help_hides_no_word(asked: Ask, size: tuple[int, int]) -> None:
    """What does not fit is on the next page; a key that turns no page goes back."""
    at = asked("true", columns=size[0], lines=size[1])
    at.sees(r"\$ true")
    at.type(F1)
    seen = at.sees("Keys", "run the command on the line")
    pages = int(found[1]) if (found := re.search(r"(?:of |/)(\d+)", seen)) else 1
    for page in range(2, pages + 1):
        at.type(PAGE_DOWN)
        at.sees(rf"Keys(, page | ){page}( of |/){pages}")
        at.reads(0.2)  # all of the page
        seen += at.screen
    said = re.sub(r"\s+", " ", seen)
    assert "…" not in seen
    helps = [action.help for action in ACTIONS if action.name not in _OF_OTHER_QUESTIONS]
    for does in [*helps, *(does for _, does in OF_THE_LINE)]:
        assert all(word in said for word in does.split()), does
    at.type(PAGE_UP)
    at.sees("Keys")
    at.type("x")
    at.sees(r"\$ true")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_help_lists_the_live_keys(asked: Ask, bare_environment: dict[str, str]) -> None:
    """F1 shows what the settings made of the keys; any key leads back, and does nothing else."""
    config = Path(bare_environment["HOME"]) / "config.toml"
    config.write_text('[keys]\nreset = "alt-z"\nreject = ["f4", "ctrl-g"]\ncopy = []\n')
    at = asked("true", env={"HITL_CONFIG": str(config)})
    at.sees(r"\$ true")
    at.type(F1)
    screen = at.sees(
        "Keys", "Alt-Z +restore the proposed command", "F4, Ctrl-G +reject", "Ctrl-X Y +run it despite"
    )
    assert "clipboard" not in screen
    at.type(ENTER)
    at.sees(r"\$ true")
    at.type("x")
    at.sees("truex")
    at.type(ESC + "z")
    at.sees(r"\$ true\n")
    at.type("\x07")
    at.sees(r"Why not")
    at.type(ENTER)
    assert at.decided() == ["Reject", {"request_id": "1", "reason": ""}]
