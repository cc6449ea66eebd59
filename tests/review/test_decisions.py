"""Decisions on their way to the model, and proposals that are not offered: the whole program."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import Calls, Hang, ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]
CTRL_C, ENTER, F2, F3, F9, F10 = "\x03", "\r", "\x1bOQ", "\x1bOR", "\x1b[20~", "\x1b[21~"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ls \x1b[8m; touch made", "Error: The command has a control character, escape (U+001B)"),
        ("touch made\0", "Error: The command has a control character, NUL (U+0000)"),
        ("touch made #" + "x" * 20_000, "Error: The command has 20,012 characters"),
        ("touch made \ud800", "Error: The command has invalid text"),
        ("", "Error: The command is empty and was not offered"),
        (" \n", "Error: The command is empty and was not offered"),
    ],
)
def test_unacceptable_proposal_is_not_offered(
    person: At, model: ModelServer, folder: Path, command: str, told: str
) -> None:
    """The model gets an error it can act on, the person one line, and the next proposal is asked as usual."""
    model.reply(Calls.of(("a", json.dumps({"command": command}))), Calls.of("echo better"), Text("ok"))
    at = person("run", "agent", "x")
    at.sees(r"\$ echo better")
    assert "A proposal was not offered, and the model was told:" in at.everything
    assert model.tool_results(1)[0].startswith(told)
    at.type(ENTER)
    assert at.leaves() == 0
    assert list(folder.iterdir()) == []


def test_custom_ends_when_its_proposal_is_unacceptable(person: At, model: ModelServer, folder: Path) -> None:
    """Nothing is asked; the status is that of an invalid answer."""
    model.reply(Text("touch made \x1b[2J"))
    at = person("run", "custom", "x")
    assert at.leaves() == 69
    assert "A proposal was not offered" in at.everything
    assert list(folder.iterdir()) == []


def test_answer_and_comment_reach_the_model_word_for_word(person: At, model: ModelServer) -> None:
    """The turn continues with what the person said."""
    model.reply(Calls.of("cat secret"), Calls.of("echo two"), Text("ok"))
    at = person("run", "agent", "x")
    at.sees(r"\$ cat secret")
    at.type(F3)
    at.sees("Your answer")
    at.type("it says: “hello”" + ENTER)
    at.sees(r"\$ echo two")
    at.type(F9)
    at.sees("Comment")
    at.type("but never three" + ENTER)
    assert at.leaves() == 0
    first, second = model.tool_results()
    assert first == "The command did not run; the person answers in its place: it says: “hello”"
    assert "\nThe person says about it: but never three\nOutput of the command" in second
    assert second.endswith("\ntwo\n")
    assert "- answered  cat secret · it says: “hello”" in at.everything
    assert re.search(r"\$ echo two\ntwo\n✓ exit 0 · \d\.\d s · comment: but never three", at.everything)


def test_stop_leaves_everything_undecided(person: At, model: ModelServer, folder: Path) -> None:
    """F10 ends the session: no call is answered, and the person is told how to continue."""
    model.reply(Calls.of("touch one", "touch two"))
    at = person("run", "agent", "x")
    at.sees(r"\(1 of 2\)")
    at.type(F10)
    assert at.leaves() == 75
    assert "Stopped; nothing ran. The question is saved." in at.everything.replace("\n", " ")
    assert list(folder.iterdir()) == []


def test_explain_asks_the_model_apart_from_the_conversation(person: At, model: ModelServer) -> None:
    """The explanation is streamed into the terminal; the agent's messages do not hold it."""
    model.reply(Calls.of("echo hi"), Text("It prints **hi**."), Text("done"))
    at = person("run", "agent", "x")
    at.sees(r"\$ echo hi")
    at.type(F2)
    at.sees("It prints hi.", r"\$ echo hi$")
    screen = at.reads(2)  # whatever drew behind the question would have drawn by now
    assert re.search(r"^\$ echo hi$", screen, re.MULTILINE), screen
    assert "waiting for" not in screen
    at.type(ENTER)
    assert at.leaves() == 0
    assert "echo hi" in str(model.messages(1))
    assert "It prints" not in str(model.messages(2))


def test_explanation_that_hangs_is_broken_off_by_itself(person: At, model: ModelServer, folder: Path) -> None:
    """Ctrl-C ends the explanation and not the run; the line is there, and stays there."""
    model.reply(Calls.of("touch made"), Hang("It makes\n\na file"), Text("done"))
    at = person("run", "agent", "x")
    at.sees(r"\$ touch made")
    at.type(F2)
    at.sees("It makes", "waiting for the model")
    at.type(CTRL_C)
    at.sees("^▌ a file$", "You stopped the explanation; nothing ran", r"^\$ touch made$")
    screen = at.reads(2)
    assert re.search(r"^\$ touch made$", screen, re.MULTILINE), screen
    assert "waiting for" not in screen
    at.type(ENTER)
    assert at.leaves() == 0
    assert (folder / "made").exists()


def test_plain_explanation_that_hangs_is_broken_off_by_itself(
    person: At, model: ModelServer, folder: Path
) -> None:
    """The same in plain lines: what was said is there, and the question is asked again."""
    model.reply(Calls.of("touch made"), Hang("It makes\na file"))
    at = person("run", "agent", "x", "--plain")
    at.sees("Your answer")
    at.type("w" + ENTER)
    at.sees("The model explains", "^model: It makes$")
    at.type(CTRL_C)
    at.sees(
        r"^model: a (\^C)?file$",
        "You stopped the explanation; nothing ran",
        r"(?s)stopped the explanation.*Your answer",
    )
    at.type("q" + ENTER)
    assert at.leaves() == 75
    assert "The question is saved. Continue with: hitl resume" in " ".join(at.everything.split())
    assert list(folder.iterdir()) == []


def test_record_marks_the_edit(person: At, model: ModelServer) -> None:
    """The line that stays says what was changed into what."""
    model.reply(Text("echo one two three"))
    at = person("run", "custom", "x")
    at.sees(r"\$ echo one two three")
    at.type("\x1b[D" * 6 + "\x17")
    at.sees("echo one  ?three")
    at.type("2 " + ENTER)
    assert at.leaves() == 0
    assert "$ echo one 2  three\none 2 three\n✓ exit 0 · " in at.screen
    assert " · edited: two → 2" in at.screen


def test_record_of_a_long_command_is_short(person: At, model: ModelServer) -> None:
    """It takes a row or two whether it ran or not, however many lines it has, and is not cut within a label."""
    script = "\n".join(f"echo line {number}" for number in range(300))
    model.reply(Calls.of(script, "true " + "word " * 70), Text("ok"))
    at = person("run", "agent", "x")
    at.sees("300 lines")
    at.type("\x03")
    at.sees("Why not")
    at.type(ENTER)
    at.approves("true word word")
    assert at.leaves() == 0
    records = at.everything.split("✗ rejected  ")[1].split("\n▌ ok")[0].replace("\n  ", "").replace("\n", "")
    rejected, ran = records.split("$ true ")
    assert len(rejected) < 2 * 80
    assert re.fullmatch(r"echo line 0⟦newline⟧(echo line \d⟦newline⟧)+echo line \d…", rejected)
    assert re.fullmatch(r"[word ↳]+✓ exit 0 · \d\.\d s", ran)


def test_record_of_another_command_names_the_proposal(person: At, model: ModelServer) -> None:
    """Where both have nothing in common, what was proposed is not taken apart."""
    model.reply(Text("du -sk proposed | sort -n"))
    at = person("run", "custom", "x")
    at.sees(r"\$ du -sk")
    at.type("\x15echo mine" + ENTER)
    assert at.leaves() == 0
    assert "$ echo mine\nmine\n✓ exit 0 · " in at.screen
    assert " · edited: in place of du -sk proposed | sort -n" in " ".join(at.screen.split())


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('reject = "f2"', "F2 cannot be the key of both 'reject' and 'explain'"),
        ('copy = "ctrl-x"', "Ctrl-X cannot be the key of both"),
        ('fly = "f2"', "there is no action 'fly'"),
        ('copy = "hyper-x"', "'hyper-x' has an unknown modifier"),
        ('copy = "x"', "'x' types a character"),
        ("run = []", "the action 'run' needs a key"),
        ("copy = 3", "the key of 'copy' must be a string"),
    ],
)
def test_keys_of_no_use_are_an_error_at_the_start(
    hitl: Hitl, bare_environment: dict[str, str], keys: str, sentence: str
) -> None:
    """Nothing is asked of the model; the sentence names what is wrong."""
    config = Path(bare_environment["HOME"]) / "config.toml"
    config.write_text(f"[keys]\n{keys}\n")
    ended = hitl("run", "custom", "x", env={"HITL_CONFIG": str(config)})
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
