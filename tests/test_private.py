"""What the program keeps is the person's own: nobody else can read it, nothing of another person's is used."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HITL, Hitl

ANOTHER = 54321  # a user without a name
REQUEST = ("run", "custom", "show the largest files here")
NOBODY_DECIDES = 75
As = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(bare_environment: dict[str, str]) -> dict[str, str]:
    """The variables of a person without a model, to whom the catalogue answers."""
    return bare_environment


@pytest.fixture
def state(bare_environment: dict[str, str]) -> Path:
    """Where the person's journal is."""
    return Path(bare_environment["HOME"], ".local", "state", "hitl")


@pytest.fixture
def settings(bare_environment: dict[str, str]) -> Path:
    """The person's settings, which are empty, in a folder that others may read."""
    file = Path(bare_environment["HOME"], ".config", "hitl", "config.toml")
    file.parent.mkdir(parents=True)
    file.touch()
    return file


@pytest.fixture
def another(environment: dict[str, str], tmp_path: Path, folder: Path) -> As:
    """Run `hitl` as another user, in the same home; only root can."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can run a program as another user")
    tmp_path.chmod(0o755)
    # The interpreter may be in root's home; what counts here is who owns a file, and who may write it.
    capability = "-all,+dac_read_search"
    become = ["setpriv", f"--reuid={ANOTHER}", f"--regid={ANOTHER}", "--clear-groups"]
    become += [f"--inh-caps={capability}", f"--ambient-caps={capability}"]

    def run(*arguments: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*become, *HITL, *arguments],
            cwd=folder,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def mode(path: Path) -> int:
    """Return the rights of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def modes(home: Path) -> set[tuple[bool, int]]:
    """Return the rights of all folders (True) and files (False) below `home`."""
    return {(path.is_dir(), mode(path)) for path in home.rglob("*")}


def test_umask_does_not_matter(environment: dict[str, str], folder: Path) -> None:
    """Folders and files are private, with the parents that are made on the way."""
    lines = 'umask 0; "$@" config set timeout 5; "$@" run custom "largest files"'
    ended = subprocess.run(
        ["bash", "-c", lines, "bash", *HITL],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == NOBODY_DECIDES, ended.stderr
    assert modes(Path(environment["HOME"])) == {(True, 0o700), (False, 0o600)}


def test_state_with_other_rights_is_made_private(hitl: Hitl, state: Path) -> None:
    """The doctor tells, a run takes the rights away and says so, once."""
    hitl(*REQUEST)
    state.chmod(0o755)
    for path in state.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o666)
    told = hitl("doctor")
    assert told.returncode == 0
    assert f"{state} can be read by others (mode 0755); hitl run makes it private" in told.stdout
    assert f"{state}/journal.db can be changed by others (mode 0666)" in told.stdout
    assert mode(state) == 0o755
    assert f"{state} could be read by others (mode 0755). It is private now." in hitl(*REQUEST).stderr
    assert modes(state.parent) == {(True, 0o700), (False, 0o600)}
    assert "private" not in hitl(*REQUEST).stderr
    assert "by others" not in hitl("doctor").stdout


def test_named_settings_that_others_can_change(hitl: Hitl, tmp_path: Path) -> None:
    """They are not read, and the sentence says what to do."""
    named = tmp_path / "project.toml"
    named.write_text("timeout = 7\n")
    named.chmod(0o666)
    env = {"HITL_CONFIG": str(named)}
    for arguments in (REQUEST, ("config",)):
        ended = hitl(*arguments, env=env)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert (
            f"{named} can be changed by others (mode 0666). Fix that with `chmod go-w {named}`"
            in ended.stderr
        )
    told = hitl("doctor", env=env)
    assert told.returncode == 2
    assert "can be changed by others" in told.stdout
    named.chmod(0o664)
    assert hitl(*REQUEST, env=env).returncode == NOBODY_DECIDES


def test_folder_above_that_everybody_can_write(hitl: Hitl, state: Path) -> None:
    """It is the person's own affair; the doctor says what follows, and what to do."""
    hitl(*REQUEST)
    state.parent.chmod(0o777)
    told = hitl("doctor")
    assert f"everybody can replace files in {state.parent}" in told.stdout
    assert f"chmod o-w {state.parent}" in told.stdout
    assert told.returncode == 0
    state.parent.chmod(0o1777)
    assert "everybody" not in hitl("doctor").stdout


def test_settings_with_other_rights_are_made_private(hitl: Hitl, settings: Path) -> None:
    """Without a word where others could only read them."""
    settings.chmod(0o644)
    assert "it can be read by others (mode 0644); hitl run makes it private" in hitl("doctor").stdout
    assert "private" not in hitl(*REQUEST).stderr
    assert (mode(settings.parent), mode(settings)) == (0o700, 0o600)
    settings.parent.chmod(0o777)
    assert f"{settings.parent} could be changed by others (mode 0777)" in hitl(*REQUEST).stderr
    assert mode(settings.parent) == 0o700


def test_settings_that_the_person_named_or_linked_stay_where_they_are(
    hitl: Hitl, settings: Path, tmp_path: Path
) -> None:
    """A project's file keeps its rights, and a link of the person's own stays one."""
    named = tmp_path / "project.toml"
    named.write_text("timeout = 7\n")
    named.chmod(0o644)
    folder_mode = mode(tmp_path)
    assert hitl(*REQUEST, env={"HITL_CONFIG": str(named)}).returncode == NOBODY_DECIDES
    assert (mode(named), mode(tmp_path)) == (0o644, folder_mode)
    assert hitl("config", env={"HITL_CONFIG": "/dev/null"}).returncode == 0
    settings.unlink()
    settings.symlink_to(named)
    assert hitl("config", "set", "timeout", "9").returncode == 0
    assert settings.is_symlink()
    assert named.read_text() == "timeout = 9\n"
    assert hitl(*REQUEST).returncode == NOBODY_DECIDES


@pytest.mark.parametrize(
    "name",
    ["journal.db", "journal.db-wal", "journal.db-shm", "hitl.log", "commands", "output", "locks", "reports"],
)
def test_link_in_the_state_is_not_followed(hitl: Hitl, state: Path, tmp_path: Path, name: str) -> None:
    """One sentence, status 74, and what it leads to is as it was."""
    state.mkdir(parents=True, mode=0o700)
    (tmp_path / "elsewhere").write_text("precious")
    (state / name).symlink_to(tmp_path / "elsewhere")
    for arguments in (REQUEST, ("resume",), ("log",)):
        ended = hitl(*arguments)
        assert ended.returncode == 74
        assert f"journal.db: {state / name} is a symbolic link. hitl does not follow it" in ended.stderr
        assert ended.stderr.count("\n") == 1
    doctor = hitl("doctor")
    assert doctor.returncode == 74
    assert f"{state / name} is a symbolic link" in doctor.stdout
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_pipe_in_the_place_of_a_file(hitl: Hitl, state: Path, settings: Path) -> None:
    """Nothing waits for it."""
    state.mkdir(parents=True, mode=0o700)
    os.mkfifo(state / "hitl.log")
    ended = hitl(*REQUEST)
    assert (ended.returncode, ended.stderr.count("\n")) == (74, 1)
    assert "hitl.log is not a regular file. Move it away. Nothing ran." in ended.stderr
    settings.unlink()
    os.mkfifo(settings)
    for arguments in (REQUEST, ("config",), ("config", "set", "timeout", "5")):
        ended = hitl(*arguments)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert "config.toml is not a regular file" in ended.stderr


def test_linked_state_folder(hitl: Hitl, state: Path, tmp_path: Path) -> None:
    """The person's own link leads to a folder that is made private; one into nothing is refused."""
    elsewhere = tmp_path / "elsewhere"
    state.parent.mkdir(parents=True)
    state.symlink_to(elsewhere)
    ended = hitl(*REQUEST)
    assert (ended.returncode, ended.stderr.count("\n")) == (74, 1)
    assert f"{state} is a broken symbolic link" in ended.stderr
    elsewhere.mkdir(mode=0o755)
    assert hitl(*REQUEST).returncode == NOBODY_DECIDES
    assert mode(elsewhere) == 0o700


@pytest.mark.slow
def test_state_of_another_user(hitl: Hitl, another: As, state: Path, settings: Path) -> None:
    """It is not used, neither by root in a person's home nor by a person after `sudo -E hitl`."""
    home = state.parents[2]
    settings.parent.chmod(0o755)
    os.chown(home, ANOTHER, ANOTHER)
    as_root = hitl(*REQUEST)
    assert as_root.returncode == NOBODY_DECIDES
    assert f"runs as root in the home of {ANOTHER}, as with `sudo -E hitl`" in as_root.stderr
    assert "sudo -E hitl" in hitl("doctor").stdout
    for path in (state, *state.parents[:2]):
        path.chmod(0o755)
    for arguments, status in ((REQUEST, 74), (("resume",), 74), (("log",), 74), (("doctor",), 74)):
        ended = another(*arguments)
        told = ended.stderr + ended.stdout
        assert ended.returncode == status, told
        assert f"{state} belongs to root, probably because of `sudo hitl` or `sudo -E hitl`" in told
        assert f"Take it back with `sudo chown -R {ANOTHER} {state}`." in told
    for path in (settings, settings.parent, *home.glob(".local/**/*"), home / ".local"):
        os.chown(path, ANOTHER, ANOTHER)
    assert another(*REQUEST).returncode == NOBODY_DECIDES
    ended = hitl(*REQUEST)
    assert ended.returncode in (2, 74)
    assert f"belongs to {ANOTHER}, but hitl runs as root" in ended.stderr
    assert hitl("doctor").returncode in (2, 74)


def test_settings_of_another_user(hitl: Hitl, another: As, settings: Path, tmp_path: Path) -> None:
    """They are not read, unless they are root's."""
    elsewhere = tmp_path / "settings.toml"
    elsewhere.write_text("timeout = 7\n")
    elsewhere.chmod(0o644)
    os.chown(Path(hitl_home := str(settings.parents[2])), ANOTHER, ANOTHER)
    assert "timeout        7" in another("config", env={"HITL_CONFIG": str(elsewhere)}).stdout, hitl_home
    os.chown(elsewhere, ANOTHER + 1, ANOTHER)
    ended = another("config", env={"HITL_CONFIG": str(elsewhere)})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"belongs to {ANOTHER + 1}, not to {ANOTHER}" in ended.stderr
