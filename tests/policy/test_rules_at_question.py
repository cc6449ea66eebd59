"""Rules that a person makes at a question: what is shown and saved, and who decides afterwards."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_cli.shell.fence import why_unavailable
from tests.conftest import Hitl
from tests.model_server import Calls, ModelServer, Text
from tests.review.keys import CTRL_D, ENTER, ESC
from tests.review.test_plain import number
from tests.terminal import Person

At = Callable[..., Person]

pytestmark = pytest.mark.skipif(why_unavailable() != "", reason=why_unavailable())
ALWAYS, AGAIN = ESC + "r", ESC + "s"


def test_with_keys(
    person: At, hitl: Hitl, model: ModelServer, folder: Path, environment: dict[str, str]
) -> None:
    """A saved rule decides on later commands, not on this one; an approved text can be allowed with one key."""
    file = Path(environment["HOME"], ".config/hitl/rules.toml")
    (folder / "notes").write_text("one\n")
    commands = ("wc -l notes", "wc -c notes", "ls", "ls", "ls", "python3 x.py", "python3 x.py", "ls")
    model.reply(*map(Calls.of, commands), Text("done"))
    at = person("run", "agent", "look", columns=80, lines=40)
    at.sees(r"^Enter run · Esc reject · F1 all keys")
    at.type(AGAIN)
    at.sees("Nothing ran: you have not approved this text here in this session")
    at.type(ALWAYS)
    at.sees("1  wc -l notes  these words only, in this folder", "Esc back$")
    at.type(ESC)
    at.sees(r"^\$ wc -l notes", "all keys")
    assert not file.exists()
    at.type(ALWAYS)
    at.sees("4  wc\\* +with other arguments too, in any folder", "Esc back$")
    at.type("4")
    at.sees(r'allow = \["wc\*"\]', "without a question, for example:", "^│   wc -l /etc/passwd", "Esc back$")
    at.type("f")
    at.sees(
        r"^Saved in ~/.config/hitl/rules.toml. This command\s+has\s+not\s+run; you still\s+decide\s+on it.",
        "all keys",
    )
    assert file.read_text() == 'allow = ["wc*"]\n'
    at.signal(signal.SIGKILL)
    at.leaves()
    assert "✓" not in at.everything
    assert "all keys" not in at.screen  # the guardian that was ready has erased the keys
    assert at.raw.endswith(b"\x1b[?1004l\x1b[?25h\x1b[23;0t\x1b[J")
    at = person("resume", columns=80, lines=40)
    at.sees(r"^\$ wc -l notes", "all keys")
    at.type(ENTER)
    at.sees(
        r"^\$ wc -l notes\n1 notes\n✓",
        r"behind a fence: wc\*\s+\(.*line 1\)",
        r"^\$ wc -c notes\n4 notes\n✓",
        r"^\$ ls",
        "all keys",
    )
    at.type(ENTER)
    at.sees("^You approved this text less than a minute ago. Alt-S runs it", "Alt-S run from now on")
    at.type("x")
    at.no_longer_sees("You approved this text")
    at.type("\x7f")
    at.sees("^You approved this text")
    at.type(AGAIN)
    at.sees(
        "From now on, exactly this text",
        r"behind a fence: ls\s+\(this\s+text\s+in\s+this\s+session,\s+since\s+command\s+4\)",
        r"^\$ python3 x.py",
        "all keys",
    )
    at.type(ALWAYS)
    at.sees("^No rule can allow python3 x.py: an interpreter", r"^\$ python3 x.py")
    at.sees("all keys")
    at.type(ENTER)
    at.sees("✗ exit 2", "^You approved this text less than a minute ago.$", "all keys")
    assert "Alt-S" not in at.screen.splitlines()[-1]
    at.type(CTRL_D)
    assert at.leaves() == 75
    by_rule = hitl("log", "--by", "rule").stdout
    assert [line.split()[-1] for line in by_rule.splitlines()] == ["notes", "ls"]
    assert f"rule        wc*, made at this question, kept in {file}" in hitl("show", "1").stdout
    assert "from now on this text runs here without a question until" in hitl("show", "4").stdout
    assert hitl("log", "--verify").returncode == 0
    at = person("resume", columns=80, lines=40)
    for command in ("python3 x.py", "ls"):
        at.sees(rf"^\$ {command}", "all keys")
        if command == "ls":
            assert "approved this text" not in at.screen
        at.type(ESC)
        at.sees("^Why not")
        at.type(ENTER)
    assert at.leaves() == 77


def test_in_plain_lines(person: At, hitl: Hitl, model: ModelServer, folder: Path) -> None:
    """Saving a rule takes a new number; the file of a trusted project is offered, and stays trusted."""
    file = folder / ".hitl/rules.toml"
    file.parent.mkdir()
    file.write_text('deny = ["rm*"]  # mine\n')
    assert hitl("policy", "trust").returncode == 0
    model.reply(*map(Calls.of, ("ls", "wc -l none", "ls", "wc -l none", "wc -l none")), Text("done"))
    at = person("run", "agent", "look", "--plain", columns=80, lines=60)
    first = number(at)
    at.type(f"{first} s{ENTER}")
    at.sees("Nothing ran: you have not approved this text here in this session")
    at.type(f"r{ENTER}")
    at.sees(
        r"^3 +ls\* +with other arguments too, in this folder",
        r"^Answer 1; 2; 3; 4; b: back.",
        "Your answer: *$",
    )
    at.type(f"2{ENTER}")
    at.sees(
        r'^allow = \["ls"\]', "^  ls 2>/dev/null", "p: for good, in .*rules.toml of this", "Your answer: *$"
    )
    assert number(at) != first
    at.type(f"p{ENTER}")
    at.sees("Unknown answer")
    at.type(f"{number(at)} p{ENTER}")
    at.sees(r"^Saved in .*rules.toml. This command has\s+not\s+run", f"type {first}; x rejects")
    assert file.read_text() == 'deny = ["rm*"]  # mine\nallow = ["ls"]\n'
    at.type(f"{first}{ENTER}")
    at.sees("✓ .*exit 0", "wc -l none", "Your answer: *$")
    at.type(f"{number(at)}{ENTER}")
    at.sees(
        r"behind a fence: ls\s+\(.*line 2\)",
        "^You approved this text less than a minute ago.",
        "Your answer: *$",
    )
    at.type(f"{number(at)} s{ENTER}")
    at.sees(
        "From now on, exactly this text",
        r"wc -l none\s+\(this\s+text\s+in\s+this\s+session,\s+since\s+command\s+4\)",
    )
    assert at.leaves() == 0


@pytest.mark.slow
def test_on_a_small_screen(person: At, model: ModelServer) -> None:
    """A list of rules that is longer than the screen is chosen from with one key."""
    model.reply(Calls.of("wc -l notes && sort notes | uniq -c"))
    at = person("run", "agent", "look", columns=30, lines=12)
    at.sees("keys")
    at.type(ALWAYS)
    at.sees("^1 · 2 · 3 · 4 · Esc back$")
    at.type("3")
    at.sees("^s for this session")
    assert "was ignored" not in at.everything
    at.type(ESC)
    at.sees("^1 · 2 · 3 · 4 · Esc back$")
    at.type(ESC)
    at.sees(r"^\$ wc")
    at.type(CTRL_D)
    assert at.leaves() == 75
