"""The files of a workflow's own code: which are imported, what was in them, and which hide other modules.

While a workflow is loaded, a path hook has the files of its folder tree imported from their source alone: a cached
bytecode file, which says nothing of what it was compiled from, is neither read nor written. Each file is recorded with
the SHA-256 of the very bytes that are run.
"""

import contextlib
import hashlib
import importlib
import os
import stat
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, cast

from hitl_cli.loading.module_path import ModulePath, is_package, module_name, modules_in

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_INSTALLED = frozenset(("site-packages", "dist-packages"))
_READ_SIZE = 1_048_576
_Note = Callable[[str, str], None]  # takes a file and its digest


@dataclass(frozen=True)
class Code:
    """What a workflow has imported of its own: the SHA-256 of each file, by its path from the workflow's root.

    `hiding` are the names in the root that hide a module of the same name elsewhere. It is None where nobody knows.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    hiding: tuple[str, ...] | None = None


class OwnCode:
    """Records what is imported of a workflow; `path` says where its modules are found."""

    def __init__(self, path: ModulePath) -> None:
        self.path = path
        self._root = str(path.root)
        self._files: dict[str, str] = {}
        self._seen: set[str] = set()
        self._path = [os.path.abspath(each) for each in sys.path if each]
        named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        own = {self._root, *path.folders, *(os.path.abspath(each) for each in named if each)}
        with contextlib.suppress(OSError):
            own.add(os.getcwd())
        installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        installed |= {each for each in self._path if each not in own and not _is_in(each, self._root)}
        installed |= {each for each in self._path if os.path.basename(each) in _INSTALLED}
        installed.add(_PACKAGE)
        # Of two places one in the other, the inner one says; where they are the same, it is the workflow's own.
        self._places = [(each, each in own) for each in own | installed]
        self._known: dict[str, bool] = {}  # what `has` returned for each file
        self._hiding = self._names_that_hide()

    @property
    def code(self) -> Code:
        """What was imported until now."""
        self.note_imported()
        named = {self.name_of(file): digest for file, digest in self._files.items()}
        return Code(dict(sorted(named.items())), self._hiding)

    def note_imported(self) -> None:
        """Record the modules that were imported since the last call, also those that no hook has seen."""
        for name in sys.modules.keys() - self._seen:
            self._seen.add(name)
            file = _file_of(sys.modules.get(name))
            if file is not None and file not in self._files and self.has(file):
                with contextlib.suppress(OSError):
                    self._files[file] = digest_of(file)

    def files(self) -> list[Path]:
        """Return the files that were imported until now."""
        return [Path(self._root, name) for name in self.code.files]

    def name_of(self, file: str) -> str:
        """Return the path of a file from the workflow's root, as it is recorded."""
        return os.path.relpath(file, self._root)

    def has(self, file: str) -> bool:
        """Whether a file is the workflow's own: neither this program's, nor of what is installed."""
        if (known := self._known.get(file)) is not None:
            return known
        within = [(len(place), own) for place, own in self._places if _is_in(file, place)]
        self._known[file] = is_own = max(within)[1] if within else True
        return is_own

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Record what is imported, and import it from its source, while the block runs."""
        hook = self._hook
        self._seen.update(sys.modules)
        sys.path_hooks.insert(0, hook)
        self._forget_finders()
        try:
            yield
        finally:
            sys.path_hooks.remove(hook)
            self._forget_finders()

    def loader(self, name: str, path: str) -> SourceFileLoader:
        """Return what loads the source file `path` as the module `name`, and records it."""
        return _SourceLoader(self._note, name, path)

    def changes(self, before: Code) -> list[str]:
        """Return, in a few words each, what is not as it was when `before` was imported. Nothing is imported."""
        importlib.invalidate_caches()
        found = []
        for name, digest in before.files.items():
            file = os.path.normpath(os.path.join(self._root, name))
            try:
                now = digest_of(file)
            except FileNotFoundError:
                found.append(f"{name} (deleted)")
                continue
            except OSError:
                now = ""
            if now != digest:
                found.append(name)
            elif (first := self._found_before(file)) is not None:
                found.append(f"{os.path.relpath(first, self._root)} (new, imported in place of {name})")
        if before.hiding is not None:
            found += [
                f"{name} (new, imported in place of another module)"
                for name in self._hiding
                if name not in before.hiding
            ]
        return found

    def remember(self, before: Code) -> None:
        """Count what is in `before`, and still there, as imported: a run may continue behind where it was imported."""
        for name in before.files:
            file = os.path.normpath(os.path.join(self._root, name))
            if file not in self._files:
                with contextlib.suppress(OSError):
                    self._files[file] = digest_of(file)

    def _found_before(self, file: str) -> str | None:
        """Return the file that would be imported in the place of `file`, under the same name, or None."""
        folder, base = os.path.split(file)
        name = module_name(base)
        if name == "__init__":
            folder, name = os.path.split(folder)
        if name is None:
            return None
        path = [*self.path.folders, *self._path]
        if folder not in path:
            # A folder outside that is no package was put on the path by the workflow itself, behind what was there.
            path = [folder] if is_package(Path(folder)) or _is_in(folder, self._root) else [*path, folder]
        try:
            spec = PathFinder.find_spec(name, path)
        except (ImportError, ValueError):
            return None
        origin = spec.origin if spec is not None and spec.has_location else None
        return None if origin is None or os.path.abspath(origin) == file else origin

    def _names_that_hide(self) -> tuple[str, ...]:
        """Return the names in the folders that hide a module which would be found elsewhere without them."""
        others = set().union(*(_names_in(each) for each in self._path if each not in self.path.folders))
        others -= self.path.reserved
        return tuple(
            sorted(
                os.path.relpath(os.path.join(folder, file), self._root)
                for folder in self.path.folders
                for name, file in modules_in(folder)
                if name in others
            )
        )

    def _hook(self, path: str) -> FileFinder:
        """Return the finder of modules in a folder of the workflow's own."""
        folder = os.path.abspath(path)
        if folder in self._path and not _is_in(folder, self._root):
            raise ImportError("it is on the module path anyway")
        if not self.has(os.path.join(folder, "module.py")) or not os.path.isdir(folder):
            raise ImportError("it is not the workflow's own")
        details = [
            (partial(_ExtensionLoader, self._note), EXTENSION_SUFFIXES),
            (partial(_SourceLoader, self._note), SOURCE_SUFFIXES),
            (partial(_BytecodeLoader, self._note), BYTECODE_SUFFIXES),
        ]
        return FileFinder(path, *cast("Iterable[tuple[Any, list[str]]]", details))

    def _note(self, path: str, digest: str) -> None:
        self._files[os.path.abspath(path)] = digest

    def _forget_finders(self) -> None:
        for path in list(sys.path_importer_cache):
            if self.has(os.path.join(os.path.abspath(path), "module.py")):
                sys.path_importer_cache.pop(path, None)


class _SourceLoader(SourceFileLoader):
    """Loads a module from its source, and from nothing else."""

    def __init__(self, note: _Note, name: str, path: str) -> None:
        super().__init__(name, path)
        self._note = note

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the module."""
        return self.source_to_code(self.get_data(self.path), self.path)

    def get_data(self, path: str) -> bytes:
        """Return the content of the source, or of a file beside it that the module asks for."""
        data = super().get_data(path)
        self._note(path, hashlib.sha256(data).hexdigest())
        return data


class _BytecodeLoader(SourcelessFileLoader):
    """Loads a module that has no source."""

    def __init__(self, note: _Note, name: str, path: str) -> None:
        super().__init__(name, path)
        self._note = note

    def get_data(self, path: str) -> bytes:
        """Return the content of the file."""
        data = super().get_data(path)
        self._note(path, hashlib.sha256(data).hexdigest())
        return data


class _ExtensionLoader(ExtensionFileLoader):
    """Loads a module that was compiled to machine code."""

    def __init__(self, note: _Note, name: str, path: str) -> None:
        super().__init__(name, path)
        self._note = note

    def create_module(self, spec: Any) -> ModuleType:
        """Return the module."""
        with contextlib.suppress(OSError):
            self._note(self.path, digest_of(self.path))
        return super().create_module(spec)


def digest_of(file: str) -> str:
    """Return the SHA-256 of a regular file, in hexadecimal digits.

    Raises:
        OSError: It cannot be read, or is no regular file.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{file} is no regular file")
        digest = hashlib.sha256()
        while chunk := opened.read(_READ_SIZE):
            digest.update(chunk)
    return digest.hexdigest()


def _is_in(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)


def _file_of(module: ModuleType | None) -> str | None:
    """Return the file that a module comes from; of one in an archive, the archive."""
    file = getattr(module, "__file__", None)
    while isinstance(file, str) and file and not os.path.lexists(file) and os.path.dirname(file) != file:
        file = os.path.dirname(file)
    return os.path.abspath(file) if isinstance(file, str) and file else None


def _names_in(folder: str) -> set[str]:
    """Return the names of all that can be imported from a folder, or from folders of the same name together."""
    with contextlib.suppress(OSError):
        return {module_name(each) or each for each in os.listdir(folder)}
    return set()
