"""A preview at the question: shown, summarized, recorded, and told to no model."""

import signal
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.preview.trees import needs_preview
from tests.review.test_plain import number
from tests.terminal import Person

pytestmark = needs_preview

At = Callable[..., Person]

_KEY = "\x1bv"


def test_a_preview_at_the_question(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, tmp_path: Path
) -> None:
    """Output and panel, the same question with a summary, the differences; an edit makes it old; Enter runs for real.

    The model gets only the real result, and the journal has the previews beside the decision.
    """
    (folder / "notes").write_text("one\n")
    model.reply(Calls.of("echo two >> notes; echo printed"), Text("done"))
    at = person("run", "agent", "add a line")
    at.sees(r"^\$ echo two", "Alt-V preview · F3 answer · F2 explain$")
    at.type(_KEY)
    at.sees(
        "┆ printed",
        "Preview: none of this has happened",
        "changed +notes · 1 line to 2 lines",
        "A preview has no network",
        "Preview: 1 file changed, exit 0",
    )
    assert (folder / "notes").read_text() == "one\n"
    at.type(_KEY)
    at.sees(r"^\+two")
    at.type(" again")
    at.sees("This preview is of a different text: 1 file changed, exit 0")
    at.type("\r")
    at.sees("✓ .*edited")
    at.sees("done")
    assert at.leaves() == 0
    assert (folder / "notes").read_text() == "one\ntwo\n"
    assert len(model.tool_results()) == 1
    assert "┆" not in str(model.requests)
    shown = hitl("show", "1").stdout
    assert "1 file changed, exit 0  (of what was proposed)" in shown
    assert shown.count("preview") == 1


def test_a_deletion_outside_needs_the_word(
    person: At, model: ModelServer, folder: Path, tmp_path: Path
) -> None:
    """A text that deleted something outside in a preview runs only after the typed word, also in plain lines.

    A session that was killed at the question still knows the preview when it is resumed.
    """
    outside = tmp_path / "outside"
    outside.write_text("precious\n")
    command = "python3 -c 'import os; os.unlink(\"../outside\")'"
    model.reply(Calls.of(command), Text("done"))
    at = person("run", "agent", "tidy", "--plain")
    number(at)
    at.type("p\r")
    at.sees(r"deleted .*/outside · 9 bytes", "Preview: 1 file deleted outside this folder, exit 0")
    number(at)
    at.signal(signal.SIGKILL)
    assert at.leaves() == 128 + signal.SIGKILL
    at = person("resume", "--plain")
    at.sees("Preview: 1 file deleted outside this folder, exit 0")
    at.type(f"{number(at)}\r")
    at.sees("destroy")
    assert outside.exists()
    at.type(f"{number(at)} destroy\r")
    at.sees("done")
    assert at.leaves() == 0
    assert not outside.exists()


def test_a_rule_wants_a_preview_before_the_question(
    person: At, model: ModelServer, folder: Path, environment: dict[str, str]
) -> None:
    """The question has the summary at once; a command that the rule does not name is asked about as ever."""
    file = Path(environment["HOME"], ".config/hitl/rules.toml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[[rule]]\nask = "touch*"\npreview = true\n')
    model.reply(Calls.of("touch made && echo yes"), Calls.of("echo no"), Text("done"))
    at = person("run", "agent", "make a file")
    at.sees("┆ yes", "created made · 0 bytes", r"^\$ touch made", "Preview: 1 file created, exit 0")
    assert not (folder / "made").exists()
    at.type("\r")
    at.sees(r"^\$ echo no")
    assert (folder / "made").exists()
    assert "┆ no" not in at.everything
    at.type("\r")
    at.sees("done")
    assert at.leaves() == 0
