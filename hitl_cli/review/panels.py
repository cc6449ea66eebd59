"""What is shown of a proposal and of a decision: values in, Rich renderables out.

`python -m hitl_cli.review.panels` shows them all.
"""

from pathlib import Path

from pygments.lexers.shell import BashLexer
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

from hitl_cli.review.visible import segments, suspicions, visible
from hitl_cli.session.decision import Proposal
from hitl_cli.shell import CommandResult

LABEL = "bold reverse yellow"
_COLOURS = Syntax("", BashLexer(stripnl=False, ensurenl=False), theme="ansi_dark")


def proposal_panel(
    proposal: Proposal, position: int, total: int, folder: Path, listed: RenderableType | None = None
) -> Panel:
    """Return the question whether `proposal`, number `position` of `total`, may run in `folder`.

    `listed` stands under the command: what else was found.
    """
    title = "Run this command?" + (f" ({position} of {total})" if total > 1 else "")
    lines, size = proposal.command.count("\n") + 1, len(proposal.command.encode("utf-8", "replace"))
    extent = f"{lines} lines, {size} bytes, " if lines > 1 or size > 200 else ""
    body: list[RenderableType] = [highlighted(proposal.command)]
    body += [Text(f"! {visible(reason)}", style="bold yellow") for reason in suspicions(proposal.command)]
    body.append(Text(f"{extent}in {shown_folder(folder)}", style="dim"))
    body += [listed] if listed else []
    return Panel(
        Group(*body),
        title=Text(title, style="bold"),
        title_align="left",
        border_style="cyan",
    )


def highlighted(command: str) -> Text:
    """Return `command` as it is, every unusual character as a label, coloured as shell code."""
    pieces = segments(command)
    shown = "".join(piece.shown for piece in pieces)
    text = _COLOURS.highlight(shown)
    text.right_crop(len(text.plain) - len(shown))
    if text.plain != shown:
        text = Text(shown)
    at = 0
    for piece in pieces:
        if piece.marked:
            text.stylize(LABEL, at, at + len(piece.shown))
        at += len(piece.shown)
    return text


def shown_folder(folder: Path) -> str:
    """Return `folder` as a person writes it, with `~` for the home folder."""
    home = Path.home()
    if folder.is_relative_to(home) and home != Path("/"):
        return visible(str(Path("~") / folder.relative_to(home)), single_line=True)
    return visible(str(folder), single_line=True)


def ran_line(result: CommandResult, edited: bool) -> Text:
    """Return the line that a command leaves behind."""
    if result.background is not None:
        return _record("↷ running", "cyan", result.command, ["edited"] * edited + [result.ending])
    good = result.exit_status == 0
    notes = ["edited"] if edited else []
    notes += [result.ending, f"{result.duration:.1f} s"]
    return _record("✓ ran" if good else "✗ ran", "green" if good else "red", result.command, notes)


def rejected_line(command: str, reason: str) -> Text:
    """Return the line that a rejected proposal leaves behind."""
    return _record("✗ rejected", "yellow", command, [visible(reason, single_line=True)] if reason else [])


def unused_line(command: str) -> Text:
    """Return the line of an approved command that the workflow did not run."""
    return _record("- approved", "yellow", command, ["not run by the workflow"])


def _record(mark: str, colour: str, command: str, notes: list[str]) -> Text:
    line = Text(mark, style=f"bold {colour}")
    line.append("  " + visible(command, single_line=True), style="default not bold")
    return line.append("".join(f" · {note}" for note in notes), style="dim not bold")


def _show_all() -> None:
    from rich.console import Console

    console = Console()
    folder = Path.home() / "project"
    plain = Proposal("1", "du -ah . | sort -rh | head -n 20")
    script = Proposal("2", 'for f in *.log; do\n  gzip -- "$f"\ndone\n')
    deceptive = Proposal("3", "ls \u202etxt.exe\u202c # \u0430pt")
    for position, proposal in enumerate((plain, script, deceptive), 1):
        console.print(proposal_panel(proposal, position, 3, folder))
    for status, edited in ((0, False), (1, True), (137, False)):
        console.print(ran_line(CommandResult(plain.command, status, 0.123, ""), edited))
    console.print(ran_line(CommandResult("sleep 100", 124, 5.0, "", time_limit=5.0), edited=False))
    console.print(rejected_line(script.command, "not the logs of today"))
    console.print(unused_line(plain.command))


if __name__ == "__main__":
    _show_all()
