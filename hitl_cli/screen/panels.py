"""Panels of questions: values in, Rich renderables out. `docs/panels.py` shows them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hitl_cli.requests import CodeRequest, CommandRequest
from hitl_cli.screen.brief import cut_within, shown_folder
from hitl_cli.screen.command_text import ChangedCode, NumberedCode, marked_changes
from hitl_cli.screen.themes import Theme
from hitl_cli.text.amounts import counted
from hitl_cli.text.visible import visible

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
