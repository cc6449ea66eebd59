"""What changed since a session was paused, and the folder and variables that it had left."""

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

_MANY = 8  # that are told one by one


def code_of(stored: StoredSession, reference: Reference) -> Code:
    """Return what `stored` had imported of the code of `reference`."""
    hiding = None if stored.hiding is None else tuple(stored.hiding)
    return code_before(reference, Code(stored.files, hiding))


def more_code(stored: StoredSession, own: OwnCode) -> list[str]:
    """Return which files were imported now that `stored` had not imported, or whose content is not what it had."""
    if stored.hiding is None:  # an earlier format, which names only some
        return []
    return [name for name, digest in own.code.files.items() if stored.files.get(name) != digest]


def other_versions(stored: StoredSession, versions: Mapping[str, str]) -> list[str]:
    """Return which of the distributions in `versions` are other ones than those of `stored`."""
    return [
        f"{name} {was}, now {versions.get(name)}"
        for name, was in stored.versions.items()
        if versions.get(name) != was
    ]


def told(code: list[str], versions: list[str]) -> str:
    """Return what has changed as a part of a sentence; the empty text where nothing has."""
    more = [f"and {counted(len(code) - _MANY, 'more file')}"] if len(code) > _MANY else []
    what = [f"changed since the pause: {', '.join([*code[:_MANY], *more])}"] if code else []
    what += [f"other versions: {'; '.join(versions)}"] if versions else []
    return "; ".join(what)


@dataclass(frozen=True)
class Restored:
    """What the person is told of a restored shell.

    `lost` are sentences on what could not be restored. `changes` are variables that change what programs do and are
    not as in the person's own environment, `others` the names of the other ones.
    """

    lost: tuple[str, ...] = ()
    changes: tuple[ChangedVariable, ...] = ()
    others: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield what to tell before anything runs."""
        if self.lost:
            yield f"Not as it was: {'; '.join(self.lost)}."
        for change in self.changes[:_MANY]:
            yield f"Changed by earlier commands: {change}"
        if others := [*(change.name for change in self.changes[_MANY:]), *self.others]:
            yield f"Also set by earlier commands: {_listed(others)}"


def restore(shell: Shell, stored: StoredSession) -> Restored:
    """Put `shell` where the commands of `stored` had left it, and return what there is to say of that."""
    if stored.shell_folder is None:
        return Restored()
    own = dict(shell.variables)
    left = stored.shell_variables
    changed = {name: value for name, value in left.changed.items() if keeps(name, value)}
    removed = {name for name in left.removed if keeps(name, own.get(name, ""))}
    shell.variables = {name: value for name, value in own.items() if name not in removed} | changed
    lost = []
    if Path(stored.shell_folder).is_dir():
        shell.folder = Path(stored.shell_folder)
    else:
        lost.append(f"the folder {stored.shell_folder} is gone, commands run in {shell.folder}")
    if left.lost:
        lost.append(f"secret variables were not stored: {', '.join(left.lost)}")
    if dropped := sorted(left.changed.keys() - changed.keys()):
        lost.append(f"functions and loader variables are not restored: {_listed(dropped)}")
    mask = Mask(secret_variables({**shell.secrets, **shell.variables}))
    changes = changes_between(own, shell.variables, mask)
    told = {change.name for change in changes} | {"OLDPWD", "LC_CTYPE"}  # these two shells set by themselves
    others = sorted(
        name
        for name in own.keys() | shell.variables.keys()
        if own.get(name) != shell.variables.get(name) and name not in told
    )
    return Restored(tuple(lost), changes, tuple(others))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(names[:_MANY]) + more
