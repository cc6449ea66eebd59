"""Plain lines: nothing is drawn, nothing moves, each state is announced."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model_server import Calls, ModelServer, Status, Text
from tests.review.conftest import Ask
from tests.review.keys import CTRL_D, ENTER
from tests.terminal import Person
from tests.test_streams import shell_line

At = Callable[..., Person]
PLAIN = {"HITL_PLAIN": "1"}


def number(at: Person) -> str:
    """Return what an answer of weight takes: the number in the last question."""
    at.sees("Your answer: ?$")
    found: list[str] = re.findall(r"(?:Answer|type)\s+(\d{3})", at.everything)
    return found[-1]


@pytest.mark.parametrize("how", ["--plain", "TERM=dumb"])
def test_whole_run_without_an_escape_or_a_box(person: At, model: ModelServer, folder: Path, how: str) -> None:
    """From the request to the result no escape sequence is sent."""
    model.reply(Calls.of("echo made > made; cat made", text="I **look**."), Text("Done."))
    arguments = ["run", "agent", "x"]
    at = person(
        *arguments, *(["--plain"] if how == "--plain" else []), env={"TERM": "dumb"} if "=" in how else {}
    )
    at.sees("Question 1 of 1: run this command in", "1:? *echo made > made; cat made", "Your answer:$")
    at.type(number(at) + ENTER)
    assert at.leaves() == 0
    assert b"\x1b" not in at.raw
    assert not re.search("[─-╿⠀-⣿]", at.everything)
    assert "✓ ran  echo made > made; cat made · exit 0" in at.everything
    assert "waiting for scripted" in at.everything
    assert "Done." in at.everything


@pytest.mark.parametrize("into_file", [False, True])
def test_what_runs_is_said_once(
    person: At, environment: dict[str, str], folder: Path, model: ModelServer, into_file: bool
) -> None:
    """With the keys that it has: one whose output goes to a file has no terminal to come back to."""
    model.reply(Text("until test -e go\ndo sleep 0.05; done"))
    if into_file:
        at = shell_line(environment, folder, "$hitl run custom --plain x > out")
    else:
        at = person("run", "custom", "--plain", "x")
    at.type(number(at) + ENTER)
    keys = "Ctrl-C stops it" + ("$" if into_file else r";\s+Ctrl-\]\s+sends\s+it\s+to\s+the\s+background$")
    at.sees(rf"^running until test -e go⟦newline⟧do sleep 0\.05; done;\s+{keys}")
    (folder / "go").touch()
    assert at.leaves() == 0
    assert at.everything.count("running until") == 1


def test_words_decide(asked: Ask) -> None:
    """Each answer is a word and Enter; what is none decides nothing."""
    at = asked(["echo 1", "echo 2", "echo 3", "echo 4"], env=PLAIN)
    at.sees("Your answer:$")
    at.type("yes" + ENTER)
    at.sees("Unknown answer")
    at.type("x" + ENTER)
    at.sees("Why")
    at.type("not now" + ENTER)
    at.sees("Question 2 of 4", "Your answer:$")
    at.type("e" + ENTER)
    at.sees("in one line")
    at.type("echo  'two'" + ENTER)
    at.sees("1: echo  'two'", "Your answer:$")
    at.type(number(at) + " c" + ENTER)
    at.sees("Comment")
    at.type("mine" + ENTER)
    at.sees("Question 3 of 4", r"(?s)Question 3.*Your answer:$")
    at.type("a" + ENTER)
    at.sees("to the model, empty")
    at.type("it is 3" + ENTER)
    at.sees("Question 4 of 4", r"(?s)Question 4.*Your answer:$")
    at.type("q" + ENTER)
    assert at.decided()[0] == "Stop"
    assert [kind for kind, _ in at.decisions] == ["Reject", "Run", "Answer", "Stop"]
    assert at.decisions[0][1]["reason"] == "not now"
    assert (at.decisions[1][1]["command"], at.decisions[1][1]["comment"]) == ("echo  'two'", "mine")


def test_long_command_is_heard_to_its_end(asked: Ask) -> None:
    """It does not run before its last line was printed; an answer in between goes to the answers."""
    command = "\n".join(f"echo {number}" for number in range(100))
    at = asked(command, env=PLAIN)
    at.sees("100 lines", "80 more rows; Enter continues")
    at.type("x" + ENTER)
    at.sees("Your answer:$")
    at.type(number(at) + ENTER)
    at.waits(lambda: "the command was not printed to its end" in at.everything, "to read why")
    for left in (80, 60, 40, 20):
        at.sees(rf"{left} more rows; Enter continues.*\Z")
        at.type(ENTER)
    at.sees("^100: ?echo 99", "Your answer:$")
    at.type(number(at) + ENTER)
    assert at.decided()[1]["command"] == command


def test_deceptive_command_needs_more_than_a_letter(asked: Ask) -> None:
    """The label is printed, the warning follows, and only the whole words run it."""
    at = asked("echo \u200bx", env=PLAIN)
    at.sees(r"1: echo ⟦U\+200B⟧x", "Warning: invisible character", "Your answer:$")
    at.type(number(at) + ENTER)
    at.sees("the command may be deceptive")
    at.type(number(at) + " anyway" + ENTER)
    assert at.decided()[1]["command"] == "echo \u200bx"


def test_paste_and_end_of_input_decide_nothing(asked: Ask) -> None:
    """Several lines at once are no answer; nor is the end of input."""
    at = asked(["echo 1"], env=PLAIN)
    at.sees("Your answer:$")
    at.type_at_once("r\rr\rr\r")
    at.sees("Several lines arrived together")
    assert at.decisions == []
    at.sees("(?s)arrived together.*Your answer:$")
    at.type(CTRL_D)
    assert at.decided() == [
        "UndecidedError",
        "You did not decide, so the command did not run.",
    ]


def test_pasted_line_does_not_run(asked: Ask) -> None:
    """What runs a command is a number that no text from before knows, and another one whenever it is read out."""
    at = asked("echo 1", env=PLAIN, lines=60)
    numbers = {number(at)}
    for times, line in enumerate(("r", "y", "yes", "run"), 1):
        at.type_at_once(line + ENTER)
        at.waits(
            lambda times=times: at.everything.count("Unknown answer") == times,  # type: ignore[misc]
            "an answer",
        )
        number(at)
        at.type("l" + ENTER)
        at.waits(
            lambda times=times: at.everything.count("Question 1 of 1") == times + 1,  # type: ignore[misc]
            "the question",
        )
        numbers.add(number(at))
    assert at.decisions == []
    assert len(numbers) > 1
    at.type("q" + ENTER)
    assert at.decided()[0] == "Stop"


def test_help_tells_what_can_be_answered(asked: Ask) -> None:
    """Each answer with what it does; there is no other match where nothing was found."""
    at = asked("echo 1", env=PLAIN, lines=40)
    runs = number(at)
    at.type("h" + ENTER)
    at.sees(
        f"^{runs}: run the command",
        f"^{runs} anyway: ",
        f"^{runs} c: ",
        f"^{runs} k: ",
        "^x: reject",
        "^h: list these",
    )
    at.type("n" + ENTER)
    at.sees("There is no other match")
    at.type("q" + ENTER)
    assert at.decided()[0] == "Stop"


def test_without_a_model_nothing_is_offered_that_needs_one(asked: Ask) -> None:
    """Nobody explains, nobody takes an answer, and what is said of a command has no other reader than the journal."""
    at = asked("echo 1", env={**PLAIN, "HITL_MODEL": "offline"}, lines=60)
    at.sees("Your answer: ?$")
    for word in ("a", "w"):
        at.type(word + ENTER)
        at.sees(rf"(?s)Your answer: {word}\n+Unknown answer.*Your answer: ?$")
    at.type("h" + ENTER)
    at.sees("^h: list these answers", "(?s)list these answers.*Your answer: ?$")
    assert not re.search("^[aw]: |model", at.everything, re.MULTILINE)
    at.type(number(at) + " c" + ENTER)
    at.sees("Comment, saved in the journal: ?$")
    at.type("mine" + ENTER)
    assert at.decided()[1]["comment"] == "mine"


def test_explanation_is_headed_by_what_it_is(person: At, model: ModelServer) -> None:
    """Only where there is one: a model that fails has explained nothing."""
    model.reply(Text("echo hi"), Status(401), Text("It **greets**."))
    at = person("run", "custom", "greet", "--plain", lines=60)
    at.sees("Your answer: ?$")
    at.type("w" + ENTER)
    at.sees("No explanation: ", "(?s)No explanation: .*Your answer: ?$")
    assert "What it does" not in at.everything
    at.type("w" + ENTER)
    at.sees(r"^The model explains .*\n.*It \*\*greets\*\*\.")
    at.type("q" + ENTER)
    assert at.leaves() == 75


@pytest.mark.parametrize(
    ("word", "prompt"), [("x", "Why"), (" c", "Comment"), ("a", "to the model"), ("s", "Save as")]
)
def test_paste_of_several_lines_into_a_field_decides_nothing(
    asked: Ask, folder: Path, word: str, prompt: str
) -> None:
    """It is asked for again."""
    at = asked("echo 1", env=PLAIN)
    at.sees("Your answer:$")
    at.type((number(at) if word == " c" else "") + word + ENTER)
    at.sees(f"{prompt}.*: $|{prompt}.*:$")
    at.type_at_once("one\rtwo\r")
    at.sees("Several lines arrived together", rf"(?s)arrived together.*{prompt}")
    assert at.decisions == []
    assert list(folder.iterdir()) == []


def test_conversation_in_plain_lines(person: At, model: ModelServer) -> None:
    """Requests are asked for in a line too."""
    model.reply(Text("echo hi"))
    at = person("run", "custom", "--plain")
    at.sees("What do you want")
    at.type("greet" + ENTER)
    at.sees("(?s)Question 1 of 1.*Your answer:$")
    at.type(number(at) + ENTER)
    at.sees(r"✓ ran  echo hi", r"(?s)ran .*What do you want.*$")
    at.type(CTRL_D)
    assert at.leaves() == 0
    assert b"\x1b" not in at.raw
