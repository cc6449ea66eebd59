"""Shows every panel and record: `python docs/panels.py [COLUMNS]`."""

import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from hitl_cli.approval.ledger import CalledTool
from hitl_cli.call_form import CallState
from hitl_cli.keys import ACTIONS
from hitl_cli.preview.changes import LIMITS, ChangeKind, EntryState, FileChange, Preview
from hitl_cli.preview.summary import summarized
from hitl_cli.prompt.call import call_panel
from hitl_cli.prompt.options import KeyMap
from hitl_cli.prompt.question_keys import help_pages
from hitl_cli.requests import CodeRequest, CommandRequest, ToolRequest
from hitl_cli.screen.brief import shown_folder
from hitl_cli.screen.panels import brief_heading, proposal_panel
from hitl_cli.screen.preview_panel import diff_of, preview_panel
from hitl_cli.screen.records import answered_line, called_line, ran_line, rejected_line, unused_line
from hitl_cli.screen.themes import DARK
from hitl_cli.shell import CommandResult
from hitl_cli.text.visible import suspicions


def show(width: int | None) -> None:
    """Print them all, `width` columns wide, or as wide as the terminal is."""
    console = Console(width=width, highlight=False)
    folder = Path.home() / "project"
    plain = CommandRequest("1", "du -ah . | sort -rh | head -n 20")
    script = CommandRequest("2", 'for f in *.log; do\n  gzip -- "$f"\ndone\n')
    deceptive = CommandRequest("3", "ls \u202etxt.exe\u202c # \u0430pt")
    wide = CommandRequest("4", "grep -r '日本語' docs | wc -l  # 🎉")
    shown = (plain, script, deceptive, wide)
    for position, proposal in enumerate(shown, 1):
        reasons = suspicions(proposal.command)
        extent = (proposal.command.count("\n") + 1, len(proposal.command.encode()))
        console.print(
            proposal_panel(proposal, position, len(shown), folder, reasons=reasons, extent=extent, theme=DARK)
        )
    console.print(
        proposal_panel(
            plain,
            1,
            1,
            folder,
            reasons=[],
            extent=(1, 5),
            edited="du -ah . | sort -h | head -n 5",
            theme=DARK,
        )
    )
    console.print(
        proposal_panel(plain, 1, 1, folder, reasons=[], extent=(500, 9000), with_command=False, theme=DARK)
    )
    console.print(
        brief_heading(
            2, 3, f"in {shown_folder(folder)}", reasons=["one", "two"], extent=(12, 345), theme=DARK
        )
    )
    code = CodeRequest("1", "import shutil\nshutil.rmtree('build')\nprint('done')", agent="coder")
    console.print(proposal_panel(code, 1, 1, folder, reasons=[], extent=(3, 52), theme=DARK))
    call = ToolRequest("1", "delete_file", "assistant", "Delete a file.", {"path": "a.txt", "force": True})
    console.print(call_panel(CallState(call), 1, 2, DARK))
    for page in help_pages(KeyMap(ACTIONS, {}), console.width, 23):
        console.print(page)
    for status, proposed in ((0, None), (1, "du -ah /home | sort -rh | head -n 20"), (137, None)):
        console.print(ran_line(CommandResult(plain.command, status, 0.123, ""), proposed, DARK))
    console.print(ran_line(CommandResult("sleep 100", 124, 5.0, "", time_limit=5.0), None, DARK))
    for called in (
        CalledTool(call.text, call.text, "", False, "returned", 0.1),
        CalledTool(call.text, 'delete_file {"path": "b.txt"}', "", True, "failed: no such file", 0.1),
        CalledTool(code.command, code.command, "", False, "returned", 0.1, is_code=True),
    ):
        console.print(called_line(called, DARK))
    console.print(rejected_line(script.command, "not the logs of today", DARK))
    console.print(answered_line(plain.command, "the biggest is /var", DARK))
    console.print(unused_line(plain.command, DARK))
    preview = _preview(folder)
    console.print(preview_panel(summarized(preview, str(folder), str(folder.parent), is_root=False), DARK))
    for each in diff_of(preview.changes, DARK):
        console.print(each)


def _preview(folder: Path) -> Preview:
    """Return a preview of a command that changed much."""
    file, large = EntryState("file", 0o644, 1000, 1000, 340), EntryState("file", 0o644, 1000, 1000, 7 << 20)
    place = EntryState("folder", 0o755, 1000, 1000, 4096)
    text = FileChange(ChangeKind.CHANGED, f"{folder}/app.conf", file, file, ("content",))
    return Preview(
        "./clean.sh",
        1,
        "",
        (
            FileChange(
                ChangeKind.DELETED, f"{folder}/build", place, None, files=1234, folders=9, bytes=2 << 30
            ),
            FileChange(ChangeKind.DELETED, f"{folder.parent}/.ssh/id_ed25519", file, None),
            replace(text, before="host = a\nport = 8080\n", after="host = a\nport = 80\n"),
            FileChange(ChangeKind.CHANGED, f"{folder}/run", file, replace(file, mode=0o755), ("mode",)),
            FileChange(ChangeKind.MOVED, f"{folder}/old.log", file, file, source=f"{folder}/new.log"),
            FileChange(ChangeKind.CREATED, f"{folder}/data.bin", None, large),
        ),
        more=(),
        network=2,
        services=0,
        sockets=("/run/docker.sock",),
        is_full=False,
        limits=LIMITS.within(16 << 30),
        output_omitted=0,
        uncovered=(("/mnt/share", "nfs4"),),
        duration=0.2,
        output="",
    )


if __name__ == "__main__":
    show(int(sys.argv[1]) if sys.argv[1:] else None)
