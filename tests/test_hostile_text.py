"""A text that is made to take long does not."""

from collections.abc import Callable
from pathlib import Path

from tests.model_server import Calls, ModelServer, Text
from tests.terminal import Person

SLOW = "-----BEGIN PRIVATE KEY-----\n" + "\\n!" * 4500


def test_what_is_slow_to_search_for_secrets_is_shown_and_run_at_once(
    person: Callable[..., Person], folder: Path, model: ModelServer
) -> None:
    """As a proposal, and as an output; a search that goes back would take minutes for either."""
    (folder / "slow.txt").write_text(SLOW * 3)
    model.reply(
        Calls.of(f"cat <<'X'\n{SLOW}\nX"),
        Calls.of("cat slow.txt; echo DB_PASSWORD=hunter2; echo the end"),
        Text("Done."),
    )
    at = person("run", "agent", "x")
    at.sees("Run this command")
    at.type("\x1b")
    at.sees("Why not")
    at.type("\r")
    at.approves("cat slow")
    at.sees("Done")
    assert at.leaves() == 0
    told = model.tool_results()[-1]
    assert told.rstrip().endswith("DB_PASSWORD=[password: masked]\nthe end")
