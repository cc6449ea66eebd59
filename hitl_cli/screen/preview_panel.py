"""The panel of a preview, and the differences that it found. Values in, Rich renderables or lines out."""

import difflib
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from hitl_cli.preview.changes import FileChange
from hitl_cli.preview.rows import SummaryRow
from hitl_cli.preview.summary import PreviewSummary
from hitl_cli.screen.themes import Theme
from hitl_cli.text.amounts import format_size
from hitl_cli.text.visible import visible

TITLE = "Preview: none of this has happened"
_MOST_DIFF = 200  # lines of one difference
_STYLES = {"deleted": "bad", "changed": "other", "moved": "other", "created": "good"}


def preview_panel(summary: PreviewSummary, theme: Theme) -> RenderableType:
    """Return the panel of a preview."""
    rows: list[RenderableType] = []
    for heading, group in _groups(summary.rows):
        rows += [Text(heading, style=theme.warning if heading != _HERE else "bold")] if heading else []
        rows += [_row(row, theme) for row in group]
    rows += [Text(line) for line in _counts(summary)]
    rows.append(Rule(style=theme.border))
    for line in _failure_lines(summary):
        indent = len(line) - len(line.lstrip())
        rows.append(Padding(Text(line.lstrip(), style=theme.warning), (0, 0, 0, indent)))
    rows += [Text(line, style=theme.note) for line in summary.limits]
    return Panel(
        Group(*rows),
        title=Text(TITLE, style="bold"),
        title_align="left",
        subtitle=Text(summary.ending, style=theme.note),
        subtitle_align="left",
        border_style=theme.border,
    )


def preview_lines(summary: PreviewSummary) -> Iterator[str]:
    """Yield the panel as plain lines."""
    yield f"{TITLE}."
    for heading, group in _groups(summary.rows):
        if heading:
            yield heading
        yield from (f"  {row.text}" for row in group)
    yield from _counts(summary)
    yield f"How it ended: {summary.ending}."
    yield from _failure_lines(summary)
    yield from summary.limits


def diff_of(changes: Sequence[FileChange], theme: Theme) -> Iterator[Text]:
    """Yield the differences of the changed and created texts, in colour; of other files, only their sizes."""
    for change in changes:
        if change.type != "file" or (change.new is None):
            continue
        name = visible(change.path, single_line=True)
        if change.after is None:
            if "content" in change.what or change.kind == "created":
                yield Text(
                    f"{name}: {format_size(change.new.size)}, not a text of at most 64 KB", style=theme.note
                )
            continue
        yield Text(name, style="bold")
        lines = list(
            difflib.unified_diff(
                (change.before or "").splitlines(), change.after.splitlines(), lineterm="", n=3
            )
        )[2:]
        for line in lines[:_MOST_DIFF]:
            style = {"+": theme.good, "-": theme.bad, "@": theme.note}.get(line[:1], "")
            yield Text(visible(line, single_line=True), style=style)
        if len(lines) > _MOST_DIFF:
            yield Text(
                f"{len(lines) - _MOST_DIFF:,} more lines; {_MOST_DIFF} are shown of a file", style=theme.note
            )


def has_diff(changes: Sequence[FileChange]) -> bool:
    """Return whether `diff_of` has something to show."""
    return any(change.after is not None or "content" in change.what for change in changes)


_OUTSIDE, _HERE = "Outside this folder", "In this folder"


def _groups(rows: Sequence[SummaryRow]) -> Iterator[tuple[str, list[SummaryRow]]]:
    """Yield the rows outside the folder and those in it, with a heading where there is something outside."""
    outside = [row for row in rows if row.is_outside]
    inside = [row for row in rows if not row.is_outside]
    if outside:
        yield _OUTSIDE, outside
    if inside:
        yield _HERE if outside else "", inside


def _row(row: SummaryRow, theme: Theme) -> Text:
    colour = getattr(theme, _STYLES[row.verb])
    text = Text.assemble((f"{row.verb:8}", colour), row.path)
    if row.detail:
        text.append(f" · {row.detail}", style=theme.note)
    if row.marks:
        text.append(f"  {', '.join(row.marks)}", style=theme.warning)
    return text


def _counts(summary: PreviewSummary) -> Iterator[str]:
    if not summary.rows:
        yield "It changed no file that a preview covers."
    elif summary.more:
        yield f"and {summary.more:,} more changes"


def _failure_lines(summary: PreviewSummary) -> Iterator[str]:
    if summary.hindrances:
        yield "It may have failed, or done less, because of the limits of a preview:"
        yield from (f"  {each}" for each in summary.hindrances)
