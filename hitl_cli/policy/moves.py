"""Parts of a command that change the folder in which the following ones run."""

from dataclasses import replace

from hitl_cli.policy.places import Places
from hitl_cli.policy.reading import Part

_CHANGES = frozenset(["cd", "pushd", "popd", "chdir"])


def changes_folder(part: Part) -> bool:
    """Return whether the part changes the folder of what follows."""
    return bool(part.words) and part.words[0].text in _CHANGES


def moved(part: Part, places: Places) -> Places | None:
    """Return the places after a part that changes the folder of `places`; None if it is not known to which."""
    operands = [word for word in part.words[1:] if word.text != "--"]
    if part.words[0].text == "popd" or len(operands) > 1:
        return None
    if not operands:
        return replace(places, folder=places.home) if part.words[0].text == "cd" else None
    path = places.path(operands[0])
    if path is None or operands[0].is_glob or (operands[0].text or "-").startswith(("-", "+")):
        return None
    return replace(places, folder=path)
