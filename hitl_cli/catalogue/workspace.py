"""The surroundings of a request: names in the folder, git branches, users, groups, installed programs."""

import contextlib
import os
import shutil
from functools import cached_property
from pathlib import Path

ARCHIVES = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip", ".gz", ".bz2", ".xz",
    ".zst", ".7z", ".rar", ".jar", ".whl", ".lz4", ".cpio", ".deb",
)  # fmt: skip
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_MANY = 2000


class Workspace:
    """The folder and machine that a request is about; everything is read at its first use.

    `search_path` is a PATH for finding programs; None stands for that of this process.
    """

    def __init__(self, folder: Path, search_path: str | None = None) -> None:
        self.folder = folder
        self.search_path = search_path
        self._programs: dict[str, bool] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in the folder, up to a limit."""
        found = set()
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry, _ in zip(entries, range(_MANY), strict=False):
                found.add(entry.name)
        return frozenset(found)

    @cached_property
    def archives(self) -> list[str]:
        """The archives in the folder."""
        return sorted(name for name in self.names if name.endswith(ARCHIVES))

    def is_folder(self, name: str) -> bool:
        """Return whether `name`, as the person wrote it, is a folder."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            return (self.folder / Path(name).expanduser()).is_dir()
        return False

    def is_file(self, name: str) -> bool:
        """Return whether `name`, as the person wrote it, exists and is not a folder."""
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            path = self.folder / Path(name).expanduser()
            return os.path.lexists(path) and not path.is_dir()
        return False

    @cached_property
    def contexts(self) -> frozenset[str]:
        """The types of this folder that entries can name: `git`, `compose`, `archive`, `python`, `node`."""
        found = set()
        if self._repository:
            found.add("git")
        if self.names.intersection(_COMPOSE):
            found.add("compose")
        if self.archives:
            found.add("archive")
        if "package.json" in self.names:
            found.add("node")
        if self.names.intersection(("pyproject.toml", "setup.py", "requirements.txt", ".venv")):
            found.add("python")
        return frozenset(found)

    @cached_property
    def branches(self) -> frozenset[str]:
        """The branches of the git repository that the folder is in."""
        if self._repository is None:
            return frozenset()
        heads = self._repository / "refs" / "heads"
        found = {str(path.relative_to(heads)) for path in heads.rglob("*") if path.is_file()}
        with contextlib.suppress(OSError):
            for line in (self._repository / "packed-refs").read_text(encoding="utf-8").splitlines():
                name = line.partition(" ")[2]
                if name.startswith("refs/heads/"):
                    found.add(name.removeprefix("refs/heads/"))
        return frozenset(found)

    @cached_property
    def users(self) -> frozenset[str]:
        """The accounts of this machine."""
        return _first_fields(Path("/etc/passwd"))

    @cached_property
    def groups(self) -> frozenset[str]:
        """The groups of this machine."""
        return _first_fields(Path("/etc/group"))

    def has_program(self, name: str) -> bool:
        """Return whether a program of this name is installed."""
        if name not in self._programs:
            self._programs[name] = shutil.which(name, path=self.search_path) is not None
        return self._programs[name]

    @cached_property
    def _repository(self) -> Path | None:
        for folder in (self.folder, *self.folder.parents):
            if (folder / ".git").exists():
                return _shared_by_worktrees(folder / ".git")
        return None


def _shared_by_worktrees(git: Path) -> Path:
    """Return the git directory with the branches; a linked worktree or a submodule has a file that points to it."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if git.is_file():
            git = git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            git /= (git / "commondir").read_text(encoding="utf-8").strip()
    return git


def _first_fields(file: Path) -> frozenset[str]:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return frozenset(line.partition(":")[0] for line in file.read_text(encoding="utf-8").splitlines())
    return frozenset()
