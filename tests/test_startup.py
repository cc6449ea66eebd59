"""The first screen waits for nothing that it does not need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hitl_cli.errors import ExitStatus
from tests.conftest import Hitl
from tests.terminal import Person

ROOT = Path(__file__).parent.parent
HEAVY = ["llama_index", "workflows", "openai", "httpx", "prompt_toolkit", "hitl_cli.policy"]

NOT_FOR_A_PROMPT = {
    *(
        "importlib.metadata",
        "llama_index",
        "openai",
        "psutil",
        "pydantic",
        "pygments.lexer",
        "re2",
        "rich.live",
        "tree_sitter",
    ),
    *("hitl_cli.cli.history", "hitl_cli.requests", "hitl_cli.screen.panels", "hitl_cli.screen.records"),
    *("hitl_cli.shell.shell", "hitl_cli.terminal.relay"),
}

NOT_FOR_A_QUESTION = {
    *("llama_index", "openai", "re2", "rich._emoji_codes"),
    *("hitl_cli.journal.history", "hitl_cli.models.reply"),
    *("hitl_cli.preview.changes", "hitl_cli.session.recovery", "hitl_cli.text.secrets.assignments"),
}

PROBE = """\
import sys
from hitl_cli import main
status = main({arguments!r})
print(status, [name for name in {heavy!r} if name in sys.modules])
"""


def heavy_modules(arguments: list[str], heavy: list[str], environment: dict[str, str]) -> str:
    """Return the exit status of the program in a fresh interpreter, and which of the `heavy` modules it loaded."""
    ended = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments, heavy=heavy)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ended.stdout.splitlines()[-1]


def imported(written: str) -> set[str]:
    """Return the modules in what `python -X importtime` wrote among the output of the program."""
    return set(re.findall(r"import time:[ \d|]*\| +([\w.]+)", written))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["--version"], ["list"], ["config"], ["log"], ["sessions"]]
)
def test_no_heavy_module_is_loaded(arguments: list[str], bare_environment: dict[str, str]) -> None:
    """Neither LlamaIndex, the model client nor the rules are there after these, in a fresh interpreter."""
    assert heavy_modules(arguments, HEAVY, bare_environment) == "0 []"


def test_the_history_does_not_load_pydantic(bare_environment: dict[str, str]) -> None:
    """Typer would, to hand on an option as it was given; that takes longer than finding the commands."""
    arguments = ["log", "--program", "git", "-n", "5"]
    assert heavy_modules(arguments, [*HEAVY, "pydantic", "psutil"], bare_environment) == "0 []"


def test_the_first_prompt_loads_no_more_than_it_needs(
    bare_environment: dict[str, str], tmp_path: Path
) -> None:
    """What a session, a question or a running command needs is loaded while the person types."""
    program = [sys.executable, "-X", "importtime", "-m", "hitl_cli", "run", "custom"]
    at = Person(program, bare_environment, tmp_path, cold=True)
    try:
        at.waits(lambda: b"Enter send" in at.raw, "for the prompt, which the lines of imports may push away")
    finally:
        at.close()
    loaded = imported(at.raw.decode().partition("Enter send")[0])
    assert "prompt_toolkit" in loaded
    assert loaded & NOT_FOR_A_PROMPT == set()


@pytest.mark.slow
def test_a_question_loads_no_more_than_it_needs(bare_environment: dict[str, str], tmp_path: Path) -> None:
    """What only another request, a failure, a preview or a resumed session needs takes no memory before that."""
    program = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "hitl_cli",
        "run",
        "custom",
        "show how much space is free",
    ]
    at = Person(program, bare_environment, tmp_path, cold=True)
    try:
        at.waits(lambda: b"all keys" in at.raw, "for the question, which the lines of imports may push away")
    finally:
        at.close()
    loaded = imported(at.raw.decode())
    assert "hitl_cli.prompt.question" in loaded
    assert loaded & NOT_FOR_A_QUESTION == set()


def test_every_exit_status_is_documented(hitl: Hitl) -> None:
    """The README and the help have the same numbers, and those are all that there are."""
    table = (ROOT / "README.md").read_text().partition("### Exit status")[2].partition("\n## ")[0]
    documented = {
        int(number)
        for row in table.splitlines()
        for number in re.findall(r"\d+", row.partition("|")[2].partition("|")[0])
    }
    shown = " ".join(hitl("--help").stdout.partition("Exit status:")[2].split())
    assert documented == set(ExitStatus)
    assert {int(number) for number in re.findall(r"\d+", shown)} == set(ExitStatus)
