"""Both workflows from the request to the result, at a terminal."""

from collections.abc import Callable
from pathlib import Path

from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]


def test_custom_runs_what_was_approved(person: At, model: ModelServer, folder: Path) -> None:
    """Enter runs the proposal; its output, its record and the tokens stay on the screen."""
    model.reply(Text("echo hello > made; cat made"))
    at = person("run", "custom", "say hello")
    at.sees(r"Run this command\?", r"\$ echo hello > made; cat made", "in .*/work")
    at.type("\r")
    assert at.leaves() == 0
    assert "hello\n✓ ran  echo hello > made; cat made · exit 0 · " in at.screen
    assert "tokens: 1,000 in, 20 out" in at.screen
    assert "Run this command?" not in at.screen
    assert (folder / "made").read_text() == "hello\n"
    assert "say hello" in str(model.messages()[-1]["content"])
