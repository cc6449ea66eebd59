"""The folder and the variables that the commands of a session had left to the next one."""

from pathlib import Path

from hitl_cli.journal.stored import StoredSession
from hitl_cli.shell import Shell


def restore(shell: Shell, stored: StoredSession) -> str:
    """Put `shell` where the commands of `stored` had left it, and return what of that is lost, or the empty text."""
    if stored.shell_folder is None:
        return ""
    variables = dict(shell.variables)
    for name in stored.shell_variables.removed:
        variables.pop(name, None)
    shell.variables = variables | stored.shell_variables.changed
    notes = []
    if Path(stored.shell_folder).is_dir():
        shell.folder = Path(stored.shell_folder)
    else:
        notes.append(f"the folder {stored.shell_folder} is gone, commands run in {shell.folder}")
    if lost := stored.shell_variables.lost:
        notes.append(f"secret variables were not stored: {', '.join(lost)}")
    return "; ".join(notes)
