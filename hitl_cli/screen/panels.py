"""Panels and records: values in, Rich renderables out. `docs/panels.py` shows them all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.requests import CodeRequest, CommandRequest
from hitl_cli.screen.command_text import ChangedCode, NumberedCode, marked_changes
from hitl_cli.screen.themes import Theme
from hitl_cli.shell import CommandResult
from hitl_cli.text.amounts import counted
from hitl_cli.text.difference import changed_part
from hitl_cli.text.prose import printable
from hitl_cli.text.visible import segments, visible
from hitl_cli.text.wrapping import wrapped

_MAX_DIFFERENCE = 60
_MAX_COMMAND = 120  # columns: with the mark before it and the exit status after it, about two rows
_INDENT = "  "
_WORDS = re.compile(r"\s*(?:· )?\S+")
_LABEL_OR_CHARACTER = re.compile(r"⟦[^⟧]*⟧|.", re.DOTALL)
_MIN_FOLDER = 8  # columns of the folder on a very narrow screen
_MAX_FOLDER_ROWS = 3


def proposal_panel(
    proposal: CommandRequest,
    position: int,
    total: int,
    folder: Path,
    *,
    reasons: Sequence[str],
    extent: tuple[int, int],
    noted: Sequence[RenderableType] = (),
    edited: str | None = None,
    with_command: bool = True,
    listed: RenderableType | None = None,
    theme: Theme,
) -> RenderableType:
    """Return the question whether `proposal`, number `position` of `total`, may run in `folder`.

    `reasons` (warnings), `extent` (lines and bytes) and `noted` (what stands out) are those of the text on the line.
    With `edited`, the text on the line, the panel shows what was changed. `listed` is shown under the command: the
    alternatives. Without `with_command`, only the line shows the command. The folder is in the border or under a rule,
    where no line of a command can be.
    """
    command: RenderableType = NumberedCode(proposal.command, theme, proposal.language)
    note = ""
    if edited is not None and with_command:
        changes = marked_changes(proposal.command, edited)
        command = command if changes is None else ChangedCode(changes, theme)
        note = "edited below; this was proposed" if changes is None else "edited: [-deleted-] {+added+}"
    notes: list[RenderableType] = [Text(f"! {reason}", style=theme.warning) for reason in reasons]
    notes += noted
    notes += [Text(line, style=theme.warning) for line in changed_lines(proposal)]
    notes += [Text(line, style=theme.note) for line in delegation_lines(proposal)]
    notes += [listed] if listed else []
    return _ProposalPanel(
        command if with_command else None,
        notes,
        _titles(position, total, extent, note, noun_of(proposal)),
        place_of_proposal(proposal, folder),
        theme,
    )


@dataclass(frozen=True)
class _ProposalPanel:
    """A panel with the first of `titles` that fits, and the folder in its lower border if it fits."""

    command: RenderableType | None
    notes: Sequence[RenderableType]
    titles: Sequence[str]
    folder: str
    theme: Theme

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width - 6
        title = next((each for each in self.titles if cell_len(each) <= room), self.titles[-1])
        fits = cell_len(self.folder) <= room
        notes = [*self.notes, *([] if fits else [_folder_rows(self.folder, room + 2, self.theme)])]
        body = [self.command] if self.command else []
        if body and notes:
            body.append(Rule(style=self.theme.border))
        yield Panel(
            Group(*body, *notes),
            title=Text(title, style="bold"),
            title_align="left",
            subtitle=Text(self.folder, style=self.theme.note) if fits else None,
            subtitle_align="left",
            border_style=self.theme.border,
        )


def brief_heading(
    position: int,
    total: int,
    place: str,
    *,
    reasons: Sequence[str],
    extent: tuple[int, int],
    noun: str = "command",
    noted: str = "",
    changed: str = "",
    delegated: str = "",
    theme: Theme,
) -> RenderableType:
    """Return the question for a small screen: one line, and one more for each of the others."""
    notes = []
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        notes.append(f"! {reasons[0]}{more}")
    notes += [each for each in (noted, changed, delegated) if each]
    return _BriefHeading(_titles(position, total, extent, "", noun), place, notes, theme)


def noun_of(proposal: CommandRequest) -> str:
    """Return what a proposal is, in a word or two."""
    return "Python code" if isinstance(proposal, CodeRequest) else "command"


def place_of_proposal(proposal: CommandRequest, folder: Path) -> str:
    """Return where a proposal would run, as a phrase."""
    if not isinstance(proposal, CodeRequest):
        return f"in {shown_folder(folder)}"
    return f"by the workflow's executor ({visible(proposal.agent, single_line=True)}), without a guardian"


def changed_lines(proposal: CommandRequest) -> list[str]:
    """Return one line for each variable that earlier commands changed and that may affect `proposal`."""
    return [f"changed {visible(each, single_line=True)}" for each in proposal.changed]


def changed_in_brief(proposal: CommandRequest) -> str:
    """Return `changed_lines` as one line, with only the names if there is more than one variable."""
    if len(proposal.changed) < 2:
        return "".join(changed_lines(proposal))
    names = [each.partition(":")[0] for each in proposal.changed]
    return f"changed by earlier commands: {visible(', '.join(names), single_line=True)}"


RUN_BY_WORKFLOW = (
    "The workflow runs it, not hitl: no guardian, no record of its outcome, and it may run twice."
)
FIXED = "The workflow takes no other command: this one can only be approved or rejected as it is."


def delegation_lines(proposal: CommandRequest) -> list[str]:
    """Return what a person must know about a command that the workflow runs, one line each."""
    if proposal.delegation is None:
        return []
    return [RUN_BY_WORKFLOW, *([FIXED] if proposal.is_fixed else [])]


def delegation_in_brief(proposal: CommandRequest) -> str:
    """Return `delegation_lines` in a few words."""
    if proposal.delegation is None:
        return ""
    return f"the workflow runs it, not hitl{'; it cannot be edited' if proposal.is_fixed else ''}"


@dataclass(frozen=True)
class _BriefHeading:
    """The first of `titles` that leaves room for the folder; if none does, the folder is cut."""

    titles: Sequence[str]
    folder: str
    notes: Sequence[str]
    theme: Theme

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        fitting = (each for each in self.titles if cell_len(f"{each} · {self.folder}") <= room)
        title = next(fitting, self.titles[-1])
        folder = cut_within(self.folder, max(_MIN_FOLDER, room - cell_len(title) - 3))
        yield Text(f"{title} · {folder}", style="bold", no_wrap=True, overflow="ellipsis")
        for note in self.notes:
            yield Text(note, style=self.theme.warning, no_wrap=True, overflow="ellipsis")


def _titles(position: int, total: int, extent: tuple[int, int], edit: str, noun: str) -> tuple[str, ...]:
    """Return the title in several lengths, the longest first."""
    lines, size = extent
    place = f" ({position} of {total})" if total > 1 else ""
    short_place = f"{position}/{total} " if total > 1 else ""
    size_text = f"{counted(lines, 'line')}, {counted(size, 'byte')}"
    note = f" ({edit})" if edit else ""
    return (
        f"Run this {noun}?{place}{note} · {size_text}",
        f"Run?{place}{' edited' if edit else ''} · {size_text}",
        f"{short_place}{size_text}",
        f"{short_place}{counted(lines, 'line')}",
    )


def _folder_rows(folder: str, columns: int, theme: Theme) -> RenderableType:
    """Return a long folder in a few rows, indented more than anything else."""
    shown = cut_within(folder, _MAX_FOLDER_ROWS * max(_MIN_FOLDER, columns - 3))
    text = Text(shown[3:], style=theme.note, overflow="fold")
    table = Table.grid()
    table.add_column(width=3, style=theme.note)
    table.add_column()
    table.add_row(shown[:3], text)
    return table


def shown_folder(folder: Path) -> str:
    """Return `folder` with `~` for the home folder, and labels for unusual characters."""
    home = Path.home()
    if folder.is_relative_to(home) and home != Path("/"):
        return visible(str(Path("~") / folder.relative_to(home)), single_line=True)
    return visible(str(folder), single_line=True)


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


def print_sentence(console: Console, shown: str, style: str) -> None:
    """Print a sentence of the program, wrapped between words if `console` is a terminal."""
    columns = console.width if console.is_terminal else None
    console.print(Text(wrapped(shown, columns, len(_INDENT)), style=style), soft_wrap=True)


def brief(command: str, columns: int = _MAX_COMMAND) -> str:
    """Return `command` in one line, cut to `columns`, but never within a label."""
    shown = visible(command, single_line=True)
    if cell_len(shown) <= columns:
        return shown
    kept = ""
    for piece in segments(command, single_line=True):
        room = columns - 1 - cell_len(kept)
        if cell_len(piece.shown) > room:
            kept += "" if piece.marked else set_cell_size(piece.shown, room).rstrip()
            break
        kept += piece.shown
    return f"{kept}…"


def cut_within(shown: str, columns: int) -> str:
    """Return `shown`, a result of `visible`, cut in the middle to at most `columns`, but never within a label."""
    if cell_len(shown) <= columns:
        return shown
    pieces = _LABEL_OR_CHARACTER.findall(shown)
    room = columns - 1
    head: list[str] = []
    tail: list[str] = []
    while pieces:
        end = tail if sum(map(cell_len, tail)) <= sum(map(cell_len, head)) else head
        piece = pieces.pop(-1 if end is tail else 0)
        room -= cell_len(piece)
        if room < 0:
            break
        end.append(piece)
    return f"{''.join(head)}…{''.join(reversed(tail))}"


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
            if at + cells > columns and at > len(_INDENT):
                breaks.append(place)
                at = len(_INDENT)
            at += cells
        line = Text(f"\n{_INDENT}").join(self.command.divide(breaks))
        for note in self.notes:
            whole = f" · {note}"
            for piece in [whole] if cell_len(whole) <= columns else _WORDS.findall(whole):
                shown = piece
                if at + cell_len(piece) > columns:
                    line.append("\n")
                    shown, at = f"{_INDENT}{piece.lstrip()}", 0
                line.append(shown, style=self.style)
                at += cell_len(shown)
        yield line
