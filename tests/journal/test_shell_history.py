"""What is approved can be found with Arrow-up in the person's own shell: each shell reads back what was added."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hitl_cli.journal.shell_history import append

WHEN = 1_700_000_000

# What a person can approve: no control characters but tab and newline; the first one is no blank.
_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n")
COMMANDS = st.text(_CHARACTERS, min_size=1, max_size=60).filter(lambda text: not text[0].isspace())
REAL = [
    "ls -l",
    "echo 'a\nb'\\\n  && true",
    "cat <<E\n#1 x\nE",
    "echo caf\u00e9 \u4f60 \U0001f600 \x7e\u0083",
    "a\\",
    "a\\\\",
    ": x",
]

shells = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def needs(shell: str) -> pytest.MarkDecorator:
    """Skip a test where there is no such shell."""
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell} here")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of the test's own."""
    return tmp_path


def answer(home: Path, *command: str) -> bytes:
    """Return what a program says in this home."""
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    return subprocess.run(
        command, env=environment, capture_output=True, check=True, stdin=subprocess.DEVNULL, timeout=60
    ).stdout


def added(home: Path, shell: str, commands: list[str], **variables: str) -> list[str]:
    """Add commands, and return those that were; the newlines at the end of a command are not kept."""
    given_ = {"HOME": str(home), **variables}
    return [each.rstrip("\n") for each in commands if append(shell, given_, each, WHEN) is not None]


def from_bash(home: Path, file: Path, separator: str) -> list[str]:
    """Return the history as bash reads it; it puts the separator before each entry."""
    script = 'HISTSIZE=100000; HISTTIMEFORMAT=$2; set -o history; history -c; history -r "$1"; history'
    said = answer(home, "bash", "--norc", "-c", script, "bash", str(file), separator).decode()
    entries = re.split(rf"^ *\d+  {separator}", said, flags=re.MULTILINE)
    return [entry.removesuffix("\n") for entry in entries[1:]]


@needs("bash")
@shells
@given(st.lists(COMMANDS, max_size=6))
@example(REAL)
def test_bash_with_times(home: Path, commands: list[str]) -> None:
    """A history with times keeps a command of several lines in one piece."""
    file = home / "history"
    file.write_text("#1600000000\nbefore\n")
    kept = added(home, "bash", commands, HISTFILE=str(file))
    assert kept == [each.rstrip("\n") for each in commands if not _has_stamp(each)]
    assert from_bash(home, file, "\1") == ["before", *kept]
    assert file.read_text().count(f"#{WHEN}\n") == len(kept)


@needs("bash")
@shells
@given(st.lists(COMMANDS, max_size=6))
@example(REAL)
def test_bash_without_times(home: Path, commands: list[str]) -> None:
    """A history without times has the lines that bash itself would write there."""
    file = home / ".bash_history"
    file.write_text("before\n")
    kept = added(home, "bash", commands)
    lines = [line for each in ["before", *kept] for line in each.split("\n") if line]
    assert from_bash(home, file, "") == lines


@needs("zsh")
@shells
@given(st.lists(COMMANDS, max_size=6))
@example(REAL)
def test_zsh(home: Path, commands: list[str]) -> None:
    """Each command comes back whole, with its time."""
    file = home / ".zsh_history"
    file.write_text("before\n")
    kept = added(home, "zsh", commands)
    assert len(kept) == len(commands)
    script = (
        "HISTSIZE=100000; zmodload zsh/parameter; fc -R $1; print -s last; "
        'for number in ${(onk)history}; do print -rn -- "$history[$number]"; printf "\\1"; done'
    )
    said = answer(home, "zsh", "-fc", script, "zsh", str(file)).decode().split("\1")[:-1]
    assert said == ["before", *kept]


@needs("fish")
@shells
@given(st.lists(COMMANDS, max_size=6))
@example(REAL)
def test_fish(home: Path, commands: list[str]) -> None:
    """Each command comes back whole; fish keeps each text once, and shows the latest first."""
    shutil.rmtree(home / ".local", ignore_errors=True)
    kept = added(home, "fish", commands)
    assert len(kept) == len(commands)
    said = answer(home, "fish", "-c", "history search --null").decode().split("\0")[:-1]
    assert said == list(dict.fromkeys(reversed(kept)))


def _has_stamp(command: str) -> bool:
    return any(
        line[:1] == "#" and line[1:2].isascii() and line[1:2].isdigit() for line in command.split("\n")
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("command", [" ls", "\tls", "", "\n"])
def test_a_command_that_begins_with_a_blank(home: Path, shell: str, command: str) -> None:
    """It is kept nowhere, as in a shell."""
    assert append(shell, {"HOME": str(home), "HISTFILE": str(home / "h")}, command, WHEN) is None
    assert not list(home.iterdir())


@pytest.mark.parametrize(
    ("shell", "variables"),
    [
        ("bash", {"HISTFILE": ""}),
        ("bash", {"HISTFILE": os.devnull}),
        ("zsh", {}),  # HISTFILE has no default there, and none of the usual files is in this home
        ("fish", {"fish_history": ""}),
        ("dash", {}),
        ("bash", {"HOME": ""}),
    ],
)
def test_who_keeps_no_history_gets_none(home: Path, shell: str, variables: dict[str, str]) -> None:
    """Nothing is made for them."""
    assert append(shell, {"HOME": str(home), **variables}, "ls", WHEN) is None
    assert not list(home.iterdir())


def test_new_file_is_the_person_s_own(home: Path) -> None:
    """Whatever the umask says; times are written where the person's shell would."""
    before = os.umask(0)
    try:
        path = append("bash", {"HOME": str(home), "HISTTIMEFORMAT": "%F "}, "ls", WHEN)
    finally:
        os.umask(before)
    assert path == home / ".bash_history"
    assert path.read_text() == f"#{WHEN}\nls\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_last_line_without_an_end_stays_a_line(home: Path) -> None:
    """Nothing is written into the command of somebody else."""
    (home / ".bash_history").write_text("make")
    append("bash", {"HOME": str(home)}, "ls", WHEN)
    assert (home / ".bash_history").read_text() == "make\nls\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_many_at_once(home: Path, shell: str) -> None:
    """Every entry is there, and none is torn."""
    file = home / "history"
    variables = {"HOME": str(home), "HISTFILE": str(file), "XDG_DATA_HOME": str(home)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append(shell, variables, f"echo {number}" * 50, WHEN), range(200)))
    path = home / "fish" / "fish_history" if shell == "fish" else file
    written = path.read_text()
    assert all(f"echo {number}" * 50 + "\n" in written for number in range(200))
    assert written.count("\n") == 200 * (2 if shell == "fish" else 1)
