"""A command, saved as a script file."""

import os
from pathlib import Path


class NotSavedError(Exception):
    """The file could not be written; its text is one sentence."""


def save_script(command: str, name: str, folder: Path) -> Path:
    """Write `command` into a new executable file `name`, relative to `folder`, and return its path.

    Raises:
        NotSavedError: There is such a file already, or it cannot be written.
    """
    path = folder / Path(name).expanduser()
    first = "" if command.startswith("#!") else "#!/usr/bin/env bash\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        with os.fdopen(descriptor, "wb") as file:
            file.write((first + command + ("" if command.endswith("\n") else "\n")).encode("utf-8"))
    except FileExistsError:
        raise NotSavedError(f"{path} exists, and was left as it is; nothing was saved.") from None
    except (OSError, UnicodeEncodeError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise NotSavedError(f"{path} could not be written ({why}); nothing was saved.") from None
    return path
