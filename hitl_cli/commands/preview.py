"""`hitl preview`: runs a command on copies of all files, and shows what it would change."""

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path

from rich.console import Console

from hitl_cli.environment import Environment
from hitl_cli.errors import ExitStatus, UsageError
from hitl_cli.preview.changes import LIMITS, Preview, PreviewLimits
from hitl_cli.preview.runner import Previewer
from hitl_cli.preview.summary import summarized
from hitl_cli.screen.preview_output import PreviewOutput
from hitl_cli.screen.preview_panel import diff_of, preview_lines, preview_panel
from hitl_cli.screen.themes import theme_of
from hitl_cli.settings import Settings, withheld
from hitl_cli.shell_program import shell_program
from hitl_cli.text.visible import refusal
from hitl_cli.text.wrapping import columns_of, wrapped


def preview_command(
    environment: Environment, command: str, *, as_json: bool, with_diff: bool, time_limit: float | None
) -> int:
    """Preview `command`, print what it would change, and return the exit status.

    Raises:
        UsageError: The command is one that hitl never offers to run.
        PreviewError: Previews do not work on this system.
    """
    if reason := refusal(command):
        raise UsageError(f"{reason} Nothing ran.")
    folder, home = environment.folder, environment.variables.get("HOME", "/")
    console = Console(file=environment.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    previewer = Previewer(
        shell_program(environment.variables),
        folder,
        withheld(environment.variables),
        home,
        LIMITS if time_limit is None else PreviewLimits(time_limit),
    )
    output = PreviewOutput(lambda line: None if as_json else console.print(line))
    preview = asyncio.run(_stoppable(previewer, command, output))
    if as_json:
        console.print(json.dumps(preview.as_json(), indent=2))
    else:
        _show(environment, console, preview, folder, home, with_diff=with_diff)
    return ExitStatus.INTERRUPTED if preview.stopped == "person" else ExitStatus.FINISHED


async def _stoppable(previewer: Previewer, command: str, output: PreviewOutput) -> Preview:
    """Preview a command; Ctrl-C ends it, and what it changed until then is returned."""
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    try:
        return await previewer.run(command, output.add, stop)
    finally:
        output.end()


def _show(
    environment: Environment, console: Console, preview: Preview, folder: Path, home: str, *, with_diff: bool
) -> None:
    settings, _ = Settings.usable(environment)
    theme = theme_of(settings.theme.value, environment.variables)
    summary = summarized(preview, str(folder), home, is_root=os.getuid() == 0)
    columns = columns_of(environment.stdout)
    if columns is None or settings.plain.value or environment.has_dumb_terminal:
        for line in preview_lines(summary):
            console.print(wrapped(line, columns, 2))
    else:
        console.print(preview_panel(summary, theme), soft_wrap=False)
    if with_diff:
        for each in diff_of(preview.changes, theme):
            console.print(each)
