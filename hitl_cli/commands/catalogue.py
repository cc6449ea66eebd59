"""`hitl catalogue`: search, list, add to and check the offline catalogue."""

from pathlib import Path

from hitl_cli import private, system
from hitl_cli.catalogue import entry_files
from hitl_cli.catalogue.entry import Entry
from hitl_cli.catalogue.entry_files import read_entries
from hitl_cli.catalogue.index import BUNDLED
from hitl_cli.catalogue.search import Candidate, Catalogue, SearchResult
from hitl_cli.catalogue.workspace import Workspace
from hitl_cli.environment import Environment
from hitl_cli.errors import UsageError
from hitl_cli.report import report


def search(environment: Environment, request: str) -> SearchResult:
    """Return the matches for `request`; invalid entries are reported on standard error."""
    catalogue = Catalogue(environment.cache_folder, environment.own_catalogue)
    for broken in catalogue.index.broken:
        report(f"Skipped an invalid entry of the catalogue: {broken}")
    return catalogue.search(request, Workspace(environment.folder, environment.variables.get("PATH")))


def as_values(candidate: Candidate) -> dict[str, object]:
    """Return a candidate as JSON values."""
    return {
        "command": candidate.command,
        "description": candidate.description,
        "score": candidate.score,
        "unfilled": list(candidate.unfilled),
        "changes": candidate.changes,
        "id": candidate.entry,
    }


def entries(environment: Environment) -> list[Entry]:
    """Return all valid entries, the person's own first."""
    return Catalogue(environment.cache_folder, environment.own_catalogue).index.entries()


def add(environment: Environment, task: str, command: str, changes: bool) -> Entry:
    """Add an entry to the person's own file.

    Raises:
        UsageError: The entry is invalid, or the file cannot be written.
    """
    try:
        f"{task} {command}".encode()
    except UnicodeEncodeError as problem:
        raise UsageError("The entry is not valid UTF-8; nothing was added.") from problem
    if complaint := entry_files.syntax_error(command):
        raise UsageError(f"The command is not valid bash ({complaint}); nothing was added.")
    if "{{" in command:
        raise UsageError(
            f"A command with slots needs their kinds; nothing was added. Write the entry into "
            f"{environment.own_catalogue} by hand."
        )
    try:
        return entry_files.add(environment.own_catalogue, task, command, changes=changes)
    except (OSError, ValueError, private.NotPrivateError) as problem:
        why = system.reason(problem) if isinstance(problem, OSError) else f"{str(problem).rstrip('.')}."
        raise UsageError(f"Nothing was added to {environment.own_catalogue}: {why}") from problem


def check(environment: Environment, files: list[Path]) -> tuple[int, str, list[str]]:
    """Check the entries of `files`; by default, of the person's own file or, if there is none, of the bundled files.

    Returns how many are valid, where they are, and the problems.

    Raises:
        UsageError: A file does not exist.
    """
    where = ", ".join(map(str, files))
    if not files and environment.own_catalogue.is_file():
        files, where = [environment.own_catalogue], f"your own catalogue, {environment.own_catalogue}"
    elif not files:
        files, where = sorted(BUNDLED.glob("*.toml")), "the bundled catalogue"
    good, wrong = 0, []
    for file in files:
        if not file.is_file():
            raise UsageError(f"Cannot find the file {file}; nothing was checked.")
        good += sum(1 for each in read_entries(file) if isinstance(each, Entry))
        wrong += [str(problem) for problem in entry_files.problems(file)]
    return good, where, wrong
