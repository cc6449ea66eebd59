"""What commands changed for those after them and the person has not seen yet."""

from collections.abc import Iterable

from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable

_MOST_LINES = 5  # that a question has room for
_MOST_NAMES = 8


class UnseenChanges:
    """Variables that change what programs do, from their change until a decision that the person took knowing it."""

    def __init__(self) -> None:
        self._changes: list[tuple[ChangedVariable, str]] = []

    def add(self, changes: Iterable[ChangedVariable], by: str) -> None:
        """Have `changes` seen; `by` says whose they are."""
        self._changes += [(change, by) for change in changes]

    @property
    def lines(self) -> tuple[str, ...]:
        """What a question says of them; of many, the names alone."""
        shown = self._changes[:_MOST_LINES]
        lines = [f"{change} ({by})" for change, by in shown]
        if rest := self._changes[_MOST_LINES:]:
            names = list(dict.fromkeys(change.name for change, _ in rest))
            more = ", ..." if len(names) > _MOST_NAMES else ""
            lines.append(f"{counted(len(rest), 'more variable')}: {', '.join(names[:_MOST_NAMES])}{more}")
        return tuple(lines)

    def clear(self) -> None:
        """The person has seen them."""
        self._changes.clear()
