"""Where the rules of a project are; apart from the reading of rules, so that a run without any loads none of that."""

from pathlib import Path

PROJECT_FILE = Path(".hitl") / "rules.toml"
"""The file, in the folder of the project."""


def project_file(folder: Path) -> Path | None:
    """Return the rule file of the project that `folder` is in: the nearest one above, or None."""
    for each in (folder, *folder.parents):
        if (each / PROJECT_FILE).is_file():
            return each / PROJECT_FILE
    return None
