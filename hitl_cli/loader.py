"""From a reference on the command line to a workflow. The bundled workflows take the same road as anybody's file."""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hitl_cli.errors import HitlError, LoadError
from hitl_cli.own_code import Code, OwnCode, root_of

if TYPE_CHECKING:
    from workflows import Workflow

BUNDLED = {"agent": "agent_workflow.py", "custom": "custom_workflow.py"}
FACTORY, INSTANCE = "create_workflow", "workflow"
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Reference:
    """Where a workflow is: a file or an importable module, and optionally the name in it."""

    text: str
    path: Path | None
    module: str
    attribute: str | None

    @classmethod
    def parse(cls, text: str, folder: Path) -> "Reference":
        """Read `agent`, `custom`, `file.py`, `file.py:name` or `package.module:name`, seen from `folder`.

        Raises:
            LoadError: The reference has none of these forms, or the file does not exist.
        """
        if text in BUNDLED:
            return cls(text, bundled_folder() / BUNDLED[text], "", None)
        where, separator, attribute = _parts(text)
        if where.endswith(".py") or os.sep in where:
            path = (folder / Path(where).expanduser()).resolve()
            if not path.is_file():
                raise LoadError(
                    f"There is no workflow file {path}; nothing ran. `hitl list` names what can be run."
                )
            return cls(text, path, "", attribute or None)
        if separator and all(part.isidentifier() for part in where.split(".")):
            return cls(text, None, where, attribute)
        raise LoadError(
            f"There is no workflow {text!r}; nothing ran. Name agent, custom, a file.py, or package.module:name; "
            "`hitl list` names what can be run."
        )

    @property
    def absolute(self) -> str:
        """The reference as it can be read from any folder."""
        if self.path is None or self.is_bundled:
            return self.text
        return f"{self.path}:{self.attribute}" if self.attribute else str(self.path)

    @property
    def is_bundled(self) -> bool:
        """Whether this is one of the workflows that come with the program."""
        return self.text in BUNDLED


@dataclass(frozen=True)
class Loaded:
    """A workflow, the folder of its file, and what records the files that it imports."""

    workflow: "Workflow"
    folder: Path | None
    own: OwnCode


def moved(text: str, old: Path, new: Path) -> str:
    """Return the reference `text`; a file below `old` that is not there any more, at the same place below `new`."""
    where, separator, attribute = _parts(text)
    path = Path(where)
    if not path.is_relative_to(old) or path.is_file():
        return text
    return f"{new / path.relative_to(old)}{separator}{attribute}"


def _parts(text: str) -> tuple[str, str, str]:
    where, separator, attribute = text.rpartition(":")
    return (where, separator, attribute) if separator else (text, "", "")


def bundled_folder() -> Path:
    """Return where the bundled workflows are: a wheel has them inside the package, a checkout beside it."""
    shipped = _PACKAGE / "bundled"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def own_code(reference: Reference) -> OwnCode:
    """Return what records the code of `reference` when it is loaded; nothing is imported yet."""
    if reference.path is not None:
        return OwnCode(reference.path.parent, is_first=True)
    return OwnCode(root_of(reference.module) or Path(os.sep), is_first=False)


def code_before(reference: Reference, code: Code) -> Code:
    """Return `code`, as an earlier version may have recorded it, with paths from the root of `reference`.

    Earlier versions recorded of `package.module:name` only that module, by the name of its file.
    """
    if code.hiding is not None or reference.path is not None:
        return code
    parts = reference.module.split(".")
    files = {
        str(Path(*parts, name) if name.startswith("__init__.") else Path(*parts[:-1], name)): digest
        for name, digest in code.files.items()
    }
    return Code(files)


@contextmanager
def loaded(reference: Reference, own: OwnCode) -> Iterator[Loaded]:
    """Make the workflow of `reference`; its neighbours stay importable for as long as the block runs.

    `own` records what is imported of its files.

    Raises:
        LoadError: The file or module does not import, or has no workflow.
    """
    with own.watched(), _imported(reference, own) as module:
        yield Loaded(_workflow_in(module, reference), _folder_of(module), own)


@contextmanager
def _imported(reference: Reference, own: OwnCode) -> Iterator[ModuleType]:
    if reference.path is None:
        try:
            module = importlib.import_module(reference.module)
        except Exception as problem:
            raise LoadError(_import_failure(reference.text, problem, None)) from problem
        yield module
        return
    path = reference.path
    folder = str(path.parent)
    name = f"hitl_workflow_{path.stem}"  # the bare stem would let a workflows.py replace the library
    is_source = path.suffix in SOURCE_SUFFIXES
    loader = own.loader(name, str(path)) if is_source else None
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise LoadError(f"{path} is not a Python file; nothing ran.")
    module = importlib.util.module_from_spec(spec)
    hidden = _hide_namesakes(path.parent)
    known = set(sys.modules)
    sys.path.insert(0, folder)
    sys.modules[name] = module  # before it runs: saved state finds event classes by module name
    try:
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as problem:
            raise LoadError(_import_failure(str(path), problem, path)) from problem
        yield module
    finally:
        sys.path.remove(folder)
        for added in set(sys.modules) - known:
            file = getattr(sys.modules[added], "__file__", None)
            if isinstance(file, str) and own.has(file):
                del sys.modules[added]
        sys.modules.update(hidden)


def _hide_namesakes(folder: Path) -> dict[str, ModuleType]:
    """Take modules out of the way that are loaded under the name of a neighbour of the workflow file."""
    hidden = {}
    for neighbour in folder.glob("*.py"):
        loaded_module = sys.modules.get(neighbour.stem)
        if (
            loaded_module
            and neighbour.stem not in sys.stdlib_module_names
            and not _is_in(folder, loaded_module)
        ):
            hidden[neighbour.stem] = sys.modules.pop(neighbour.stem)
    return hidden


def _folder_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).parent if file else None


def _is_in(folder: Path, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and os.path.dirname(file) == str(
        folder
    )  # a `Path` for each module there is takes long


def _import_failure(what: str, problem: BaseException, path: Path | None) -> str:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(problem.__traceback__)
        if path and frame.filename == str(path)
    ]
    if isinstance(problem, SyntaxError) and problem.filename == str(path):
        lines = [problem.lineno]
    where = f"{what}, line {lines[-1]}" if lines else what
    said = str(problem) or type(problem).__name__
    return f"The workflow {where} does not import: {type(problem).__name__}: {said}. Nothing ran."


def _workflow_in(module: ModuleType, reference: Reference) -> "Workflow":
    from workflows import Workflow

    if reference.attribute is None:
        candidates = [name for name in (FACTORY, INSTANCE) if hasattr(module, name)]
        candidates = candidates or [
            name for name, value in vars(module).items() if isinstance(value, Workflow)
        ]
        if not candidates:
            raise LoadError(
                f"{reference.text} has no workflow: it defines neither {FACTORY}() nor {INSTANCE}. "
                f"Name what to run, as in {reference.text}:NAME."
            )
        if len(candidates) > 1 and candidates != [FACTORY, INSTANCE]:
            raise LoadError(
                f"{reference.text} has several workflows; name one, as in {reference.text}:{candidates[0]}. "
                f"There are {', '.join(candidates)}."
            )
        attribute = candidates[0]
    else:
        attribute = reference.attribute
    found: Any = getattr(module, attribute, None)
    if found is not None and not isinstance(found, Workflow) and callable(found):
        found = _made(found, attribute, reference)
    if not isinstance(found, Workflow):
        raise LoadError(f"{attribute} in {reference.text} is not a workflow; nothing ran.")
    return found


def _made(factory: Any, attribute: str, reference: Reference) -> object:
    try:
        return factory()
    except HitlError:
        raise
    except Exception as problem:
        raise LoadError(
            f"{attribute}() in {reference.text} failed: {type(problem).__name__}: {problem}. Nothing ran."
        ) from problem
