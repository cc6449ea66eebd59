"""Surroundings in which something is missing: each works, or ends in a sentence with its status."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import HITL
from tests.forks import run, start
from tests.terminal import Person

REQUEST = ("run", "custom", "show the largest files here")
ANOTHER = 54321
BECOME = ["setpriv", f"--reuid={ANOTHER}", f"--regid={ANOTHER}", "--clear-groups"]
BECOME += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]

Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(bare_environment: dict[str, str]) -> dict[str, str]:
    """The variables of a person without a model, to whom the catalogue answers."""
    return bare_environment


@pytest.fixture
def in_shell(environment: dict[str, str], folder: Path) -> Start:
    """Run a line of the shell, whose `"$@"` is `hitl` with its arguments, in front of which `before` may stand."""

    def in_shell(
        line: str,
        *arguments: str,
        before: list[str] | None = None,
        without: str = "",
    ) -> "subprocess.CompletedProcess[str]":
        variables = dict(environment)
        variables.pop(without, None)
        return subprocess.run(
            [*(before or []), "bash", "-c", line, "bash", *HITL, *arguments],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return in_shell


def needs_root() -> None:
    """Skip where limits and mounts cannot be tried."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can take away what a program needs")
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")


def told(ended: "subprocess.CompletedProcess[str]") -> str:
    """Return the sentence with which a program ended."""
    assert "should not have happened" not in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "[Errno" not in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("hitl: ")]
    return lines[-1] if lines else ""


@pytest.mark.parametrize(
    "changes",
    [
        {"HOME": None, "XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"},
        {"TMPDIR": "/nonexistent"},
        {"TERM": None},
        pytest.param({"TERM": "wat"}, marks=pytest.mark.slow),
        pytest.param({"SHELL": None}, marks=pytest.mark.slow),
        {"SHELL": "/bin/nosuch"},
        {"PATH": None},
    ],
)
def test_variable_that_is_missing(
    environment: dict[str, str], folder: Path, changes: dict[str, str | None]
) -> None:
    """A run comes to its question all the same."""
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = str(folder / value) if name.startswith("XDG") else value
    ended = run([*HITL, *REQUEST], environment, folder, None)
    assert ended.returncode == 75, ended.stderr
    assert "there is no terminal to ask you" in told(ended)


@pytest.mark.parametrize(
    ("line", "status", "sentence"),
    [
        pytest.param('"$@" <&-', 75, "no terminal", marks=pytest.mark.slow),
        pytest.param('"$@" >&-', 75, "no terminal", marks=pytest.mark.slow),
        pytest.param('"$@" 2>&-', 75, "", marks=pytest.mark.slow),
        ('"$@" <&- >&- 2>&-', 75, ""),
        ('"$@" 2>/dev/full', 75, ""),
        ('ulimit -n 12; "$@"', 71, "The limit of open files is 12"),
        ('mkdir gone; cd gone; rmdir ../gone; "$@"', 66, "The current folder no longer exists"),
        ('HOME=/etc/passwd "$@"', 2, "config.toml: Not a directory."),
        pytest.param(
            'HITL_CONFIG=/tmp "$@"',
            2,
            "Cannot read the settings file /tmp: Is a directory.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_run(in_shell: Start, line: str, status: int, sentence: str) -> None:
    """One sentence with what to do, and the status that is documented."""
    ended = in_shell(line, *REQUEST)
    assert (ended.returncode, sentence in told(ended)) == (status, True), ended.stderr


def test_output_that_cannot_be_written(environment: dict[str, str], folder: Path) -> None:
    """A full disk is reported, with a status."""
    run([*HITL, *REQUEST], environment, folder, None)
    for verb in ("list", "config", "log", "sessions", "doctor", "--help", "--version"):
        with (
            open("/dev/null") as stdin,
            open("/dev/full", "w") as stdout,
            open(folder / "err", "w+") as stderr,
        ):
            descriptors = [stdin.fileno(), stdout.fileno(), stderr.fileno()]
            assert start([*HITL, verb], environment, folder, descriptors).wait(60) == 74
            stderr.seek(0)
            said = [line for line in stderr.read().splitlines() if line.startswith("hitl: ")]
        assert said == ["hitl: Cannot write the output: No space left on device. Nothing more ran."]


def test_user_without_a_home(in_shell: Start, tmp_path: Path) -> None:
    """Who has no entry among the users, and no HOME, is told what to set."""
    needs_root()
    for arguments in (REQUEST, ("config",), ("doctor",)):
        ended = in_shell('"$@"', *arguments, before=BECOME, without="HOME")
        assert ended.returncode == 2
        assert "No home folder for settings and journal" in told(ended)


@pytest.mark.slow
def test_without_proc(in_shell: Start) -> None:
    """Everything works but what only the system can tell."""
    needs_root()
    line = 'mount -t tmpfs none /proc; "$@"'
    for arguments, status in (
        (REQUEST, 75),
        (("sessions",), 0),
        (("log",), 0),
        (("resume",), 75),
        (("doctor",), 0),
    ):
        ended = in_shell(line, *arguments, before=["unshare", "-m"])
        assert ended.returncode == status, ended.stderr
        told(ended)


@pytest.fixture
def at_terminal(environment: dict[str, str], folder: Path) -> Iterator[Callable[..., Person]]:
    """Start `hitl run custom` at a terminal, at the end of a line of the shell."""
    people: list[Person] = []

    def run(line: str, *before: str) -> Person:
        people.append(
            Person([*before, "bash", "-c", line, "bash", *HITL, *REQUEST], environment, folder, cold=True)
        )
        return people[-1]

    yield run
    for each in people:
        each.close()


@pytest.mark.parametrize(
    ("line", "status", "sentence"),
    [
        ('mount -t tmpfs none /proc; exec "$@"', 0, "exit 0"),
        ('mount -t tmpfs none /dev/pts; exec "$@"', 71, "Cannot start the command: /dev/pts: No such"),
        pytest.param(
            'mount -t tmpfs none /dev; exec "$@"',
            71,
            "Cannot start the command: /dev/null: No such",
            marks=pytest.mark.slow,
        ),
        ("", 71, "Cannot start a thread"),
    ],
    ids=["no /proc", "no /dev/pts", "no /dev", "one process"],
)
def test_approved_command(
    at_terminal: Callable[..., Person], folder: Path, tmp_path: Path, line: str, status: int, sentence: str
) -> None:
    """It runs, or one sentence says what it lacked."""
    needs_root()
    (folder / "one").touch()
    if line:
        at = at_terminal(line, "unshare", "-m")
        at.approves("find")
    else:
        for path in (tmp_path, tmp_path / "home", folder):
            os.chown(path, ANOTHER, ANOTHER)
        at = at_terminal('ulimit -u 1; exec "$@"', *BECOME)
    assert at.leaves() == status
    assert sentence in at.everything.replace("\n", " ")
    assert "should not have happened" not in at.everything
    assert "Errno" not in at.everything


def test_without_a_folder_for_temporary_files(
    at_terminal: Callable[..., Person], folder: Path, tmp_path: Path
) -> None:
    """The program has one of its own, and leaves nothing in the folder of the person."""
    needs_root()
    (folder / "one").touch()
    lines = [
        f"mount --bind {tmp_path} {tmp_path}",
        "mount --rbind /tmp /tmp",
        "mount -o remount,ro,bind /tmp",
    ]
    lines += ["mount -t tmpfs -o ro none /var/tmp", f"cd {folder}", 'exec "$@"']
    at = at_terminal("; ".join(lines), "unshare", "-m")
    at.approves("find")
    assert at.leaves() == 0
    assert "./one" in at.everything
    assert "hitl-" not in at.everything


@pytest.mark.parametrize(
    "line",
    [
        '"$@" config set model "$(printf "\\xff")"',
        '"$@" catalogue add "$(printf "show \\xff")" ls',
        '"$@" run custom "$(printf "\\xff")"',
        '"$@" run custom --model "$(printf "\\xff")" --base-url http://127.0.0.1:1/v1 x',
        'OPENAI_API_KEY=schlüssel OPENAI_BASE_URL=http://127.0.0.1:1/v1 "$@" run custom x',
    ],
)
def test_bytes_that_are_no_text(in_shell: Start, line: str) -> None:
    """They are refused where text is needed, in words."""
    ended = in_shell(line)
    assert ended.returncode == 2
    assert "codec" not in told(ended)
