"""What a reference on the command line means: a bundled workflow, a file, a module, or a name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_cli.errors import LoadError
from hitl_cli.loading.files import content
from hitl_cli.loading.outline import outline
from hitl_cli.loading.project import Project, project_of
from hitl_cli.text.suggestions import did_you_mean, similar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUNDLED = {"agent": "agent_workflow.py", "custom": "custom_workflow.py"}
ENTRY_POINTS = "hitl.workflows"
"""The group in which an installed package names its workflows: `name = "package.module:name"`."""

_PACKAGE = Path(__file__).parents[1]
_MOST_FILES = 1_000  # that are compared with a misspelt one


@dataclass(frozen=True)
class Reference:
    """Where a workflow is: a file or an importable module, and optionally the name in it.

    `folder` is where it was read. `project` is the one it belongs to, and `path` where it is found beside that
    project's own folders. `source` says where a name was looked up, as in `pyproject.toml`; it is empty for what is
    no name.
    """

    folder: Path
    text: str
    file: Path | None
    module: str
    attribute: str | None
    project: Project | None = None
    path: tuple[Path, ...] = ()
    source: str = ""

    @classmethod
    def parse(cls, text: str, folder: Path) -> "Reference":
        """Return what `text` means in `folder`.

        It is `agent`, `custom`, `file.py`, `file.py:name`, `package.module:name`, a name in the project's
        configuration, or one that an installed package registers.

        Raises:
            LoadError: It is none of these, or the file does not exist.
        """
        if text in BUNDLED:
            return cls(folder, text, bundled_folder() / BUNDLED[text], "", None)
        if (found := _file_or_module(text, text, folder)) is not None:
            return found
        project = project_of(folder)
        if project is not None and text in project.workflows:
            named = project.workflows[text]
            target = _file_or_module(text, named.target, project.root, project, named.path)
            if target is None:
                raise LoadError(
                    f"{named.source} says that {text!r} is {named.target!r}, which is not a reference; nothing ran. "
                    "It must be package.module:name or file.py:name."
                )
            return replace(target, folder=folder, source=named.source)
        if text in (installed := installed_workflows()):
            entry = installed[text]
            attribute = entry.attr or None
            return cls(folder, text, None, entry.module, attribute, project, source=_distribution(entry))
        raise _unknown(text, folder, project, installed)

    @property
    def absolute(self) -> str:
        """The reference as it can be read later, in the same folder; a file, in any folder."""
        if self.is_bundled or self.source:
            return self.text
        where = self.module if self.file is None else str(self.file)
        return f"{where}:{self.attribute}" if self.attribute else where

    @property
    def is_bundled(self) -> bool:
        """Whether this is one of the workflows that come with the program."""
        return self.text in BUNDLED

    @property
    def title(self) -> str:
        """The file or module, as a person would name it."""
        if self.file is None:
            return self.module
        shown = os.path.relpath(self.file, self.folder)
        return str(self.file) if shown.startswith(os.pardir) else shown

    def is_same(self, other: "Reference") -> bool:
        """Return whether `other` may be the same workflow: in the same file, and not under another name there."""
        attributes = {self.attribute, other.attribute} - {None}
        return self._place == other._place and len(attributes) <= 1

    @property
    def _place(self) -> Path | str:
        """The file, also of a module that is in one of the folders of its project."""
        if self.file is not None:
            return self.file
        below = self.module.replace(".", os.sep)
        for folder in (*self.path, *(self.project.path if self.project else ()), self.folder):
            for file in (folder / f"{below}.py", folder / below / "__init__.py"):
                if file.is_file():
                    return file.resolve()
        return self.module

    def named(self, attribute: str) -> str:
        """Return what to write on the command line for `attribute` in the same file or module."""
        where = self.module if self.file is None else _parts(self.text)[0] if not self.source else self.title
        return f"{where}:{attribute}"


def moved(text: str, old: Path, new: Path) -> str:
    """Return the reference `text`; a file below `old` that is not there any more, at the same place below `new`."""
    where, separator, attribute = _parts(text)
    path = Path(where)
    if not path.is_relative_to(old) or path.is_file():
        return text
    return f"{new / path.relative_to(old)}{separator}{attribute}"


def bundled_folder() -> Path:
    """Return where the bundled workflows are: a wheel has them inside the package, a checkout beside it."""
    shipped = _PACKAGE / "bundled"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def installed_workflows() -> "dict[str, EntryPoint]":
    """Return the workflows that installed packages register, by their names."""
    from importlib.metadata import entry_points

    return {each.name: each for each in entry_points(group=ENTRY_POINTS)}


def _file_or_module(
    text: str, target: str, folder: Path, project: Project | None = None, path: tuple[Path, ...] = ()
) -> Reference | None:
    """Return what `target` means if it has the form of a file or a module, seen from `folder`."""
    where, separator, attribute = _parts(target)
    if where.endswith(".py") or os.sep in where:
        file = (folder / Path(where).expanduser()).resolve()
        if not file.is_file():
            raise _no_file(text, file)
        return Reference(folder, text, file, "", attribute or None, project or project_of(file.parent), path)
    if separator and all(name.isidentifier() for name in where.split(".")):
        return Reference(folder, text, None, where, attribute or None, project or project_of(folder), path)
    return None


def _parts(text: str) -> tuple[str, str, str]:
    where, separator, attribute = text.rpartition(":")
    return (where, separator, attribute) if separator else (text, "", "")


def _distribution(entry: "EntryPoint") -> str:
    return entry.dist.name if entry.dist is not None else "an installed package"


def _no_file(text: str, file: Path) -> LoadError:
    if file.is_dir():
        offers = [f"{text.rstrip('/')}/{each}" for each in _workflow_files(file)]
        hint = f"In it: {', '.join(offers[:5])}." if offers else "No file in it has a workflow."
        return LoadError(f"{text} is a folder, not a workflow file; nothing ran. {hint}")
    where, separator, attribute = _parts(text)
    near = did_you_mean(text, (f"{each}{separator}{attribute}" for each in _similar_files(where, file)))
    return LoadError(
        f"There is no workflow file {file}; nothing ran. {near}`hitl list` shows what can be run here."
    )


def _unknown(text: str, folder: Path, project: Project | None, installed: Iterable[str]) -> LoadError:
    files = _files(folder)
    if f"{text}.py" in files:
        near = f"Did you mean ./{text}.py? "
    else:
        stems = {name.removesuffix(".py"): f"./{name}" for name in files}
        names = {name: name for name in (*BUNDLED, *(project.workflows if project else ()), *installed)}
        known = stems | names
        close = similar(text, known)
        near = f"Did you mean {' or '.join(known[each] for each in close)}? " if close else ""
    problems = " ".join(project.problems) + " " if project and project.problems else ""
    return LoadError(
        f"There is no workflow {text!r}; nothing ran. {problems}{near}"
        "Use agent, custom, a file.py, package.module:name, or a name from pyproject.toml; "
        "`hitl list` shows what can be run here."
    )


def _files(folder: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".py"))[:_MOST_FILES]
    except OSError:
        return []


def _similar_files(where: str, file: Path) -> list[str]:
    """Return the files with a name like that of the missing `file`, written as `where` is: in its folder, or in one
    whose name is similar."""
    folder, written = file.parent, os.path.dirname(where)
    folders = {written: folder}
    if not folder.is_dir() and folder.parent.is_dir():
        names = [each.name for each in folder.parent.iterdir() if each.is_dir()][:_MOST_FILES]
        folders = {
            os.path.join(os.path.dirname(written), name): folder.parent / name
            for name in similar(folder.name, names)
        }
    return [
        os.path.join(head, name)
        for head, place in folders.items()
        for name in similar(file.name, _files(place))
    ]


def _workflow_files(folder: Path) -> list[str]:
    return [name for name in _files(folder)[:50] if outline(content(folder / name) or b"") is not None]
