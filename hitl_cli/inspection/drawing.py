"""A workflow drawn as a tree of steps and events, with tables for its start fields and tools."""

from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from hitl_cli.inspection.structure import Structure
from hitl_cli.text.prose import printable
from hitl_cli.text.wrapping import columns_of

_COLUMNS = 100  # where there is no terminal
_ASKED, _END = "a person is asked", "the end"
_AGAIN = "(as above)"


def draw(structure: Structure, title: str, stream: TextIO) -> None:
    """Write `structure` to `stream`, as wide as the terminal; `title` says how the workflow was named."""
    console = Console(
        file=stream, width=columns_of(stream) or _COLUMNS, highlight=False, markup=False, emoji=False
    )
    with console.capture() as drawn:
        console.print(_text(f"{structure.name}  {title}", "bold"))
        for heading, part in _parts(structure):
            console.print()
            console.print(_text(heading, "bold"))
            console.print(Padding(part, (0, 0, 0, 2)))
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()), file=stream, flush=True)


def _parts(structure: Structure) -> list[tuple[str, RenderableType]]:
    parts: list[tuple[str, RenderableType]] = [("Steps and events", _Graph(structure).tree())]
    parts.append(("Start fields", _start(structure)))
    if structure.asks or structure.tools:
        parts.append(("Questions and tools", _questions(structure)))
    warnings: RenderableType = _text("none found")
    if structure.traps:
        table = _table()
        for trap in structure.traps:
            table.add_row(_text(trap.place, "yellow"), _text(trap.problem))
        warnings = table
    return [*parts, ("Warnings", warnings)]


class _Graph:
    """Draws steps and events as a tree from the start event; what comes again is drawn once."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._steps = {step.name: step for step in structure.steps}
        self._waiting = {each.function for each in structure.asks}
        self._drawn: set[str] = set()

    def tree(self) -> Group:
        """Return the tree; a step that the start event does not lead to is drawn after it."""
        trees = [Tree(_text(self._structure.start_event))]
        self._draw_event(self._structure.start_event, trees[0])
        for name in self._steps:
            if name not in self._drawn:
                tree = Tree(_text(" or ".join(self._steps[name].takes)))
                self._draw_step(name, tree)
                trees.append(tree)
        return Group(*trees)

    def _draw_event(self, event: str, tree: Tree) -> None:
        taking = [step for step in self._steps.values() if event in step.takes]
        for step in taking:
            self._draw_step(step.name, tree)
        if event in self._structure.questions and not taking:
            answered = tree.add(_text("the person answers", "magenta"))
            for answer in self._structure.answers:
                self._draw_event(answer, answered.add(_text(answer)))

    def _draw_step(self, name: str, tree: Tree) -> None:
        step = self._steps[name]
        label = _text(name, "bold cyan")
        label.no_wrap = True
        if name in self._drawn:
            label.append(f"  {_AGAIN}", "italic")
            tree.add(label)
            return
        self._drawn.add(name)
        if name in self._waiting:
            label.append(f"  {_ASKED}", "magenta")
        if step.summary:
            label.append_text(_text(f"  {step.summary}", "italic"))
        branch = tree.add(label)
        for event in step.returns:
            label = _text(event)
            if event in self._structure.questions:
                label.append(f"  {_ASKED}", "magenta")
            elif event in self._structure.ends:
                label.append(f"  {_END}", "italic")
            self._draw_event(event, branch.add(label))


def _start(structure: Structure) -> RenderableType:
    table = _table()
    for field in structure.start_fields:
        default = "required" if field.default is None else f"default {field.default}"
        table.add_row(*(_text(each) for each in (field.name, field.type, default, field.description)))
    if structure.takes_other_fields:
        return Group(table, _text("Its steps may use other fields, too."))
    return table if structure.start_fields else _text("none: the workflow does not use a request")


def _questions(structure: Structure) -> RenderableType:
    table = _table()
    for each in structure.asks:
        asked = f"asks with {each.question}" if each.question else "waits for an event"
        answer = f"answered by {each.answer}" if each.answer else ""
        table.add_row(
            _text(each.function, "bold cyan"), _text(f"{each.file}:{each.line}"), _text(f"{asked}, {answer}")
        )
    for tool in structure.tools:
        said = "asks a person" if tool.asks else "acts by itself: its code asks nobody"
        said = "runs code that the model wrote; hitl asks before that" if tool.runs_code else said
        table.add_row(_text(tool.name, "bold cyan"), _text(f"tool of {tool.agent}"), _text(said))
    return table


def _table() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0))


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style, overflow="ellipsis")
