"""What is not as it was when a session was paused."""

from collections.abc import Mapping

from hitl_cli.journal.stored import StoredSession


def changes_since(stored: StoredSession, files: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """Return which of the workflow's `files` and of the `versions` are other ones than those of `stored`.

    `files` are told by their SHA-256, `versions` by the name of the distribution. The text is empty where all is as
    it was.
    """
    changed = sorted(
        name for name in stored.files.keys() | files.keys() if stored.files.get(name) != files.get(name)
    )
    other = [
        f"{name} {was}, now {versions.get(name)}"
        for name, was in stored.versions.items()
        if versions.get(name) != was
    ]
    what = [f"changed since the pause: {', '.join(changed)}"] if changed else []
    what += [f"other versions: {'; '.join(other)}"] if other else []
    return "; ".join(what)
