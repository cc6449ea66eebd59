"""The help of every verb, and what a person reads whose command line is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.model_server import ModelServer, Text
from tests.terminal import Person

At = Callable[..., Person]
VERBS = [
    "", "run", "resume", "sessions", "log", "show", "prune", "list", "new", "inspect", "preview", "doctor",
    "config", "config set", "config unset", "catalogue",
    "catalogue search", "catalogue list", "catalogue add", "catalogue check",
    "policy", "policy check", "policy list", "policy test", "policy add", "policy remove",
    "policy trust", "policy suggest",
]  # fmt: skip


def test_help_names_the_commands_the_statuses_and_examples(hitl: Hitl) -> None:
    """A person finds the verbs, the exit statuses and how to begin without the documentation."""
    shown = hitl("--help").stdout
    assert all(verb in shown for verb in ("run", "list", "config", "--debug", "outcome unknown"))
    assert shown.count("\n  hitl ") == 3


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("columns", [80, 40])
def test_help_fits(hitl: Hitl, verb: str, columns: int) -> None:
    """No line is too wide, nothing is cut off, and no value is called by a type of Python."""
    ended = hitl(*verb.split(), "--help", env={"COLUMNS": str(columns)})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert max(map(len, ended.stdout.splitlines())) <= columns
    assert not re.search(r"[^A-Z]\.\.\.$", ended.stdout, re.MULTILINE)
    assert "<" not in ended.stdout


@pytest.mark.parametrize(("group", "count"), [("", 15), ("config", 2), ("catalogue", 4), ("policy", 7)])
def test_each_summary_is_one_line(hitl: Hitl, group: str, count: int) -> None:
    """At 80 columns, whatever a verb does stands beside its name."""
    listed = hitl(*group.split(), "--help", env={"COLUMNS": "80"}).stdout.partition("\nCommands:\n")[2]
    lines = listed.partition("\n\n")[0].splitlines()
    assert len(lines) == count
    assert all(line.endswith(".") for line in lines)


def test_help_of_run_says_where_its_options_may_stand_too(hitl: Hitl) -> None:
    """In a variable and in a file; `hitl config` shows both."""
    shown = hitl("run", "--help").stdout
    assert all(word in shown for word in ("HITL_MODEL", "`hitl config`", "SECONDS", "FOLDER", "URL"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["rum", "agent"],
            "Unknown command 'rum'; nothing ran. Did you mean 'run'? See hitl --help.",
        ),
        (
            ["show files"],
            (
                """Unknown command 'show files'; nothing ran. To send this as a request: """
                """hitl run agent "show files". See hitl --help."""
            ),
        ),
        (
            ["free", "$HOME"],
            (
                "Unknown command 'free'; nothing ran. "
                "To send this as a request: hitl run agent 'free $HOME'. See hitl --help."
            ),
        ),
        (
            ["catalogue", "serch", "x"],
            (
                "Unknown command 'catalogue serch'; nothing ran. Did you mean 'search'? "
                "See hitl catalogue --help."
            ),
        ),
        (
            ["run", "agent", "--yes", "x"],
            "Unknown option '--yes' of hitl run; nothing ran. See hitl run --help.",
        ),
        (
            ["run", "agent", "--nope"],
            "Unknown option '--nope' of hitl run; nothing ran. See hitl run --help.",
        ),
        (
            ["run", "agent", "--timout", "4"],
            "Unknown option '--timout' of hitl run; nothing ran. Did you mean '--timeout'? See hitl run --help.",
        ),
        (
            ["agent", "show", "files"],
            (
                """Unknown command 'agent'; nothing ran. To run this workflow: hitl run agent "show files". """
                "See hitl --help."
            ),
        ),
        (
            ["custom", "--plain", "x"],
            (
                "Unknown command 'custom'; nothing ran. To run this workflow: hitl run custom --plain x. "
                "See hitl --help."
            ),
        ),
        (
            ["--model", "m", "run", "agent"],
            (
                "Unknown option '--model' of hitl; nothing ran. It is an option of hitl run, and goes after that. "
                "See hitl --help."
            ),
        ),
        (
            ["run", "agent", "-model", "m"],
            "Unknown option '-model' of hitl run; nothing ran. Did you mean '--model'? See hitl run --help.",
        ),
        (["log", "-x"], "Unknown option '-x' of hitl log; nothing ran. See hitl log --help."),
        (["run"], "Missing WORKFLOW for hitl run; nothing ran. See hitl run --help."),
        (
            ["run", "agent", "--timeout"],
            "Option '--timeout' needs a value; nothing ran.",
        ),
        (
            ["run", "agent", "--plain=no"],
            "Option '--plain' takes no value; nothing ran.",
        ),
        (
            ["list", "a", "b"],
            "Unexpected arguments 'a b' for hitl list; nothing ran. See hitl list --help.",
        ),
    ],
)
def test_what_cannot_be_understood_is_told_in_one_sentence(
    hitl: Hitl, model: ModelServer, arguments: list[str], sentence: str
) -> None:
    """As every other error; the model is not asked."""
    ended = hitl(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"hitl: {sentence}\n")
    assert not model.requests


@pytest.mark.parametrize("group", [[], ["catalogue"]])
def test_without_a_verb_the_help_is_shown(hitl: Hitl, group: list[str]) -> None:
    """It is no result, so it is not on standard output."""
    ended = hitl(*group)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == hitl(*group, "--help").stdout


def test_an_error_breaks_between_words_at_a_terminal(person: At, hitl: Hitl) -> None:
    """In a pipe it is one line."""
    arguments = ["log", "--status", "nonsense"]
    at = person(*arguments, columns=30)
    assert at.leaves() == 2
    sentence = hitl(*arguments).stderr
    assert sentence.count("\n") == 1
    assert at.screen.split() == sentence.split()
    assert len(at.screen.splitlines()) > 3


def test_an_error_in_a_conversation_breaks_between_words(person: At, model: ModelServer) -> None:
    """The conversation continues after it."""
    model.reply(Text(""))
    at = person("run", "custom", columns=70)
    at.sees("Ctrl-D leave")
    at.type("tell me something\r")
    at.sees(
        r"^hitl: The model's answer was empty; nothing ran\. Ask again in other$",
        "^  words, or",
        "Ctrl-D leave",
    )
    at.type("\x04")
    assert at.leaves() == 0


def test_a_wide_word_stays_whole(person: At, folder: Path) -> None:
    """A path that is wider than the terminal can still be copied: the terminal breaks it, nothing is put into it."""
    path = folder / ("deep" * 20)
    at = person("catalogue", "check", str(path), columns=40)
    assert at.leaves() == 2
    assert str(path) in at.screen.replace("\n", "")


@pytest.mark.parametrize(
    "verb", [["list"], ["doctor"], ["catalogue", "search", "count", "files"], ["log", "--verify"]]
)
def test_lines_break_between_words(person: At, verb: list[str]) -> None:
    """On a narrow terminal every word of what is said stands whole on one row."""
    narrow, wide = person(*verb, columns=44), person(*verb, columns=250)
    narrow.leaves()
    wide.leaves()
    said = {word for word in wide.everything.split() if len(word) < 30 and word.isalpha()}
    assert said
    assert said <= set(narrow.everything.split())
