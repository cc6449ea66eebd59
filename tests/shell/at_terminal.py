"""Runs commands one after the other at the person's terminal, as a session does, but without a model or a question.

`python -m tests.shell.at_terminal RESULTS COMMAND...` writes each result to the file RESULTS as a line of JSON. The
variable TIME_LIMIT is the time limit in seconds.
"""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from hitl_cli.environment import Environment
from hitl_cli.errors import CommandStartError
from hitl_cli.screen.screen import TerminalScreen
from hitl_cli.screen.themes import DARK
from hitl_cli.shell import CommandResult, RunningCommand, Shell


class OnScreen:
    """Shows the commands that run on a screen, and nothing else."""

    def __init__(self, screen: TerminalScreen) -> None:
        self.screen = screen

    def command_started(self, running: RunningCommand, request_id: str | None) -> None:
        self.screen.command_started(running)

    def command_output(self, chunk: bytes) -> None:
        self.screen.command_output(chunk)

    def command_finished(self, result: CommandResult, request_id: str | None) -> None:
        self.screen.command_left()
        self.screen.command_finished(result, None)

    def background_ended(self, result: CommandResult) -> None: ...

    def leftover_printed(self, running: RunningCommand, text: str) -> None:
        self.screen.leftover_printed(running, text)


class _Reports:
    """Remembers nothing itself; the guardians write to `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def outcome(self, request_id: str | None) -> None: ...

    def report_of(self, request_id: str | None) -> Path:
        return self.file

    def starting(self, *details: object) -> None: ...

    def not_started(self, *details: object) -> None: ...

    def ended(self, *details: object) -> None: ...

    def left(self, *details: object) -> None: ...


async def main(results: Path, commands: list[str]) -> None:
    """Run `commands`, and keep what comes of each."""
    environment = Environment.from_process()
    terminal = environment.open_terminal()
    shell = Shell.of_process()
    shell.terminal = terminal
    shell.watcher = OnScreen(TerminalScreen(environment, terminal, DARK))
    shell.log_folder = environment.state_folder / "output"
    shell.ledger = _Reports(environment.folder / "report")
    shell.time_limit = float(os.environ["TIME_LIMIT"]) if "TIME_LIMIT" in os.environ else None
    try:
        for command in commands:
            print("ready", flush=True)
            try:
                kept = asdict(await shell.run(command))
            except CommandStartError as problem:
                kept = {"problem": str(problem)}
            kept["folder"] = str(shell.folder)
            with results.open("a") as file:
                file.write(json.dumps(kept) + "\n")
        print("done", flush=True)
        sys.stdin.readline()
    finally:
        await shell.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
