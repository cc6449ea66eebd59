"""A command outside the edit line: in the person's editor, as a script file, on the clipboard."""

import asyncio
import base64
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hitl_cli.environment import Terminal
from hitl_cli.interrupts import Interrupts
from hitl_cli.terminal.echo import as_found


class EditorError(Exception):
    """The editor could not be used, and the line did not change; the text says so in one or two sentences."""


def has_editor(variables: Mapping[str, str]) -> bool:
    """Whether an editor is installed."""
    try:
        return shutil.which(editor_command(variables)[0]) is not None
    except EditorError:
        return False


def editor_command(variables: Mapping[str, str]) -> list[str]:
    """Return the words of `$VISUAL` or `$EDITOR`, or the first usual editor that is installed.

    Raises:
        EditorError: There is none.
    """
    for name in ("VISUAL", "EDITOR"):
        if variables.get(name, "").strip():
            try:
                words = shlex.split(variables[name])
            except ValueError as problem:
                raise EditorError(f"Invalid ${name} ({problem}); the line did not change.") from None
            if words:
                return words
    for program in ("editor", "nano", "vi"):
        if shutil.which(program):
            return [program]
    raise EditorError("No editor found; the line did not change. Set VISUAL or EDITOR.")


async def edited(
    text: str,
    terminal: Terminal,
    variables: Mapping[str, str],
    folder: Path,
    interrupts: Interrupts,
    name: str = "command.sh",
) -> str:
    """Let the person edit `text` in their editor, on their terminal, and return what they saved.

    The editor gets a file called `name`, from which it can tell the language.
    Line ends are converted to those of Unix, and a byte order mark is removed. Only the editor gets Ctrl-C.

    Raises:
        EditorError: The editor did not start or failed, or the saved file is not text.
    """
    words = editor_command(variables)
    with tempfile.TemporaryDirectory(prefix="hitl-") as private:
        file = Path(private) / name
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            with as_found(terminal), interrupts.handled_by(lambda: None):
                status = await _status_of([*words, str(file)], terminal, folder)
        except OSError as problem:
            raise EditorError(
                f"{words[0]} did not start ({problem.strerror}); the line did not change."
            ) from None
        if status == -signal.SIGINT:
            raise EditorError(f"{words[0]} was interrupted; the line did not change.")
        if status != 0:
            raise EditorError(f"{words[0]} ended with status {status}; the line did not change.")
        try:
            saved = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            raise EditorError("The edited file is not UTF-8 text; the line did not change.") from None
    if saved.endswith("\n") and not text.endswith("\n"):
        saved = saved[:-1]  # editors add a line end to the file
    return saved


async def _status_of(words: list[str], terminal: Terminal, folder: Path) -> int:
    """Run a program on the terminal and return its exit status."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=terminal.input, stdout=terminal.output, stderr=terminal.output, cwd=folder
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


class NotSavedError(Exception):
    """The file could not be written; the text says so in one sentence."""


def save_script(command: str, name: str, folder: Path) -> Path:
    """Write `command` to a new executable file `name`, relative to `folder`, and return its path.

    Raises:
        NotSavedError: The file exists already, or cannot be written.
    """
    path = folder / Path(name).expanduser()
    first = "" if command.startswith("#!") else "#!/usr/bin/env bash\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        with os.fdopen(descriptor, "wb") as file:
            file.write((first + command + ("" if command.endswith("\n") else "\n")).encode("utf-8"))
    except FileExistsError:
        raise NotSavedError(f"{path} exists already; nothing was saved.") from None
    except (OSError, UnicodeEncodeError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise NotSavedError(f"Cannot write {path} ({why}); nothing was saved.") from None
    return path


def copy_sequence(text: str) -> str:
    """Return the escape sequence (OSC 52) that makes a terminal copy `text` to its clipboard, encoded."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode('ascii')}\x07"
