"""What changes the meaning of a name or lets git run something makes a command a question."""

import subprocess
from pathlib import Path

import pytest

from hitl_cli.policy.judge import Policy, Verdict, judge
from hitl_cli.policy.rules import Decision
from hitl_cli.policy.surroundings import surroundings
from tests.policy.helpers import rule

POLICY = Policy((rule("ls*"), rule("git status*"), rule("git diff*"), rule("mytool*")))
SYSTEM = "/usr/local/bin:/usr/bin:/bin"


def verdict(command: str, folder: Path, /, *changed: str, **variables: str) -> Verdict:
    """Return the verdict on a command in `folder` with these variables."""
    given = {"PATH": SYSTEM, **variables}
    return judge(command, POLICY, surroundings("/bin/bash", folder, str(folder), given, changed))


def program(folder: Path, name: str) -> str:
    """Make a program of this name in `folder` and return the folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return str(folder)


def test_usual_surroundings_are_fine(tmp_path: Path) -> None:
    """Folders of the person before the system's are usual: only another program of the same name counts."""
    assert verdict("ls", tmp_path).decision is Decision.ALLOW
    own = program(tmp_path / "bin", "mytool")
    for command in ("ls", "mytool"):
        assert verdict(command, tmp_path, PATH=f"{own}:{SYSTEM}").decision is Decision.ALLOW


def test_a_program_that_stands_before_the_one_of_the_system(tmp_path: Path) -> None:
    """It may be anything."""
    evil = program(tmp_path / "evil", "ls")
    found = verdict("ls", tmp_path, PATH=f"{evil}:{SYSTEM}")
    assert found.decision is Decision.ASK
    assert f"{evil}/ls" in found.why
    wrapper = program(tmp_path / "wrapper", "timeout")
    assert verdict("timeout 5 ls", tmp_path).decision is Decision.ALLOW
    assert verdict("timeout 5 ls", tmp_path, PATH=f"{wrapper}:{SYSTEM}").decision is Decision.ASK
    assert verdict("ls", tmp_path, PATH=f"{SYSTEM}:{evil}").decision is Decision.ALLOW


def test_a_folder_that_others_can_change(tmp_path: Path) -> None:
    """Others can replace the program there."""
    shared = program(tmp_path / "shared", "mytool")
    Path(shared).chmod(0o777)
    assert verdict("mytool", tmp_path, PATH=f"{shared}:{SYSTEM}").decision is Decision.ASK


@pytest.mark.parametrize(
    "path", [f".:{SYSTEM}", f"{SYSTEM}:", f"bin:{SYSTEM}", "", f"{SYSTEM}:./node_modules/.bin"]
)
def test_a_relative_folder_in_path(path: str, tmp_path: Path) -> None:
    """What a name means depends on the current folder then."""
    assert verdict("ls", tmp_path, PATH=path).decision is Decision.ASK


@pytest.mark.parametrize(
    "variables",
    [
        {"BASH_FUNC_ls%%": "() { touch x; }"},
        {"BASH_FUNC_ls()": "() { touch x; }"},
        {"ls": "() { touch x; }"},
        {"LD_PRELOAD": "/tmp/x.so"},
        {"BASH_ENV": "/tmp/x"},
    ],
)
def test_functions_and_code_from_variables(variables: dict[str, str], tmp_path: Path) -> None:
    """An exported function replaces a program, and other variables load code."""
    assert verdict("ls", tmp_path, **variables).decision is Decision.ASK
    other = {"BASH_FUNC_cat%%": "() { touch x; }"}
    assert verdict("ls", tmp_path, **other).decision is Decision.ALLOW


def test_variables_that_an_earlier_command_changed(tmp_path: Path) -> None:
    """PATH or GIT_PAGER from another command is not the person's."""
    found = verdict("ls", tmp_path, "GIT_PAGER")
    assert found.decision is Decision.ASK
    assert found.why == "an earlier command changed GIT_PAGER"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A new repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    return tmp_path / "repo"


def configure(repository: Path, key: str, value: str = "touch x") -> None:
    """Set a key in the repository's configuration."""
    subprocess.run(["git", "-C", str(repository), "config", key, value], check=True)


def test_a_plain_repository_is_fine(repository: Path) -> None:
    """Also with a remote, a branch and a user, and in a folder below it."""
    for key in (
        "remote.origin.url",
        "branch.main.remote",
        "user.name",
        "core.hooksPath",
        "credential.helper",
    ):
        configure(repository, key)
    (repository / "a").mkdir()
    for folder in (repository, repository / "a"):
        assert verdict("git diff HEAD~1", folder).decision is Decision.ALLOW


@pytest.mark.parametrize(
    "key",
    [
        "diff.external", "core.fsmonitor", "core.pager", "pager.status", "alias.st",
        "man.x.cmd", "browser.x.cmd", "diff.x.textconv",
        "diff.X.command",
        "filter.x.clean", "include.path", "includeIf.gitdir:/x/.path", "core.sshCommand",
        "core.worktree", "gpg.program",
    ],
)  # fmt: skip
def test_settings_of_a_repository_that_run_a_program(key: str, repository: Path) -> None:
    """git runs it without any sign in the command; other programs do not."""
    configure(repository, key)
    (repository / "a").mkdir()
    for folder in (repository, repository / "a"):
        assert verdict("git status", folder).decision is Decision.ASK
        assert verdict("ls", folder).decision is Decision.ALLOW


def test_other_forms_of_a_configuration(repository: Path) -> None:
    """Case, blanks, a key on the line of its section, and a file that cannot be read."""
    config = repository / ".git" / "config"
    for text in (
        "[CORE]FSMonitor=x\n",
        '[ diff "a b" ]\n\ttextConv = x\n',
        "[core]\n  pager\n",
        "[include]\npath=x\n",
    ):
        config.write_text(text)
        assert verdict("git status", repository).decision is Decision.ASK, text
    config.unlink()
    config.mkdir()
    assert verdict("git status", repository).decision is Decision.ASK


def test_hooks_worktrees_and_bare_repositories(repository: Path, tmp_path: Path) -> None:
    """The hook that reading can run; a linked working tree; a folder that only looks like a repository."""
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("")
    assert verdict("git status", repository).decision is Decision.ASK
    hook.unlink()
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "other")], check=True)
    assert verdict("git status", tmp_path / "other").decision is Decision.ALLOW
    configure(repository, "core.fsmonitor")
    assert verdict("git status", tmp_path / "other").decision is Decision.ASK
    bare = tmp_path / "bare"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    assert verdict("git status", bare).decision is Decision.ALLOW
    configure(bare, "core.pager")
    assert verdict("git status", bare).decision is Decision.ASK


def test_submodules_count_too(repository: Path) -> None:
    """git runs what their settings say as well, wherever they are kept."""
    inner = repository / ".git" / "modules" / "inner"
    inner.mkdir(parents=True)
    (inner / "config").write_text("[core]\n\tworktree = ../../../inner\n")
    assert verdict("git status", repository).decision is Decision.ALLOW
    (inner / "config").write_text("[core]\n\tfsmonitor = touch x\n")
    assert verdict("git status", repository).decision is Decision.ASK
    (inner / "config").unlink()
    (repository / ".gitmodules").write_text('[submodule "a"]\n\tpath = a\n')
    (repository / "a" / ".git").mkdir(parents=True)
    (repository / "a" / ".git" / "config").write_text("[diff]\n\texternal = touch x\n")
    assert verdict("git status", repository).decision is Decision.ASK


def test_variables_that_move_git(repository: Path) -> None:
    """GIT_DIR and the like name another repository or a program."""
    assert verdict("git status", repository, GIT_DIR="/tmp/x").decision is Decision.ASK
    assert verdict("git status", repository, GIT_EXTERNAL_DIFF="x").decision is Decision.ASK
    assert (
        verdict("git status", repository, GIT_AUTHOR_NAME="x", GIT_CONFIG_NOSYSTEM="1").decision
        is Decision.ALLOW
    )
