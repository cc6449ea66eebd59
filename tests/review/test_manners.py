"""How a question behaves in a terminal: its size, its title, who is called, and what is left when the terminal goes."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model_server import Calls, ModelServer, Text
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER, F1, F6, MODES
from tests.review.test_display import read_to_the_end
from tests.terminal import Person

At = Callable[..., Person]
COMMAND = 'for file in *.log; do\n  gzip -- "$file"  # 日本語 🎉\ndone'


@pytest.mark.parametrize("width", [40, 41, 59, 60, 79, 100, 133, 250])
def test_question_fits_every_width(asked: Ask, width: int) -> None:
    """The panel is straight, the command is whole in it, and the keys are there; F1 too."""
    at = asked(COMMAND, columns=width)
    at.sees(r"\$ for", "Enter run")
    cells = at.cells
    framed = [row for row in range(24) if cells[row][0].data in "╭│╰"]
    assert len(framed) > 4
    assert all(cells[row][width - 1].data in "╮│╯" for row in framed), at.screen
    squeezed = re.sub(r"\s", "", re.sub(r"^(│ )?([1-3$↳]) |│$", "", at.screen, flags=re.MULTILINE))
    assert squeezed.count(re.sub(r"\s", "", COMMAND)) == 2
    at.type(F1)
    at.sees("Keys", "run the command on")
    at.type("x")
    at.sees(r"\$ for")
    at.type(ENTER)
    assert at.decided()[1]["command"] == COMMAND


@pytest.mark.parametrize("size", [(20, 5), (10, 3), (6, 24), (80, 2), (2, 2)])
def test_tiny_terminal_neither_fails_nor_runs_what_was_not_seen(asked: Ask, size: tuple[int, int]) -> None:
    """In a larger one the question is there again."""
    at = asked("echo 0123456789 abcdefghij")
    at.sees(r"\$ echo")
    at.resize(*size)
    at.reads(0.5)
    at.resize(80, 24)
    at.sees(r"\$ echo 0123456789 abcdefghij", "Enter run")
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize(
    ("variables", "sequence"),
    [
        pytest.param({"HITL_NOTICE": "bell"}, b"\x07", marks=pytest.mark.slow),
        ({"HITL_NOTICE": "desktop"}, b"\x1b]9;hitl: a question waits for you\x1b\\"),
        pytest.param(
            {"HITL_NOTICE": "desktop", "VTE_VERSION": "7600"},
            b"\x1b]777;notify;hitl;",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_who_is_elsewhere_is_called_once(asked: Ask, variables: dict[str, str], sequence: bytes) -> None:
    """When the window says that it lost the focus; not when it has it."""
    at = asked(["echo 1", "echo 2"], env=variables)
    at.sees(r"\$ echo 1")
    at.type("\x1b[I")
    at.reads(2.5)
    title = b"a question waits for you\x07"
    assert sequence not in at.raw.replace(title, b"")
    at.type(ENTER)
    at.sees(r"\$ echo 2")
    at.type("\x1b[O")
    at.waits(lambda: sequence in at.raw.replace(title, b""), "to be called")
    at.reads(2.5)
    assert at.raw.replace(title, b"").count(sequence) == 1
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


def test_nobody_is_called_where_that_is_off(asked: Ask) -> None:
    """Nor is the terminal asked for its focus."""
    at = asked("echo 1", env={"HITL_NOTICE": "off"})
    at.sees(r"\$ echo 1")
    at.reads(2.5)
    assert b"\x1b[?1004h" not in at.raw
    at.type(CTRL_D)
    assert at.decided()[0] == "Stop"


@pytest.mark.parametrize("keys", [[CTRL_D], ["\x1bOS", "\r"], ["\r"]])
def test_title_is_given_back_however_it_ends(asked: Ask, keys: list[str]) -> None:
    """Once for each time that it was kept."""
    at = asked("echo 1")
    for seen, key in zip((r"\$ echo 1", "Why not"), keys, strict=False):
        at.sees(seen)
        at.type(key)
    at.decided()
    assert at.raw.count(b"\x1b[22;0t") == at.raw.count(b"\x1b[23;0t") == 1


def test_hang_up_at_a_question_runs_nothing(person: At, model: ModelServer, folder: Path) -> None:
    """The process ends, and the command did not run."""
    model.reply(Calls.of("touch made"))
    at = person("run", "agent", "x")
    at.sees(r"\$ touch made")
    assert at.hang_up() in (129, -1)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", MODES)
def test_here_document_and_trailing_lines_run_as_they_are(
    person: At, model: ModelServer, folder: Path, mode: str
) -> None:
    """Its lines reach the shell as they were shown."""
    command = "cat > made <<'E'\n  $HOME `id`\n\ttab\n\nE\n"
    model.reply(Calls.of(command), Text("ok"))
    at = person("run", "agent", "x", env={"HITL_EDITING_MODE": mode})
    at.sees(r"\$ cat > made")
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "made").read_text() == "  $HOME `id`\n\ttab\n\n"


@pytest.mark.parametrize("mode", MODES)
def test_five_hundred_lines_and_a_long_one_in_both_modes(asked: Ask, mode: str) -> None:
    """Read to the end with PgDn, changed there, and returned whole."""
    command = "\n".join([*(f"echo {number}" for number in range(499)), "echo " + "y" * 2000])
    at = asked(command, env={"HITL_EDITING_MODE": mode})
    at.sees("500 lines", "rows not shown yet", "Enter run")
    read_to_the_end(at)
    at.type("!")
    at.sees("y!")
    at.type(ENTER)
    assert at.decided()[1]["command"] == command + "!"


@pytest.mark.skipif(not shutil.which("ed"), reason="there is no ed here")
@pytest.mark.parametrize("mode", MODES)
def test_a_real_editor_takes_the_terminal(asked: Ask, mode: str) -> None:
    """One that takes keys on this terminal, line by line, gives the line back."""
    at = asked("echo one", env={"HITL_EDITING_MODE": mode, "VISUAL": "", "EDITOR": "ed -s"})
    at.sees(r"\$ echo one")
    at.type(F6)
    at.reads(1)
    at.type("s/one/two/\rw\rq\r")
    at.sees(r"\$ echo two", "Enter run")
    at.type(ENTER)
    assert at.decided()[1]["command"] == "echo two"
