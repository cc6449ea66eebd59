"""The folder that a question shows is the one in which the command runs, or nothing runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]


def swap_link(folder: Path) -> None:
    """Move the folder away, and a link to another one in its place."""
    (folder / "real").rename(folder / "away")
    (folder / "real").symlink_to("other")


def swap_folder(folder: Path) -> None:
    """Move the folder away, and another one in its place."""
    (folder / "real").rename(folder / "away")
    (folder / "other").rename(folder / "real")


def make_anew(folder: Path) -> None:
    """Remove the folder and make one of the same name, to which the system may give the same number."""
    (folder / "real").rmdir()
    (folder / "real").mkdir()


@pytest.mark.parametrize("swap", [swap_link, swap_folder, make_anew])
def test_folder_is_replaced_under_the_question(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, swap: Callable[[Path], None]
) -> None:
    """Nothing runs; person, model and journal are told, and the same command runs when it is asked for again."""
    (folder / "real").mkdir()
    (folder / "other").mkdir()
    model.reply(Calls.of("touch ran"), Calls.of("touch ran"), Text("Done."))
    at = person("run", "agent", "--cwd", "real", "x", columns=140)
    at.sees("work/real", r"\$ touch ran$")
    swap(folder)
    at.type("\r")
    at.sees(r"The folder \S*/real was replaced by another one after it was shown")
    assert not list(folder.rglob("ran"))
    at.approves("touch ran")
    assert at.leaves() == 0
    assert "was replaced by another one after it was shown" in model.tool_results(1)[0]
    assert "Nothing ran" in model.tool_results(1)[0]
    assert len(list(folder.rglob("ran"))) == 1
    first, second = hitl("log").stdout.splitlines()
    assert " dropped " in first
    assert " finished " in second


def test_command_of_the_same_message_changes_the_folder(person: At, model: ModelServer, folder: Path) -> None:
    """The second one was shown with the first folder, and runs there."""
    (folder / "below").mkdir()
    model.reply(Calls.of("cd below", "touch ran"), Calls.of("touch here"), Text("Done."))
    at = person("run", "agent", "x", columns=140)
    at.approves("cd below")
    screen = at.sees(r"\$ touch ran$", "Enter run")
    shown = folder / "below" if "work/below" in screen else folder
    at.type("\r")
    at.approves("touch here")
    assert at.leaves() == 0
    assert (shown / "ran").exists()
