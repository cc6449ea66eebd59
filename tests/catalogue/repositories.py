"""Git repositories among the fixture folders."""

import os
import pathlib
import subprocess


def put(folder: pathlib.Path, path: str, content: str | bytes = "", mode: int | None = None) -> pathlib.Path:
    """Write a file, and return its path."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        target.chmod(mode)
    return target


def _git(folder: pathlib.Path, *words: str, who: str = "Alice", day: str = "2024-01-10") -> None:
    stamp = f"{day}T12:00:00+0000"
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": who,
        "GIT_AUTHOR_EMAIL": f"{who.lower()}@example.com",
        "GIT_COMMITTER_NAME": who,
        "GIT_COMMITTER_EMAIL": f"{who.lower()}@example.com",
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_DATE": stamp,
    }
    subprocess.run(
        ["git", *words], cwd=folder, env=env, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )


def clean_repository(folder: pathlib.Path) -> None:
    """A repository with branches, tags, a merge and a remote, and nothing to commit."""

    def commit(message: str, who: str, day: str) -> None:
        _git(folder, "add", "-A")
        _git(folder, "commit", "-q", "-m", message, who=who, day=day)

    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "config", "user.name", "Test User")
    _git(folder, "config", "user.email", "test@example.com")
    _git(folder, "config", "gc.auto", "0")
    put(folder, "README.md", "# Shop\n\nWelcome.\n")
    put(folder, "app.py", "def total(cart):\n    return sum(cart)\n")
    put(folder, "legacy.py", "OLD = True\n")
    put(folder, ".gitignore", "*.log\n")
    commit("Initial commit", "Alice", "2024-01-10")
    put(folder, "login.py", "def login(user):\n    return bool(user)\n")
    commit("Add login form", "Bob", "2024-01-15")
    put(folder, "app.py", "def total(cart):\n    if not cart:\n        return 0\n    return sum(cart)\n")
    commit("Fix crash on empty cart", "Alice", "2024-02-01")
    _git(folder, "tag", "v1.0")
    _git(folder, "checkout", "-q", "-b", "feature/search")
    put(folder, "search.py", "def search(term):\n    return []\n")
    commit("Add search page", "Bob", "2024-02-10")
    _git(folder, "checkout", "-q", "-b", "old-fix", "main")
    put(folder, "README.md", "# Shop\n\nWelcome to the shop.\n")
    commit("Patch typo in readme", "Alice", "2024-02-15")
    _git(folder, "checkout", "-q", "main")
    _git(folder, "merge", "-q", "--no-ff", "-m", "Merge branch old-fix", "old-fix", day="2024-02-20")
    (folder / "legacy.py").unlink()
    commit("Remove legacy module", "Bob", "2024-03-05")
    _git(folder, "tag", "v1.1")
    _git(folder, "init", "-q", "--bare", "-b", "main", ".git/origin.git")
    _git(folder, "remote", "add", "origin", str(folder / ".git/origin.git"))
    _git(folder, "push", "-q", "-u", "origin", "main", "feature/search")
    _git(folder, "push", "-q", "origin", "v1.0:refs/heads/release")
    put(folder, "config.ini", "version = 1.2\n")
    commit("Bump version to 1.2", "Alice", "2024-03-20")


def repository(folder: pathlib.Path) -> None:
    """The same repository with work in progress: one stash, a staged file, an edit, untracked files."""
    clean_repository(folder)
    put(folder, "README.md", "# Shop in colour\n\nWelcome to the shop.\n")
    _git(folder, "stash", "push", "-q", "-m", "wip: colors")
    put(
        folder,
        "app.py",
        "def total(cart):\n    print('debug', cart)\n    if not cart:\n        return 0\n    return sum(cart)\n",
    )
    put(folder, "notes.md", "release notes\n")
    _git(folder, "add", "notes.md")
    put(folder, "scratch.tmp", "scratch\n")
    put(folder, "tmp/dump.txt", "dump\n")
    put(folder, "debug.log", "ignored\n")
