"""Whether the person's own files are private, and what is done or said where they are not."""

import os
from collections.abc import Iterator
from pathlib import Path

from hitl_cli import private
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.journal.store import CONTENT, Store
from hitl_cli.report import report


def open_journal(environment: Environment, store_class: type[Store]) -> Store:
    """Open the journal in the state folder with `store_class`, make the folder private, and report if it was not.

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
    """Take the rights of others on the program's own folder of settings away, and report what they could change.

    What the person named or linked stays as it is, and so does what belongs to somebody else: who reads that trusts
    only root.

    Raises:
        UsageError: Something there cannot be made private.
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
        pass  # who reads the settings says why


def exposures(environment: Environment) -> Iterator[str]:
    """Yield what others can do with the person's own files, and what ends that; nothing is changed."""
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
        yield f"everybody can replace what is in {parent}, and so what hitl keeps below it: chmod o-w {parent}"
    if note := foreign_home(environment):
        yield note


def foreign_home(environment: Environment) -> str | None:
    """Return what follows from running as root in the home of somebody else; None where that is not so."""
    home = environment.variables.get("HOME", "")
    try:
        owner = os.stat(home).st_uid
    except OSError:
        return None
    if os.geteuid() != 0 or owner == 0 or not environment.state_folder.is_relative_to(Path(home)):
        return None
    name = private.name_of(owner)
    return (
        f"hitl runs as root in the home of {name}, as with `sudo -E hitl`: what it keeps in "
        f"{environment.state_folder} belongs to root, and {name} cannot use it. "
        "Run it without sudo, or with `sudo -H`."
    )
