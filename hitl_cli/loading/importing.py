"""From a reference to a workflow. The bundled workflows are loaded in the same way as anybody's file."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hitl_cli.errors import LoadError
from hitl_cli.loading.failures import import_failure
from hitl_cli.loading.module_path import ModulePath
from hitl_cli.loading.offers import Await, workflow_in
from hitl_cli.loading.own_code import Code, OwnCode
from hitl_cli.loading.references import Reference

if TYPE_CHECKING:
    from workflows import Workflow


@dataclass(frozen=True)
class Loaded:
    """A workflow, and what records the files that it imports."""

    workflow: "Workflow"
    own: OwnCode


def own_code(reference: Reference) -> OwnCode:
    """Return what records the code of `reference` when it is loaded; nothing is imported yet."""
    return OwnCode(ModulePath.of(reference))


def code_before(reference: Reference, code: Code) -> Code:
    """Return `code`, as an earlier version may have recorded it, with paths from the root of `reference`.

    Earlier versions recorded of `package.module:name` only that module, by the name of its file.
    """
    if code.hiding is not None or reference.file is not None:
        return code
    parts = reference.module.split(".")
    files = {
        str(Path(*parts, name) if name.startswith("__init__.") else Path(*parts[:-1], name)): digest
        for name, digest in code.files.items()
    }
    return Code(files)


@contextmanager
def loaded(reference: Reference, own: OwnCode, run: Await) -> Iterator[Loaded]:
    """Make the workflow of `reference`; its neighbours stay importable for as long as the block runs.

    `own` records what is imported of its files. `run` runs an asynchronous factory to its end.

    Raises:
        LoadError: The file or module cannot be imported, or has no workflow.
    """
    with _variables(reference), own.path.in_place(), own.watched():
        known = set(sys.modules)
        try:
            module = _imported(reference, own)
            workflow = workflow_in(module, reference, own, run)
            yield Loaded(workflow, own)
        finally:
            for added in set(sys.modules) - known:
                file = getattr(sys.modules[added], "__file__", None)
                if added == own.path.name or (isinstance(file, str) and own.has(file)):
                    del sys.modules[added]


@contextmanager
def _variables(reference: Reference) -> Iterator[None]:
    """Set the environment variables of the project of `reference` while the block runs."""
    variables = reference.project.variables() if reference.project is not None else {}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _imported(reference: Reference, own: OwnCode) -> ModuleType:
    try:
        if reference.file is None:
            return importlib.import_module(reference.module)
        if own.path.package is None:
            return _module_from(own.path.name, reference.file, own)
        if own.path.is_alias:
            _package_from(own.path.name.partition(".")[0], own.path.package, own)
        return importlib.import_module(own.path.name)
    except (Exception, SystemExit) as problem:
        raise LoadError(import_failure(problem, reference, own)) from problem


def _module_from(name: str, file: Path, own: OwnCode, folders: list[str] | None = None) -> ModuleType:
    loader = own.loader(name, str(file)) if file.suffix in SOURCE_SUFFIXES else None
    spec = importlib.util.spec_from_file_location(
        name, file, loader=loader, submodule_search_locations=folders
    )
    if spec is None or spec.loader is None:
        raise ImportError("it is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: saved state finds event classes by module name
    spec.loader.exec_module(module)
    return module


def _package_from(name: str, folder: Path, own: OwnCode) -> None:
    """Import a package under another name than that of its folder."""
    file = folder / "__init__.py"
    if file.is_file():
        _module_from(name, file, own, [str(folder)])
    else:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
