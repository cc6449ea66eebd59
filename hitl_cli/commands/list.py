"""`hitl list`: the workflows that can be run here."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hitl_cli.loading.files import MOST_BYTES, content
from hitl_cli.loading.outline import outline
from hitl_cli.loading.project import Project, project_of
from hitl_cli.loading.references import BUNDLED, bundled_folder, installed_workflows
from hitl_cli.text.amounts import counted

_MOST_FILES = 10_000
_MOST_PARSED = 8 * MOST_BYTES  # bytes of all files together that are parsed
_MOST_DEPTH = 4  # of packages below src
_SKIPPED_PREFIXES = (".", "_", "node_modules")


class Runnable(NamedTuple):
    """A workflow that can be run: its reference, and a summary from its docstring or its source."""

    reference: str
    summary: str


class Listing(NamedTuple):
    """The workflows that can be run, and sentences about what could not be read."""

    workflows: list[Runnable]
    problems: list[str]


def runnable(folder: Path) -> Listing:
    """Return what can be run in `folder`, without running any of it.

    These are the bundled workflows, the names in the project's configuration, those of installed packages, and the
    workflows in the files of `folder` and in the packages of the project. Time and memory are limited, whatever the
    folder contains.
    """
    found = [
        Runnable(name, _summary(content(bundled_folder() / file) or b"")) for name, file in BUNDLED.items()
    ]
    project = project_of(folder)
    if project is not None:
        for named in project.workflows.values():
            # A bundled workflow takes precedence over one of the same name.
            reference = named.target if named.name in BUNDLED else named.name
            summary = named.source if reference == named.target else f"{named.target} ({named.source})"
            found.append(Runnable(reference, summary))
    known = {each.reference for each in found}
    for name, entry in sorted(installed_workflows().items()):
        if name not in known:
            where = f" ({entry.dist.name})" if entry.dist is not None else ""
            found.append(Runnable(name, f"{entry.value}{where}"))
    files = _Files(folder, project)
    found += files.runnable()
    sentences = list(project.problems) if project is not None else []
    if files.skipped:
        sentences.append(
            f"Skipped {counted(files.skipped, 'file')} of this folder: there are too many, or they are too large."
        )
    return Listing(found, sentences)


class _Files:
    """The files of a folder, and of the packages in its project's `src`, that may contain a workflow."""

    def __init__(self, folder: Path, project: Project | None) -> None:
        self._folder = folder
        self._source = project.root / "src" if project is not None else None
        self.skipped = 0

    def runnable(self) -> Iterator[Runnable]:
        """Yield the workflows in the files; afterwards `skipped` is the number of files that were not read."""
        bundled = {bundled_folder() / file for file in BUNDLED.values()}
        names = list(self._paths())
        self.skipped = max(len(names) - _MOST_FILES, 0)
        room = _MOST_PARSED
        for path in names[:_MOST_FILES]:
            source = None if path in bundled else content(path)
            if source is None or (b"workflow" not in source.lower() and b"Agent" not in source):
                continue
            if len(source) > min(MOST_BYTES, room):
                self.skipped += 1
                continue
            room -= len(source)
            offers = outline(source)
            if offers is None:
                continue
            name = os.path.relpath(path, self._folder)
            reference = name if name.startswith(os.pardir) else f"./{name}"
            if offers.default is not None:
                yield Runnable(reference, offers.summary)
            else:
                for each in offers.names:
                    yield Runnable(f"{reference}:{each}", offers.summary)

    def _paths(self) -> Iterator[Path]:
        """Yield the files in order, those of the folder itself first."""
        here = [each for each in _entries(self._folder) if each.endswith(".py")]
        yield from (self._folder / each for each in here)
        if self._source is not None and self._source.is_dir():
            seen = {self._folder / each for each in here}
            yield from (each for each in _below(self._source, _MOST_DEPTH) if each not in seen)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    entries = [each for each in _entries(folder) if not each.startswith(_SKIPPED_PREFIXES)]
    yield from (folder / each for each in entries if each.endswith(".py"))
    if depth:
        for each in entries:
            below = folder / each
            if each.isidentifier() and below.is_dir() and not below.is_symlink():
                yield from _below(below, depth - 1)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _summary(source: bytes) -> str:
    offers = outline(source)
    return offers.summary if offers is not None else ""
