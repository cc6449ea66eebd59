"""Variables that a command changed and that change what programs do, as a person is told of them."""

from collections.abc import Mapping

from hitl_cli.shell.influence import influence
from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable
from hitl_cli.text.masking import Mask, secret_variables

_MOST = 60  # characters of a value that are shown
_AROUND = 16  # characters before and after what differs between two long values
_MOST_CHANGES = 200  # of one command that are kept
_MASKED = "[masked]"
_LONGEST = 4096  # characters of a value that is looked at: a command could set many long ones


def changes_between(
    before: Mapping[str, str], after: Mapping[str, str], mask: Mask
) -> tuple[ChangedVariable, ...]:
    """Return how the variables that change what programs do differ `after` a command, what matters most first."""
    places = {
        name: influence(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }
    names = sorted((place, name) for name, place in places.items() if place is not None)
    # fish sets this one by itself, where nothing says which characters there are.
    names = [each for each in names if each[1] != "LC_CTYPE" or "LC_CTYPE" in before]
    changes = [
        ChangedVariable(name[:_MOST], *_shown(name, before.get(name), after.get(name), mask))
        for _, name in names[:_MOST_CHANGES]
    ]
    if (left := len(names) - _MOST_CHANGES) > 0:
        changes.append(ChangedVariable(f"{counted(left, 'more variable')}", "...", "..."))
    return tuple(changes)


def _shown(name: str, old: str | None, new: str | None, mask: Mask) -> tuple[str | None, str | None]:
    """Return both values as they may be shown."""
    if secret_variables({name: "x" * _MOST}):
        return (old and _MASKED), (new and _MASKED)
    old, new = (_masked(value, mask) for value in (old, new))
    if old is None or new is None:
        return _cut(old), _cut(new)
    if max(len(old), len(new)) <= _MOST:
        return old, new
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    start, end = max(0, head - _AROUND), max(0, tail - _AROUND)

    def around(value: str) -> str:
        middle = _cut(value[start : len(value) - end])
        return f"{'...' if start else ''}{middle}{'...' if end else ''}"

    return around(old), around(new)


def _masked(value: str | None, mask: Mask) -> str | None:
    if value is not None and len(value) > _LONGEST:
        return f"({len(value):,} characters)"
    return None if value is None else mask.applied(value)[0]


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _cut(value: str | None) -> str | None:
    """Return a value, with a count in the place of its middle where it is long."""
    if value is None or len(value) <= _MOST:
        return value
    half = _MOST // 2
    return f"{value[:half]}...({len(value) - 2 * half:,} more characters)...{value[-half:]}"
