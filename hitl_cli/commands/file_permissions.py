"""Makes the person's own files private, and reports files that are not."""

import os
from collections.abc import Iterator
from pathlib import Path

from hitl_cli import private
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.journal.store import CONTENT, Store
from hitl_cli.report import report


def open_journal(environment: Environment, store_class: type[Store]) -> Store:
    """Open the journal in the state folder with `store_class`; make the folder private and report if it was not.

    Raises:
        JournalError: It cannot be opened or made private.
    """
    before = private.exposure(environment.state_folder)
    store = store_class.open(environment.state_folder)
    if before is not None:
        report(f"{environment.state_folder} could be {before}. It is private now.")
    if note := foreign_home(environment):
        report(note)
    return store


def make_settings_private(environment: Environment) -> None:
    """Remove the permissions of other users from the program's own settings folder; report what they could change.

    Files that the person named or linked keep their permissions. So do files of other users: `private.read_settings`
    accepts only those of root.

    Raises:
        UsageError: The folder or a file in it cannot be made private.
    """
    folder = environment.settings_file.parent
    if not environment.has_own_settings_folder or not private.is_own(folder):
        return
    files = (environment.settings_file, environment.own_catalogue)
    try:
        before = private.make_folder(folder)
        if before is not None and "changed" in before:
            report(f"{folder} could be {before}. It is private now.")
        private.restrict_content(folder, [file.name for file in files if private.is_own(file)])
    except private.NotPrivateError as problem:
        raise UsageError(f"{problem} Nothing ran.") from problem
    except OSError:
        pass  # reading the settings reports the reason


def exposures(environment: Environment) -> Iterator[str]:
    """Yield what other users can do with the person's own files, and how to prevent it; change nothing."""
    folder = environment.state_folder
    for path in (folder, *(folder / name for name in CONTENT)):
        if (can := private.exposure(path)) and (path == folder or private.exposure(folder)):
            yield f"{path} can be {can}; hitl run makes it private"
    parents = {
        parent: None
        for path in (folder, environment.settings_file)
        for parent in private.exposed_parents(path)
        if parent != environment.settings_file.parent or not environment.has_own_settings_folder
    }
    for parent in parents:
        yield f"everybody can replace files in {parent}, including those of hitl. To prevent that: chmod o-w {parent}"
    if note := foreign_home(environment):
        yield note


def foreign_home(environment: Environment) -> str | None:
    """Return a warning if the program runs as root in the home of another user, else None."""
    home = environment.variables.get("HOME", "")
    try:
        owner = os.stat(home).st_uid
    except OSError:
        return None
    if os.geteuid() != 0 or owner == 0 or not environment.state_folder.is_relative_to(Path(home)):
        return None
    name = private.name_of(owner)
    return (
        f"hitl runs as root in the home of {name}, as with `sudo -E hitl`: its files in "
        f"{environment.state_folder} belong to root, and {name} cannot use them. "
        "Run it without sudo, or with `sudo -H`."
    )
