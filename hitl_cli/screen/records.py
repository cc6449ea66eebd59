"""Records of what was decided and ran: values in, Rich renderables out. `docs/panels.py` shows them all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.screen.brief import INDENT, brief
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import CommandResult
from hitl_cli.text.difference import changed_part
from hitl_cli.text.prose import printable
from hitl_cli.text.visible import visible

_MAX_DIFFERENCE = 60
_WORDS = re.compile(r"\s*(?:· )?\S+")


def ran_line(
    result: CommandResult, proposed: str | None, theme: Theme, comment: str = "", *, named: bool = True
) -> RenderableType:
    """Return the record of a command that ran; what differs from the `proposed` text is underlined or quoted.

    `comment` is the person's comment from the approval. Unless `named`, the command is not repeated: the screen shows
    it above its output.
    """
    command, edit = _with_edit(result.command, proposed)
    seconds = [f"{result.duration:.1f} s"] if result.background is None and not result.unknown else []
    comments = [f"comment: {_one_line(comment)}"] if comment else []
    good = result.exit_status == 0
    colour = theme.good if good else theme.bad
    if result.background is None and not named:
        edited = [f"edited: {each}" for each in edit]
        ending = Text(result.ending, style="default not bold")
        return _record("✓" if good else "✗", colour, ending, [*seconds, *edited, *comments], theme, gap=" ")
    notes = [*["edited"] * bool(edit), result.ending, *seconds, *edit, *comments]
    if result.background is not None:
        return _record("↷ running", theme.border, command, notes, theme)
    return _record("✓ ran" if good else "✗ ran", colour, command, notes, theme)


def delegated_line(command: str, proposed: str, theme: Theme, comment: str = "") -> RenderableType:
    """Return the record of an approved command that the workflow runs; see `ran_line`."""
    text, edit = _with_edit(command, proposed)
    notes = [*["edited"] * bool(edit), "the workflow runs it", *edit]
    notes += [f"comment: {_one_line(comment)}"] if comment else []
    return _record("✓ approved", theme.other, text, notes, theme)


def _with_edit(command: str, proposed: str | None) -> tuple[Text, list[str]]:
    """Return a command with the part underlined that differs from what was `proposed`, and a note about that."""
    text = _command_text(command)
    if proposed is None or proposed == command:
        return text, []
    before, old, new, after = changed_part(proposed, command)
    if not before and not after:
        return text, [f"in place of {_cut(old)}"]
    start = len(visible(before, single_line=True))
    text.stylize("underline", start, start + len(visible(new, single_line=True)))
    return text, [_change(_cut(old), _cut(new))]


def called_line(called: CalledTool, theme: Theme) -> RenderableType:
    """Return the record of a call of a tool that ended."""
    notes = ["edited"] if called.text != called.proposed else []
    notes += [_one_line(called.ending), f"{called.duration:.1f} s"]
    verb = "ran" if called.is_code else "called"
    mark, colour = (f"✗ {verb}", theme.bad) if called.failed else (f"✓ {verb}", theme.good)
    return _record(mark, colour, _command_text(called.text), notes, theme)


def rejected_line(command: str, reason: str, theme: Theme) -> RenderableType:
    """Return the record of a rejected command."""
    notes = [_one_line(reason)] if reason else []
    return _record("✗ rejected", theme.other, _command_text(command), notes, theme)


def answered_line(command: str, answer: str, theme: Theme) -> RenderableType:
    """Return the record of a command that the person answered instead of running it."""
    return _record("- answered", theme.other, _command_text(command), [_one_line(answer)], theme)


def unused_line(command: str, theme: Theme) -> RenderableType:
    """Return the record of an approved command that the workflow did not run."""
    return _record("- approved", theme.other, _command_text(command), ["not run by the workflow"], theme)


def _change(old: str, new: str) -> str:
    if old and new:
        return f"{old} → {new}"
    return f"added: {new}" if new else f"deleted: {old}" if old else "blanks"


def _cut(text: str) -> str:
    return brief(text.strip(), _MAX_DIFFERENCE)


def _one_line(prose: str) -> str:
    return " ".join(printable(prose).split("\n"))


def _command_text(command: str) -> Text:
    return Text(brief(command), style="default not bold")


def _record(
    mark: str, colour: str, text: Text, notes: list[str], theme: Theme, *, gap: str = "  "
) -> RenderableType:
    return _Record(Text.assemble((mark, f"bold {colour}"), gap, text), notes, f"{theme.note} not bold")


@dataclass(frozen=True)
class _Record:
    """A command, wrapped anywhere, and notes, wrapped between words; further rows are indented."""

    command: Text
    notes: Sequence[str]
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = options.max_width
        if not console.is_terminal:
            yield Text.assemble(self.command, *((f" · {note}", self.style) for note in self.notes))
            return
        breaks, at = [], 0
        for place, char in enumerate(self.command.plain):
            cells = cell_len(char)
            if at + cells > columns and at > len(INDENT):
                breaks.append(place)
                at = len(INDENT)
            at += cells
        line = Text(f"\n{INDENT}").join(self.command.divide(breaks))
        for note in self.notes:
            whole = f" · {note}"
            for piece in [whole] if cell_len(whole) <= columns else _WORDS.findall(whole):
                shown = piece
                if at + cell_len(piece) > columns:
                    line.append("\n")
                    shown, at = f"{INDENT}{piece.lstrip()}", 0
                line.append(shown, style=self.style)
                at += cell_len(shown)
        yield line
