"""What is not as it was when a session was paused."""

from collections.abc import Mapping

from hitl_cli.journal.stored import StoredSession
from hitl_cli.loader import Reference, code_before
from hitl_cli.own_code import Code, OwnCode
from hitl_cli.text.amounts import counted

_MANY = 8


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
