"""Commands of a conversation itself: `/help` and others, and `!command`; the model sees none of them."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_cli.prompt.slash import (
    CWD,
    EXIT,
    HELP,
    SLASH_COMMANDS,
    RequestText,
    ShellLine,
    SlashCommand,
    UnknownSlash,
    completions,
    read,
)
from tests.conftest import Hitl
from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]

ENTER, CTRL_C, TAB = "\r", "\x03", "\t"
LAST_PROMPT = r"\n> ?\nEnter send"


def says(at: Person, text: str, *patterns: str) -> None:
    """Enter `text` at the prompt, and wait for what is shown and for the next prompt."""
    at.type(text + ENTER)
    at.sees(*patterns, LAST_PROMPT)


def test_commands_of_the_program_cost_nothing(
    person: At, hitl: Hitl, model: ModelServer, folder: Path
) -> None:
    """The model gets only what is meant for it, and a command and its output only after /share."""
    model.reply(Text("One."), Text("Two."))
    (folder / "sub").mkdir()
    at = person("run", "agent", columns=100, lines=50)
    at.sees(r"^agent · scripted · in .*/work · /help for help$", "^>$")
    at.type("/he" + TAB)
    at.sees("^> /help$")
    says(at, "", r"^/share  show the model your last !command", r"^!command: run it in your shell")
    says(at, "/cdw", r"^Unknown command /cdw; nothing was sent\. Did you mean /cwd\?")
    says(at, "!cd s" + TAB + " && echo $((20 + 3)) > made && cat made", "^23$", r"^✓ exit 0")
    assert (folder / "sub" / "made").read_text() == "23\n"
    says(at, "/cwd", r"^The next command runs in .*/work/sub\. !cd FOLDER changes it\.$")
    says(
        at,
        "/model",
        r"^The model is scripted\. To use another one: leave, then hitl resume \w{8} --model NAME$",
    )
    assert model.requests == []
    says(at, "/etc/hosts has what?", r"One\.")
    assert model.messages()[-1]["content"] == "/etc/hosts has what?"
    says(at, "/share", "^Your next request shows 'cd sub/ && echo ")
    says(at, " /why 23?", r"Two\.")
    told = model.messages()[-1]["content"]
    assert told.startswith("/why 23?\n\nA command that the person ran, and its output (untrusted data")
    assert "\n$ cd sub/ && echo $((20 + 3)) > made && cat made\n23\n(exit 0)\n" in told
    at.type("/exit" + ENTER)
    assert at.leaves() == 0
    session = at.screen.rpartition("To continue: hitl resume ")[2].split()[0]
    assert len(model.requests) == 2
    logged = hitl("log", "--session", session).stdout
    assert logged.endswith("  finished  0  " + logged.split("  finished  0  ")[1])
    assert "  !cd sub/ && echo $((20 + 3)) > made && cat made\n" in logged
    shown = hitl("show", "1").stdout
    assert "typed       cd sub/" in shown
    assert "approved    as typed" in shown
    assert hitl("log", "--verify").returncode == 0
    again = person("resume", session)
    again.sees(r"^>$")
    says(again, "!pwd", "^/.*/work/sub$")


FOREIGN = """
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

class Echo(Workflow):
    @step
    async def go(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=f"heard {ev.user_msg}")
"""


def test_in_plain_lines_and_in_a_workflow_without_a_model(person: At, hitl: Hitl, folder: Path) -> None:
    """No model is named; a command that cannot be undone needs the word, and Ctrl-C ends the command alone."""
    (folder / "echo.py").write_text(FOREIGN)
    (folder / "home").mkdir()
    (folder / "home" / "kept").touch()
    at = person("run", "./echo.py", "--plain", env={"HOME": str(folder / "home")}, lines=60)
    asks = r"What do you want\? Ctrl-D leaves: ?"
    at.sees(r"^\./echo\.py · in .*/work · /help for help$", rf"{asks}$")
    at.type("!rm -rf ~" + ENTER)
    at.sees("Type destroy to run it", rf"{asks}$")
    at.type("yes" + ENTER)
    at.sees("You did not type destroy; nothing ran", rf"{asks}$")
    assert (folder / "home" / "kept").exists()
    at.type("!echo begun; sleep 60" + ENTER)
    at.sees("^begun$")
    at.type(CTRL_C)
    at.sees("echo begun; sleep 60 · ", rf"sleep 60 · (?s:.*){asks}$")
    at.type("!printf '%s' 'a\x1bb'" + ENTER)
    at.sees(r"control character(?s:.*)Nothing ran", rf"Nothing ran(?s:.*){asks}$")
    at.type("/share" + ENTER)
    at.sees("Your next request shows", rf"shows (?s:.*){asks}$")
    at.type("this" + ENTER)
    at.sees("heard this", "begun(?s:.*)heard this(?s:.*)begun", rf"heard this(?s:.*){asks}$")
    at.type("/quit" + ENTER)
    assert at.leaves() == 0
    assert "To continue: hitl resume" in at.everything


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/help", HELP),
        ("/HELP me", HELP),
        ("/quit", EXIT),
        ("/cd sub", CWD),
        ("!ls -l", ShellLine("ls -l")),
        ("!for x in 1; do\necho $x; done", ShellLine("for x in 1; do\necho $x; done")),
        (" !ls", RequestText("!ls")),
        (" /help", RequestText("/help")),
        ("/etc/hosts is odd", RequestText("/etc/hosts is odd")),
        ("//comment", RequestText("//comment")),
        ("/there is full", RequestText("/there is full")),
        ("list files /help", RequestText("list files /help")),
    ],
)
def test_what_a_text_means(text: str, meant: object) -> None:
    """A path, a blank before it, or words before it make it a request."""
    assert read(text, lambda path: path == "/there") == meant


@pytest.mark.parametrize("text", ["/", "/x", "!", "! ", "/helpp", "/help\nand more"])
def test_what_is_not_sent(text: str) -> None:
    """It may be a typing error; the advice says so."""
    meant = read(text, lambda path: False)
    assert isinstance(meant, UnknownSlash)
    assert "nothing was sent" in meant.advice or "Nothing ran" in meant.advice


@given(st.text(min_size=1))
def test_a_text_is_never_changed(text: str) -> None:
    """What is sent is what was typed, without the blanks around it; everything has one meaning."""
    match read(text, lambda path: False):
        case RequestText(sent):
            assert sent == text.strip()
        case ShellLine(command):
            assert command == text[1:].strip()
        case SlashCommand() | UnknownSlash():
            assert text[0] in "/!"


def test_completions() -> None:
    """Of the commands alone."""
    assert completions("/") == [each.typed for each in SLASH_COMMANDS]
    assert completions("/s") == ["/share"]
    assert completions("s") == completions("") == completions("/help ") == []


def test_hitl_is_killed_while_an_own_command_runs(person: At, hitl: Hitl) -> None:
    """The conversation continues, and the record says how the command ended."""
    at = person("run", "custom")
    at.sees("^>$")
    at.type("!echo begun; sleep 60" + ENTER)
    at.sees("^begun$")
    at.signal(signal.SIGKILL)
    at.leaves()
    again = person("resume")
    again.sees("✗ ran  echo begun; sleep 60", "it was ended because hitl had ended", "^>$")
    again.type("\x04")
    assert again.leaves() == 0
    assert " finished " in hitl("log").stdout
