"""What the folder that a request is meant in tells of it."""

import subprocess
from pathlib import Path

import pytest

from hitl_cli.catalogue.workspace import Workspace

AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"]


def git(folder: Path, *arguments: str) -> None:
    """Run git in `folder`."""
    subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit, on the branch `trunk`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    return folder


def test_linked_worktree_is_a_repository(repository: Path, tmp_path: Path) -> None:
    """It has the branches of the repository that it is linked to, below its top, too."""
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    inside = tmp_path / "linked" / "src"
    inside.mkdir()
    around = Workspace(inside)
    assert "git" in around.contexts
    assert around.branches == {"trunk", "side"}


def test_submodule_is_a_repository(repository: Path, tmp_path: Path) -> None:
    """It has branches of its own."""
    whole = tmp_path / "whole"
    whole.mkdir()
    git(whole, "init", "-q", "-b", "main")
    git(whole, "submodule", "add", "-q", str(repository), "part")
    around = Workspace(whole / "part")
    assert "git" in around.contexts
    assert around.branches == {"trunk"}
