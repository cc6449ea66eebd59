"""What a workflow file offers, read from its source: nothing of it is imported."""

import ast
from dataclasses import dataclass

from hitl_cli.text.python_code import syntax_tree

FACTORY, INSTANCE = "create_workflow", "workflow"
"""The names that are taken before all others."""

_AGENTS = ("AgentWorkflow", "FunctionAgent", "ReActAgent", "CodeActAgent")
_MAKERS = ("from_tools_or_functions",)
_LONGEST_SUMMARY = 200


@dataclass(frozen=True)
class Outline:
    """What a file says of itself: the `summary` is the first line of its docstring.

    `names` are what can be named after its path, in the order of the file. `default` is what is run without a name,
    or None where one must be given.
    """

    summary: str
    names: tuple[str, ...]
    default: str | None


def outline(source: bytes) -> Outline | None:
    """Return what a file with this `source` offers; None where that is no workflow, or no Python."""
    tree = parsed(source)
    if tree is None:
        return None
    defined = _Definitions(tree)
    names = defined.conventional or defined.instances or defined.factories or defined.classes
    if not names:
        return None
    default = names[0] if len(names) == 1 or defined.conventional else None
    return Outline(_summary(tree), tuple(names), default)


def parsed(source: bytes) -> ast.Module | None:
    """Return the syntax tree of `source`, or None where it has none."""
    try:
        return syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: it is nested too deeply
        return None


class _Definitions:
    """The workflows that a module defines at its top level, as far as that can be seen."""

    def __init__(self, tree: ast.Module) -> None:
        self.conventional: list[str] = []
        self.instances: list[str] = []
        self.factories: list[str] = []
        self._bases: dict[str, list[str]] = {}
        assigned: list[tuple[str, ast.expr | None]] = []
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        for node in _statements(tree.body):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    functions.append(node)
                case ast.ClassDef():
                    self._bases[node.name] = [last_name(base) for base in node.bases]
                case ast.Assign():
                    assigned += [(each.id, node.value) for each in node.targets if isinstance(each, ast.Name)]
                case ast.AnnAssign(target=ast.Name(id=name)):
                    assigned.append((name, node.value))
        all_names = {name for name, _ in assigned} | {each.name for each in functions}
        self.conventional = [name for name in (FACTORY, INSTANCE) if name in all_names]
        for name, value in assigned:
            if isinstance(value, ast.Call) and self._makes_workflow(value) and name not in self.instances:
                self.instances.append(name)
        used = {
            each.id
            for _, value in assigned
            if isinstance(value, ast.Call) and last_name(value.func) in (*_MAKERS, "AgentWorkflow")
            for each in ast.walk(value)
            if isinstance(each, ast.Name)
        }
        self.instances = [name for name in self.instances if name not in used] or self.instances
        self.factories = [
            each.name
            for each in functions
            if each.returns is not None and self._is_workflow(last_name(each.returns)) and not _required(each)
        ]

    @property
    def classes(self) -> list[str]:
        """The workflow classes that no other one extends."""
        extended = {base for bases in self._bases.values() for base in bases}
        return [name for name in self._bases if self._is_workflow(name) and name not in extended]

    def _makes_workflow(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _MAKERS:
            return True
        return self._is_workflow(last_name(call.func))

    def _is_workflow(self, name: str, depth: int = 0) -> bool:
        if name in self._bases:
            return depth < len(self._bases) and any(
                self._is_workflow(base, depth + 1) for base in self._bases[name]
            )
        return name in _AGENTS or name.endswith("Workflow")


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a module, and those within `if` and `try`, but not those of a script."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if (isinstance(node, ast.If) and "__main__" not in ast.dump(node.test)) or isinstance(node, ast.Try):
            found += [*node.body, *node.orelse]
    return found


def last_name(node: ast.expr) -> str:
    """Return `C` of `C`, `a.b.C`, `C[T]` and `"C"`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last_name(value)
        case ast.Constant(value=str(text)):
            return text.rpartition(".")[2]
    return ""


def _required(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has parameters without a default."""
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or any(each is None for each in arguments.kw_defaults)


def _summary(tree: ast.Module) -> str:
    line = (ast.get_docstring(tree) or "").partition("\n")[0]
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[: _LONGEST_SUMMARY - 1]}…"
