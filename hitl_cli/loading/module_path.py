"""Where the modules of a workflow are found, and under which names.

The folders of the workflow come before what is installed, except for names that belong to an installed library or to
the standard library: a neighbour named like one of these does not shadow it.
"""

import ast
import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import ModuleSpec, PathFinder, all_suffixes
from pathlib import Path
from types import ModuleType

from hitl_cli.loading.files import content
from hitl_cli.loading.outline import parsed
from hitl_cli.loading.references import Reference

_SUFFIXES = sorted(all_suffixes(), key=len, reverse=True)
_OWN = "hitl_cli"
_ALIAS = "hitl_workflow_"  # the bare stem would let a workflows.py replace the library


@dataclass(frozen=True)
class ModulePath:
    """How the module of a reference is imported.

    `name` is that of the module, `root` the folder to which its files are relative, `folders` are put before the
    module path. `package` is the outermost package of a file that belongs to one, None for a file by itself.
    `may_replace` says that the folders come before everything, as those of the bundled workflows do.
    """

    name: str
    root: Path
    folders: tuple[str, ...]
    package: Path | None = None
    distribution: str = ""
    may_replace: bool = False

    @classmethod
    def of(cls, reference: Reference) -> "ModulePath":
        """Return where the modules of `reference` are found; nothing is imported."""
        project = reference.project
        shared = [*reference.path, *(project.path if project else ())]
        distribution = project.distribution if project else ""
        if reference.file is None:
            folders = _unique(shared)
            root = _root_of(reference.module, folders)
            if root is None:
                folders = _unique([*shared, reference.folder])
                root = _root_of(reference.module, folders)
            return cls(reference.module, root or Path(os.sep), folders, distribution=distribution)
        folder = reference.file.parent
        source = _source_of(reference.file, project.root if project else reference.folder)
        if source is not None:
            shared.insert(0, source)
        package = None if reference.is_bundled else _package_of(reference.file, source)
        if package is None:
            name = f"{_ALIAS}{reference.file.stem}"
            folders = _unique([folder, *shared])
            return cls(name, folder, folders, None, distribution, reference.is_bundled)
        root = package.parent
        parts = list(reference.file.relative_to(root).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        # Neighbours can also be imported by their bare names, as in a script.
        path = cls(".".join(parts), root, _unique([root, *shared, folder]), package, distribution)
        return cls(_ALIAS + path.name, *_rest(path)) if package.name in path.reserved else path

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The names of modules in the folders that belong to a library, which is the one that is imported."""
        if self.may_replace:
            return frozenset()
        neighbours = {name for folder in self.folders for name, _ in modules_in(folder)}
        if self.package is not None:
            neighbours.add(self.package.name)
        found = neighbours & ({_OWN} | sys.stdlib_module_names)
        elsewhere = {name for name in neighbours - found if self.spec_elsewhere(name) is not None}
        if elsewhere:
            found |= elsewhere & _names_of_distributions(self.distribution)
        return frozenset(found)

    def spec_elsewhere(self, name: str) -> ModuleSpec | None:
        """Return the module `name` as it is found outside of the folders."""
        others = [each for each in sys.path if os.path.abspath(each) not in self.folders]
        with contextlib.suppress(ImportError, ValueError):
            return PathFinder.find_spec(name, others)
        return None

    def modules_beside(self, name: str) -> set[str]:
        """Return the full names of the modules in the package that the module `name` would be in."""
        package, _, _ = name.rpartition(".")
        folder = os.path.join(*package.split("."))
        return {
            f"{package}.{module}" if package else module
            for each in (*self.folders, *sys.path)
            for module, _ in modules_in(os.path.join(each, folder))
        }

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Have modules found in the folders while the block runs."""
        hidden = self._hide_namesakes()
        finder = _ReservedFinder(self)
        sys.path[:0] = self.folders
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            for folder in self.folders:
                with contextlib.suppress(ValueError):  # the workflow may have removed it
                    sys.path.remove(folder)
            sys.modules.update(hidden)

    def _hide_namesakes(self) -> dict[str, ModuleType]:
        """Remove modules that are loaded under the name of a neighbour of the workflow; return them."""
        names = {name for folder in self.folders for name, _ in modules_in(folder)} - self.reserved
        if self.package is not None and not self.is_alias:
            names.add(self.package.name)
        hidden = {}
        for name in (names & sys.modules.keys()) - sys.stdlib_module_names:
            file = getattr(sys.modules[name], "__file__", None)
            if file is None or not os.path.abspath(file).startswith(self.folders):
                hidden[name] = sys.modules.pop(name)
        return hidden

    @property
    def is_alias(self) -> bool:
        """Whether the module has another name than it would have by its place."""
        return self.name.startswith(_ALIAS)


class _ReservedFinder:
    """Finds modules with reserved names where they are installed."""

    def __init__(self, path: ModulePath) -> None:
        self._path = path

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the installed module `name` if a neighbour of the workflow has its name."""
        if path is not None or name not in self._path.reserved:
            return None
        return self._path.spec_elsewhere(name)


def modules_in(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the modules and packages that are in a folder: the name of each, and that of its file."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = module_name(entry.name)
            if name is not None:
                yield name, entry.name
            elif entry.name.isidentifier():
                for suffix in _SUFFIXES:
                    file = os.path.join(entry.name, f"__init__{suffix}")
                    if os.path.lexists(os.path.join(folder, file)):
                        yield entry.name, file
                        break


def module_name(file: str) -> str | None:
    """Return the name of the module that is in a file with this name, or None."""
    return next(
        (file[: -len(suffix)] for suffix in _SUFFIXES if file.endswith(suffix) and file != suffix), None
    )


def is_package(folder: Path) -> bool:
    """Whether a folder is a regular package."""
    return any(os.path.lexists(folder / f"__init__{suffix}") for suffix in _SUFFIXES)


def _source_of(file: Path, root: Path) -> Path | None:
    """Return the folder `src` below `root` that a file is in."""
    return next((each for each in file.parents if each.name == "src" and root in each.parents), None)


def _package_of(file: Path, source: Path | None) -> Path | None:
    """Return the outermost package of a file.

    A folder is a package if it has an `__init__`, is below `source`, or the file imports from it
    relatively.
    """
    if source is not None:
        parts = file.relative_to(source).with_suffix("").parts
        if len(parts) > 1 and all(part.isidentifier() for part in parts):
            return source / parts[0]
    if not file.stem.isidentifier():
        return None
    outermost, folder = None, file.parent
    levels = _relative_levels(file)  # a folder need not have an __init__ for them to work
    while folder.name.isidentifier() and (levels > 0 or is_package(folder)):
        outermost, folder, levels = folder, folder.parent, levels - 1
    return outermost


def _relative_levels(file: Path) -> int:
    """Return how many folders up the relative imports of a file go, with its own as the first."""
    tree = parsed(content(file) or b"")
    return (
        max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
        if tree
        else 0
    )


def _root_of(module: str, folders: tuple[str, ...]) -> Path | None:
    """Return the folder in which the outermost package of `module` is found, without importing anything."""
    try:
        spec = PathFinder.find_spec(module.partition(".")[0], [*folders, *sys.path])
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    places = list(spec.submodule_search_locations or ())
    place = places[0] if places else spec.origin if spec.has_location else None
    return Path(os.path.abspath(place)).parent if place else None


def _names_of_distributions(own: str) -> set[str]:
    """Return the names of the top-level modules of what is installed, without those of the distribution `own`."""
    from importlib.metadata import distributions

    names: set[str] = set()
    for distribution in distributions():
        if _normalized(distribution.metadata["Name"] or "") == _normalized(own):
            continue
        for file in distribution.files or ():
            top = file.parts[0]
            if len(file.parts) > 1 or (name := module_name(top)) is None:
                name = top
            names.add(name)
    return names


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _unique(folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in folders))


def _rest(path: ModulePath) -> tuple[Path, tuple[str, ...], Path | None, str]:
    return path.root, path.folders, path.package, path.distribution
