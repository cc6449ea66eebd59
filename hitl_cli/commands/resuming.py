"""Resuming a session: what changed since it was paused, and restoring the folder and variables of its shell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hitl_cli.journal.stored_session import StoredSession
from hitl_cli.loading.importing import code_before
from hitl_cli.loading.own_code import Code, OwnCode
from hitl_cli.loading.references import Reference
from hitl_cli.shell import Shell
from hitl_cli.shell.influence import changes_between
from hitl_cli.shell.inheritance import keeps
from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable
from hitl_cli.text.secrets.masking import Mask, secret_variables

_MOST_NAMED = 8  # files or variables that are named one by one


def stored_code(stored: StoredSession, reference: Reference) -> Code:
    """Return the code of `reference` as `stored` had imported it."""
    hiding = None if stored.hiding is None else tuple(stored.hiding)
    return code_before(reference, Code(stored.files, hiding))


def newly_imported(stored: StoredSession, own: OwnCode) -> list[str]:
    """Return the files that are imported now but that `stored` had not imported, or had with other content."""
    if stored.hiding is None:  # an earlier format, which lists only some files
        return []
    return [name for name, digest in own.code.files.items() if stored.files.get(name) != digest]


def changed_versions(stored: StoredSession, versions: Mapping[str, str]) -> list[str]:
    """Return the distributions whose version in `versions` differs from the one in `stored`."""
    return [
        f"{name} {was}, now {versions.get(name)}"
        for name, was in stored.versions.items()
        if versions.get(name) != was
    ]


def describe_changes(code: list[str], versions: list[str]) -> str:
    """Return the changes as part of a sentence; empty if there are none."""
    more = [f"and {counted(len(code) - _MOST_NAMED, 'more file')}"] if len(code) > _MOST_NAMED else []
    what = [f"files: {', '.join([*code[:_MOST_NAMED], *more])}"] if code else []
    what += [f"versions: {'; '.join(versions)}"] if versions else []
    return "; ".join(what)


@dataclass(frozen=True)
class Restored:
    """What a person is told about a restored shell.

    `not_restored` explains what could not be restored. `changes` are the variables that influence programs and differ
    from the person's own environment; `others` are the names of all other variables that differ.
    """

    not_restored: tuple[str, ...] = ()
    changes: tuple[ChangedVariable, ...] = ()
    others: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield what to show before anything runs."""
        if self.not_restored:
            yield f"Not restored: {'; '.join(self.not_restored)}."
        for change in self.changes[:_MOST_NAMED]:
            yield f"Changed by earlier commands: {change}"
        if others := [*(change.name for change in self.changes[_MOST_NAMED:]), *self.others]:
            yield f"Also set by earlier commands: {_listed(others)}"


def restore_shell(shell: Shell, stored: StoredSession) -> Restored:
    """Give `shell` the folder and variables that the commands of `stored` left; return what to tell the person."""
    if stored.shell_folder is None:
        return Restored()
    own = dict(shell.variables)
    left = stored.shell_variables
    changed = {name: value for name, value in left.changed.items() if keeps(name, value)}
    removed = {name for name in left.removed if keeps(name, own.get(name, ""))}
    shell.variables = {name: value for name, value in own.items() if name not in removed} | changed
    problems = []
    if Path(stored.shell_folder).is_dir():
        shell.folder = Path(stored.shell_folder)
    else:
        problems.append(
            f"the folder {stored.shell_folder}, which no longer exists (commands run in {shell.folder})"
        )
    if left.lost:
        problems.append(f"secret variables, which are never stored ({', '.join(left.lost)})")
    if dropped := sorted(left.changed.keys() - changed.keys()):
        problems.append(f"functions and loader variables ({_listed(dropped)})")
    mask = Mask(secret_variables({**shell.secrets, **shell.variables}))
    changes = changes_between(own, shell.variables, mask)
    known = {change.name for change in changes} | {"OLDPWD", "LC_CTYPE"}  # shells set these two by themselves
    others = sorted(
        name
        for name in own.keys() | shell.variables.keys()
        if own.get(name) != shell.variables.get(name) and name not in known
    )
    return Restored(tuple(problems), changes, tuple(others))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
