"""Where an author's code asks a person, and mistakes in it that only show when a run is paused.

The code is read from its syntax tree; each rule follows from what the engine does when a wait ends: it runs the
function again from its first line, and gives an answer to every wait of its type whose requirements it meets.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hitl_cli.loading.outline import last_name

_WAIT = "wait_for_event"
_ASKS = (_WAIT, "ask_command")
_IDS = frozenset({"uuid1", "uuid4", "uuid6", "uuid7", "token_hex", "token_urlsafe", "token_bytes"})
_CHANGING = (
    _IDS
    | {"random", "randint", "randrange", "getrandbits"}
    | {"time", "time_ns", "monotonic", "perf_counter", "now", "utcnow"}
)
_BROAD = ("Exception", "BaseException")
_PAUSE = "WaitingForEvent"
_WAIT_SECONDS = 2000
_AGENTS = ("AgentWorkflow", "FunctionAgent", "ReActAgent", "CodeActAgent", "FunctionTool")


@dataclass(frozen=True)
class Trap:
    """A mistake: where it is, as in `flow.py:7 in ask`, and what happens because of it."""

    place: str
    problem: str


@dataclass(frozen=True)
class Asking:
    """A function that waits for a person's answer: the classes of its question and of the answer, where known."""

    file: str
    line: int
    function: str
    question: str
    answer: str


@dataclass(frozen=True)
class _Function:
    file: str
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def is_step(self) -> bool:
        return any(_name(each) == "step" for each in self.node.decorator_list)

    def own(self) -> Iterator[ast.AST]:
        """Yield the nodes of the function, without those of functions within it."""
        waiting: list[ast.AST] = list(self.node.body)
        while waiting:
            node = waiting.pop(0)
            yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                waiting[:0] = ast.iter_child_nodes(node)

    def place(self, line: int) -> str:
        return f"{self.file}:{line} in {self.node.name}"


def asking(file: str, tree: ast.Module) -> list[Asking]:
    """Return where the functions of a file wait for a person."""
    return [
        Asking(file, call.lineno, function.node.name, _question(call), _answer(call))
        for function in _functions(file, tree)
        for call in _calls(function.own(), _ASKS)
    ]


def traps(file: str, tree: ast.Module) -> list[Trap]:
    """Return the mistakes in a file."""
    functions = list(_functions(file, tree))
    found = [trap for function in functions for trap in _traps_of(function)]
    return list(_future_annotations(file, tree, functions)) + found


def _traps_of(function: _Function) -> Iterator[Trap]:
    waits = list(_calls(function.own(), _ASKS))
    if not waits:
        return
    for wait in waits:
        if changing := _changing_argument(function, wait):
            yield Trap(
                function.place(wait.lineno),
                f"{changing}() gives another value when the engine runs the function again after the wait, so the "
                "answer finds nobody and the question comes again. Use an id that stays the same: "
                "current_request_id(), or one from the event.",
            )
        if _name(wait.func) == _WAIT:
            yield from _traps_of_wait(function, wait)
    for node in function.own():
        if handler := _broad_handler(node):
            inside = [each for part in node.body for each in ast.walk(part)]  # type: ignore[attr-defined]
            if any(True for _ in _calls(inside, _ASKS)):
                yield Trap(
                    function.place(handler.lineno),
                    f"{_caught(handler)} around a wait catches the pause itself, which is an exception: "
                    "nobody is asked. Catch only what you expect, or wait outside of the try.",
                )


def _traps_of_wait(function: _Function, wait: ast.Call) -> Iterator[Trap]:
    given = {each.arg: each.value for each in wait.keywords}
    limit = given.get("timeout")
    if None in given:
        return
    seconds = _WAIT_SECONDS if limit is None else limit.value if isinstance(limit, ast.Constant) else None
    if isinstance(seconds, int | float):
        default = " (the default)" if limit is None else ""
        yield Trap(
            function.place(wait.lineno),
            f"The wait ends after {seconds:g} s{default}; a person may take longer. Pass timeout=None.",
        )
    if "requirements" not in given and not function.is_step:
        yield Trap(
            function.place(wait.lineno),
            "The wait has no requirements: one answer ends every open wait for its type, also those of other calls "
            "of this tool. Pass requirements with an id that the answer repeats.",
        )


def _changing_argument(function: _Function, wait: ast.Call) -> str | None:
    """Return the name of a call whose value differs each time, if the address of the answer depends on it."""
    tainted: dict[str, str] = {}
    for node in function.own():
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) or node.value is None:
            continue
        if source := _changing(node.value, tainted):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            tainted |= {each.id: source for each in targets if isinstance(each, ast.Name)}
    for argument in wait.keywords:
        source = _changing(argument.value, tainted)
        if source and (argument.arg in ("waiter_id", "requirements") or source in _IDS):
            return source
    return None


def _changing(value: ast.expr, tainted: dict[str, str]) -> str | None:
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in _CHANGING:
            return name
        if isinstance(node, ast.Name) and node.id in tainted:
            return tainted[node.id]
    return None


def _broad_handler(node: ast.AST) -> ast.ExceptHandler | ast.With | ast.AsyncWith | None:
    """Return what catches every exception in a block, unless it lets the pause of a wait through."""
    match node:
        case ast.Try():
            for handler in node.handlers:
                names = _names_in(handler.type)
                if _PAUSE in names:
                    return None
                if handler.type is None or not names.isdisjoint(_BROAD):
                    raises = any(
                        isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(handler)
                    )
                    return None if raises else handler
        case ast.With() | ast.AsyncWith():
            calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
            suppressed = {
                _name(each) for call in calls if _name(call.func) == "suppress" for each in call.args
            }
            if not suppressed.isdisjoint(_BROAD):
                return node
    return None


def _caught(handler: ast.ExceptHandler | ast.With | ast.AsyncWith) -> str:
    if not isinstance(handler, ast.ExceptHandler):
        return "suppress(Exception)"
    return f"except {ast.unparse(handler.type)}" if handler.type is not None else "except"


def _future_annotations(file: str, tree: ast.Module, functions: Iterable[_Function]) -> Iterator[Trap]:
    line = next(
        (
            node.lineno
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(each.name == "annotations" for each in node.names)
        ),
        None,
    )
    if line is None:
        return
    has_agents = any(isinstance(each, ast.alias) and each.name in _AGENTS for each in ast.walk(tree))
    tools = [
        each.node.name
        for each in functions
        if not each.is_step
        and any(_name(one.annotation) == "Context" for one in each.node.args.args)
        and (has_agents or any(True for _ in _calls(each.own(), _ASKS)))
    ]
    if tools:
        yield Trap(
            f"{file}:{line}",
            f"With `from __future__ import annotations` the engine cannot see that {', '.join(tools)} takes a "
            "Context, so it cannot be a tool. Remove the import.",
        )


def _functions(file: str, tree: ast.Module) -> Iterator[_Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _Function(file, node)


def _calls(nodes: Iterable[ast.AST], names: Iterable[str]) -> Iterator[ast.Call]:
    """Yield the calls of functions with these names."""
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node.func) in names:
            yield node


def _question(call: ast.Call) -> str:
    value = next((each.value for each in call.keywords if each.arg == "waiter_event"), None)
    if _name(call.func) != _WAIT:
        return "CommandInputEvent"
    return _name(value.func) if isinstance(value, ast.Call) else ""


def _answer(call: ast.Call) -> str:
    if _name(call.func) != _WAIT:
        return "CommandResponseEvent"
    first = call.args[0] if call.args else None
    return _name(next((each.value for each in call.keywords if each.arg == "event_type"), first))


def _names_in(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Tuple):
        return {_name(each) for each in node.elts}
    return {_name(node)} if node is not None else set()


def _name(node: ast.expr | None) -> str:
    """Return the `last_name` of `node` or of what it calls, empty if there is none."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return last_name(node) if node is not None else ""
