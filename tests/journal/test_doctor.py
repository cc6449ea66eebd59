"""`hitl doctor`: it names each thing that is broken and what to do about it, and checks the rest."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Hitl
from tests.journal.conftest import Writer
from tests.test_folder_gone import IN_NO_FOLDER


@pytest.fixture
def settings(bare_environment: dict[str, str]) -> Path:
    """The settings file of the person, which is empty."""
    file = Path(bare_environment["HOME"]) / ".config" / "hitl" / "config.toml"
    file.parent.mkdir(parents=True)
    file.touch()
    return file


def last_lines(text: str) -> list[str]:
    """Return what the lines of a list are about, from the settings on."""
    names = [line.split("  ")[0] for line in text.splitlines()]
    return names[names.index("settings") :]


def test_all_is_well(hitl: Hitl, writer: Writer, settings: Path) -> None:
    """Each thing once, and status 0."""
    writer.ended()
    ended = hitl("doctor")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert last_lines(ended.stdout) == [
        *("settings", "own catalogue", "state", "journal", "cache"),
        *("shell", "shell history", "rules", "fence", "preview", "engine", "catalogue"),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "timeout = 'soon'\ntheme = 'pink'",
            ["Invalid timeout 'soon' in .*: expected seconds", "Invalid theme 'pink' in .*: expected one of"],
        ),
        ("colour = 'red'", ["has an unknown setting 'colour'"]),
        ("[keys]\nfly = 'f4'", ["Invalid keys in .*: there is no action 'fly'"]),
        ("not toml", ["Cannot read the settings file"]),
    ],
)
def test_broken_settings(hitl: Hitl, settings: Path, content: str, told: list[str]) -> None:
    """Each of them, and the checks after it run; the status is that of a run."""
    settings.write_text(content)
    ended = hitl("doctor")
    assert (ended.returncode, ended.stderr) == (2, "")
    found = json.loads(hitl("doctor", "--json").stdout)
    broken = [each for each in found if each["status"]]
    assert [each["status"] for each in broken] == [2] * len(told)
    for each, sentence in zip(broken, told, strict=True):
        assert str(settings) in each["found"]
        assert re.search(sentence, each["found"])
        assert "Fix it there" in each["found"]
    assert last_lines(ended.stdout)[-1] == "catalogue"


def test_broken_rules(hitl: Hitl, settings: Path) -> None:
    """The file and the line, with the status that a run would have."""
    settings.with_name("rules.toml").write_text('allow = ["ls*"]\nalow = []\n')
    ended = hitl("doctor")
    assert ended.returncode == 2
    assert f"{settings.with_name('rules.toml')}, line 2: unknown key 'alow'" in ended.stdout


def test_damaged_journal(hitl: Hitl, writer: Writer, state: Path) -> None:
    """Where SQLite itself cannot make sense of it, at its beginning or further on."""
    writer.ended()
    writer.store.close()
    whole = (state / "journal.db").read_bytes()
    for damaged in (b"x" * 4096, whole[:4096] + b"\xff" * 8192 + whole[12288:]):
        (state / "journal.db").write_bytes(damaged)
        ended = hitl("doctor")
        assert (ended.returncode, ended.stderr) == (74, "")
        (line,) = [line for line in ended.stdout.splitlines() if line.startswith("journal")]
        assert "is damaged" in line
        assert "Restore a backup, or move the file away" in line
        assert last_lines(ended.stdout)[-1] == "catalogue"


def test_folders_that_cannot_be_written(hitl: Hitl, disk: Path) -> None:
    """That of the state, without which nothing runs, and that of the settings, which only cannot be changed."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    ended = hitl("doctor", env={"XDG_STATE_HOME": str(disk)})
    assert ended.returncode == 74
    assert f"state          {disk}/hitl is not writable, so nothing can run" in ended.stdout
    ended = hitl("doctor", env={"HITL_CONFIG": str(disk / "config.toml")})
    assert ended.returncode == 0
    assert (
        f"settings       {disk}/config.toml is not writable, so hitl config set does not work" in ended.stdout
    )


def test_folder_that_is_gone(hitl: Hitl) -> None:
    """It is one of the findings."""
    ended = hitl("doctor", program=IN_NO_FOLDER)
    assert (ended.returncode, ended.stderr) == (66, "")
    assert "folder         The current folder no longer exists" in ended.stdout
    assert last_lines(ended.stdout)[-1] == "catalogue"


@pytest.mark.parametrize(
    ("shell", "variables", "told"),
    [
        (
            "bash",
            {},
            r"commands are added to HOME/.bash_history \(HISTFILE is not exported, so hitl cannot see",
        ),
        ("bash", {"HISTFILE": "/mine"}, "commands are added to /mine"),
        ("zsh", {}, r"no file was found \(HISTFILE is not exported, so hitl cannot see"),
        ("zsh", {"HISTFILE": ""}, "no command is added, because HISTFILE is empty"),
        ("fish", {}, "commands are added to HOME/.local/share/fish/fish_history"),
        ("dash", {}, "dash has no history that hitl can write"),
    ],
)
def test_the_file_of_the_shell_history(
    hitl: Hitl, bare_environment: dict[str, str], shell: str, variables: dict[str, str], told: str
) -> None:
    """The doctor and the setting name the file, and say where it is a guess."""
    env = {"SHELL": f"/bin/{shell}", "HITL_SHELL_HISTORY": "on", **variables}
    told = told.replace("HOME", bare_environment["HOME"])
    doctor = " ".join(
        hitl("doctor", env=env).stdout.split("shell history")[1].split("\ncatalogue")[0].split()
    )
    assert re.search(f"on: {told}", doctor), doctor
    assert re.search(told, hitl("config", "set", "shell_history", "on", env=env).stdout)
    lines = hitl("config", env=env).stdout.split("\n")
    assert re.search(told, next(line for line in lines if line.startswith("shell_history")))
