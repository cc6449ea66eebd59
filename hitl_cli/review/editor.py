"""The person's own editor, on a copy of the line."""

import asyncio
import shlex
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hitl_cli.environment import Terminal
from hitl_cli.review.echo import as_found
from hitl_cli.session.interrupts import Interrupts


class EditorError(Exception):
    """The editor could not be used; the line stays as it was. Its text is one sentence."""


def has_editor(variables: Mapping[str, str]) -> bool:
    """Whether there is an editor that can be started."""
    try:
        return shutil.which(editor_command(variables)[0]) is not None
    except EditorError:
        return False


def editor_command(variables: Mapping[str, str]) -> list[str]:
    """Return the words of `$VISUAL`, of `$EDITOR`, or of an editor that is there.

    Raises:
        EditorError: There is none.
    """
    for name in ("VISUAL", "EDITOR"):
        if variables.get(name, "").strip():
            try:
                words = shlex.split(variables[name])
            except ValueError as problem:
                raise EditorError(f"Invalid ${name} ({problem}); the line is as it was.") from None
            if words:
                return words
    for program in ("editor", "nano", "vi"):
        if shutil.which(program):
            return [program]
    raise EditorError("No editor was found; set VISUAL or EDITOR. The line is as it was.")


async def edited(
    text: str, terminal: Terminal, variables: Mapping[str, str], folder: Path, interrupts: Interrupts
) -> str:
    """Let the person edit `text` in their editor, on their terminal, and return what they saved.

    Line ends are those of Unix, and a byte order mark is left out. Ctrl-C meanwhile is for the editor alone.

    Raises:
        EditorError: The editor did not start, failed, or left something that is no text.
    """
    words = editor_command(variables)
    with tempfile.TemporaryDirectory(prefix="hitl-") as private:
        file = Path(private) / "command.sh"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            with as_found(terminal), interrupts.told_to(lambda: None):
                status = await _status_of([*words, str(file)], terminal, folder)
        except OSError as problem:
            raise EditorError(
                f"{words[0]} could not be started ({problem.strerror}); the line is as it was."
            ) from None
        if status == -signal.SIGINT:
            raise EditorError(f"{words[0]} was interrupted; the line is as it was.")
        if status != 0:
            raise EditorError(f"{words[0]} ended with status {status}; the line is as it was.")
        try:
            saved = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            raise EditorError("What the editor left is not text in UTF-8; the line is as it was.") from None
    if saved.endswith("\n") and not text.endswith("\n"):
        saved = saved[:-1]  # editors end a file with a line end
    return saved


async def _status_of(words: list[str], terminal: Terminal, folder: Path) -> int:
    """Run a program on the terminal, and return its status."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=terminal.input, stdout=terminal.output, stderr=terminal.output, cwd=folder
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
