"""`hitl run agent` without a request: a conversation with memory and history."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model_server import Calls, Hang, ModelServer, Status, Text
from tests.terminal import Person

At = Callable[..., Person]

ESC, ENTER, CTRL_C, CTRL_D = "\x1b", "\r", "\x03", "\x04"


def roles(model: ModelServer) -> list[str]:
    """Return who said what in the last request, the instructions left out."""
    return [message["role"] for message in model.messages() if message["role"] != "system"]


def test_three_turns_with_memory(person: At, model: ModelServer) -> None:
    """The model is sent all that was said, with the calls and their results."""
    model.reply(Text("Hello."), Calls.of("echo 42"), Text("It printed 42."), Text("You asked three things."))
    at = person("run", "agent")
    at.says("hi there")
    at.sees(r"Hello\.", r"^tokens: [^\n]*\n>$")
    at.type("run it" + ENTER)
    at.approves("echo 42")
    at.sees(r"It printed 42\.[^>]*^>$")
    at.type("what did I ask" + ENTER)
    at.sees(r"three things\.[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0
    assert roles(model) == ["user", "assistant", "user", "assistant", "tool", "assistant", "user"]
    said = [message["content"] for message in model.messages() if message["role"] == "user"]
    assert said == ["hi there", "run it", "what did I ask"]


def test_prompt_is_there_before_the_workflow_is_loaded(person: At, model: ModelServer) -> None:
    """What is typed while the imports run behind the prompt is not lost."""
    model.reply(Text("Hello."))
    at = person("run", "agent", cold=True)
    at.says("?")  # one character, which cannot be a paste: a program that imports may read Enter late
    at.sees("loading agent")
    at.sees(r"Hello\.[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0


def test_a_request_may_have_several_lines(person: At, model: ModelServer) -> None:
    """Alt-Enter begins a new line, Enter sends."""
    model.reply(Text("Hello."))
    at = person("run", "agent")
    at.sees("^>$")
    at.type("one" + ESC + ENTER + "two" + ENTER)
    at.sees(r"Hello\.[^>]*^>$")
    at.type(CTRL_D)
    at.leaves()
    assert model.messages()[-1]["content"] == "one\ntwo"


def test_paste_without_brackets_sends_nothing(person: At, model: ModelServer) -> None:
    """Its lines are on the line, and Enter alone sends them, all at once."""
    model.reply(Text("Hello."))
    at = person("run", "agent")
    at.sees("^>$")
    at.type_at_once("one\r")
    at.sees("^> one", "arrived together with other input")
    at.type_at_once("two\rthree\r")
    at.sees("^  three", "arrived together with other input|came again too soon")
    at.type("!")
    at.no_longer_sees("was ignored")
    assert model.requests == []
    at.type(ENTER)
    at.sees(r"Hello\.[^>]*^>$")
    at.type(CTRL_D)
    at.leaves()
    assert "".join(str(model.messages()[-1]["content"]).split("\n")) == "onetwothree!"


def test_text_typed_too_early_for_a_question_is_on_the_next_line(
    person: At, model: ModelServer, folder: Path
) -> None:
    """Who types the next message when a question appears finds it at the next prompt; nothing ran or was sent."""
    model.reply(Calls.of("touch RAN"), Text("Well."), Text("Hello."))
    at = person("run", "agent")
    at.says("go")
    at.waits(lambda: bool(model.requests), "the request to be sent")
    for key in "and then do it is p\r":
        at.type_at_once(key)
        at.reads(0.05)
    at.sees(r"^\$ touch RAN$", r"it is kept for your next\s+message", "Enter run")
    at.type(ESC)
    at.sees("Why not")
    at.type(ENTER)
    at.sees(r"Well\.[^>]*^> and then do it is p$")
    assert len(model.requests) == 2
    at.type("s" + ENTER)
    at.sees(r"Hello\.[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0
    assert model.messages()[-1]["content"] == "and then do it is ps"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("plain", [False, True])
def test_second_ctrl_c_at_an_empty_prompt_leaves(person: At, model: ModelServer, plain: bool) -> None:
    """The first says so; one that empties the line, or that other keys follow, is none."""
    at = person("run", "agent", *(["--plain"] if plain else []))
    at.sees("What do you want" if plain else "^>$")
    at.type("some text")
    at.sees("some text")
    at.type(CTRL_C)
    if not plain:
        at.no_longer_sees("some text")
        at.type(CTRL_C)
    at.sees("Press Ctrl-C again to leave")
    if not plain:
        at.type("a")
        at.sees("^> a$")
        at.type("\x7f")
        at.no_longer_sees("again to leave")
        at.type(CTRL_C)
        at.sees("Press Ctrl-C again to leave")
    at.type(CTRL_C)
    assert at.leaves() == 0
    assert model.requests == []


def test_earlier_requests_come_back_in_the_next_conversation(
    person: At, model: ModelServer, tmp_path: Path
) -> None:
    """Up brings the last request, also of an earlier process; nobody else can read the history."""
    model.reply(Text("Hello."), Text("Again."))
    for _ in range(2):
        at = person("run", "agent")
        at.sees("^>$")
        at.type("hi there" + ENTER if _ == 0 else "\x1b[A")
        at.sees("> hi there")
        if _ == 1:
            at.type(ENTER)
        at.sees(r"(Hello|Again)\.[^>]*^>$")
        at.type(CTRL_D)
        assert at.leaves() == 0
    (history,) = (tmp_path / "home").rglob("requests")
    assert history.stat().st_mode & 0o077 == 0
    assert history.parent.stat().st_mode & 0o077 == 0


def test_conversation_continues_after_an_error(person: At, model: ModelServer) -> None:
    """One sentence, and the prompt is there again."""
    model.reply(Status(401, message="bad key"), Text("Now it works."))
    at = person("run", "agent")
    at.says("hi")
    at.sees(r"hitl: The key from OPENAI_API_KEY was refused", r"^>$")
    at.type("again" + ENTER)
    at.sees(r"Now it works\.[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0


def test_broken_turn_is_remembered(person: At, model: ModelServer, folder: Path) -> None:
    """After Ctrl-C the model learns in the next turn what had run in the one that was broken off."""
    model.reply(Calls.of("touch made"), Hang("Well"), Text("I see."))
    at = person("run", "agent")
    at.says("make it")
    at.approves("touch made")
    at.sees("Well")
    at.type(CTRL_C)
    at.sees(r"Stopped; nothing more was run\.\n(.*\n)?>$")
    at.type("what happened" + ENTER)
    at.sees(r"I see\.[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0
    assert roles(model) == ["user", "assistant", "user"]
    assert "ran `touch made`: exit 0" in model.messages()[-2]["content"]


def test_end_of_input_at_a_question_ends_the_conversation(
    person: At, model: ModelServer, folder: Path
) -> None:
    """Nobody is left to decide."""
    model.reply(Calls.of("touch made"))
    at = person("run", "agent")
    at.says("make it")
    at.sees(r"\$ touch made")
    at.type(CTRL_D)
    assert at.leaves() == 75
    assert list(folder.iterdir()) == []


def test_workflow_that_does_not_load_ends_the_conversation(person: At, folder: Path) -> None:
    """The sentence comes while the prompt is open, without a request."""
    (folder / "broken.py").write_text("workflow = None\nimport nothing_like_this\n")
    at = person("run", "./broken.py")
    assert at.leaves() == 66
    assert "Cannot import broken.py (line 2)" in at.everything.replace("\n", "")


def approve_one_and_two(at: Person) -> None:
    """Make two requests, approve `echo one` and `echo two`, and leave."""
    for word in ("one", "two"):
        at.says(f"say {word}")
        at.approves(f"echo {word}")
        at.sees(rf"^\$ echo {word}\n{word}\n✓ exit 0")
    at.sees(r"echo two\n.*\n✓ exit 0[^>]*^>$")
    at.type(CTRL_D)
    assert at.leaves() == 0


def test_custom_conversation(person: At, model: ModelServer) -> None:
    """The other workflow takes one request after the other, too."""
    model.reply(Text("echo one"), Text("echo two"))
    approve_one_and_two(person("run", "custom"))


def test_what_the_program_says_breaks_between_words(person: At, model: ModelServer) -> None:
    """On a narrow terminal, no item of a hint and no word of a sentence is broken; a command is, where the row ends."""
    long = "true " + "x" * 40
    model.reply(Calls.of("ls \x1b"), Calls.of(long), Text("ok"))
    at = person("run", "agent", columns=40)
    at.sees("^> *\nEnter send · Alt-Enter new line ·\nUp earlier requests · /help ·\nCtrl-D leave$")
    at.says("x")
    at.sees("Run")
    said = " ".join(at.everything.split())
    assert "The command has a control character, escape (U+001B), at column 4 and was not offered" in said
    at.type(ENTER)
    at.sees(r"^\$ true x+\n↳ x+\n✓ exit 0 · \d\.\d s$", r"^▌ ok\n[^>]*^>\nEnter send")
    at.type(CTRL_D)
    assert at.leaves() == 0
