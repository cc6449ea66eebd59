"""The fields that the steps of a workflow read from their start event without declaring them, as in `ev.topic`.

A field that is read only under a condition is not required: the step may come without it.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hitl_cli.text.python_code import syntax_tree

_REQUIRED: Any = ...
_HARMLESS = frozenset({"isinstance", "type", "bool", "id"})  # built-in functions that read no field
_GETTERS = frozenset({"get", "pop"})


@dataclass
class Reads:
    """The fields that are read, with their defaults (`...` if required).

    `is_open` says that others may be read that cannot be seen, because the event as a whole is passed on.
    """

    defaults: dict[str, Any] = field(default_factory=dict)
    is_open: bool = False

    def add(self, name: str, default: Any) -> None:
        """Note a read; a field that one place reads with a default is not required."""
        if self.defaults.get(name, _REQUIRED) is _REQUIRED:
            self.defaults[name] = default


def reads_of(step: Callable[..., Any], event: str, known: Callable[[str], bool]) -> Reads:
    """Return what `step` reads from its parameter `event`; `known` says which names are attributes of its classes."""
    reads = Reads()
    try:
        tree = syntax_tree(textwrap.dedent(inspect.getsource(inspect.unwrap(step))))
    except (OSError, TypeError, SyntaxError, ValueError):
        reads.is_open = True  # its code is not there
    else:
        _read(tree, event, reads, known)
    return reads


def _read(tree: ast.Module, event: str, reads: Reads, known: Callable[[str], bool]) -> None:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in _in_order(tree):
        if not isinstance(node, ast.Name) or node.id != event:
            continue
        match (parent := parents[node]), parents.get(parent):
            case ast.Attribute(attr=name), ast.Call(func=function) as call if (
                function is parent and name in _GETTERS
            ):
                _read_named(call.args[:1], call.args[1:], reads, None)
            case ast.Attribute(attr=name, ctx=ast.Load()), _:
                if not known(name):
                    reads.add(name, None if _is_conditional(parent, parents) else _REQUIRED)
                elif name in dir(dict) or name in ("to_dict", "dict"):
                    reads.is_open = True
            case ast.Attribute(), _:
                pass  # the step sets a field
            case ast.Subscript(slice=key), _:
                _read_named([key], [], reads, None if _is_conditional(parent, parents) else _REQUIRED)
            case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()]), _:
                reads.add(name, None)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, name_node, *default]), _:
                _read_named([name_node], default, reads, _REQUIRED)
            case ast.Call(func=ast.Name(id="hasattr"), args=[_, name_node]), _:
                _read_named([name_node], [], reads, None)
            case ast.Call(func=ast.Name(id=function)), _ if function in _HARMLESS:
                pass
            case _:
                reads.is_open = True


def _is_conditional(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether the function may end without coming to `node`; loops and early returns do not count."""
    while (parent := parents.get(node)) is not None:
        match parent:
            case ast.If(test=first) | ast.IfExp(test=first) | ast.BoolOp(values=[first, *_]) if (
                first is not node
            ):
                return True
            case ast.Try(handlers=[_, *_]) | ast.ExceptHandler() | ast.match_case():
                return True
        node = parent
    return False


def _read_named(names: list[ast.expr], defaults: list[ast.expr], reads: Reads, otherwise: Any) -> None:
    """Note a read by name; without a default in `defaults`, the default is `otherwise`."""
    match names:
        case [ast.Constant(value=str(name))]:
            reads.add(name, _value(defaults[0]) if defaults else otherwise)
        case _:
            reads.is_open = True


def _value(node: ast.expr) -> Any:
    """Return the value of a constant; None for anything else, whose value is not known."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _in_order(child)
