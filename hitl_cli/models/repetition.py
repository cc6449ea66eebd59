"""Notices a model that repeats itself without end, as models sometimes do until they reach a limit.

Answers repeat themselves for good reasons: rows of a table, lines of a log, zeros of a matrix. So only an exact
repetition counts that reaches to the end of what has arrived, and only if it is long: whole lines that are not blank,
120 in all, or any text of 20,000 characters; in both cases at least 40 times.
"""

MOST_LINES = 120
MOST_CHARACTERS = 20_000
FEWEST_TIMES = 40

_LONGEST_UNIT = 2_000  # characters
_SHORT_UNIT = 200
_OFTEN, _SELDOM = 100, 2_000  # new characters after which short and long units are looked for
_KEPT = _LONGEST_UNIT * FEWEST_TIMES + _SELDOM
_QUOTED = 60


class Repetition:
    """Reads a text piece by piece, in bounded memory, and tells when it repeats itself."""

    def __init__(self) -> None:
        self._text = ""  # the end of what was read
        self._new: list[str] = []
        self._unread = 0
        self._until_long = _SELDOM

    def found_in(self, piece: str) -> str:
        """Read the next piece, and return a quotation of what is repeated, if anything is."""
        self._new.append(piece)
        self._unread += len(piece)
        if self._unread < _OFTEN:
            return ""
        self._until_long -= self._unread
        text = self._text = ("".join((self._text, *self._new)))[-_KEPT - self._unread :]
        self._new, self._unread = [], 0
        unit = _unit_at_end(text, _SHORT_UNIT)
        if not unit and self._until_long <= 0:
            self._until_long = _SELDOM
            unit = _unit_at_end(text, _LONGEST_UNIT)
        return _quoted(unit)


def _unit_at_end(text: str, longest: int) -> str:
    """Return what is repeated at the end of `text` for too long, of at most so many characters; empty if nothing is."""
    end = text[-longest:]
    start = max(0, len(text) - 2 * longest)
    found = text.rfind(end, start, len(text) - 1)
    if len(end) < longest or found < 0:
        return ""
    length = len(text) - longest - found
    unit = text[-length:]
    times = max(FEWEST_TIMES, -(-MOST_CHARACTERS // length))
    if lines := _lines_in(unit):
        times = min(times, max(FEWEST_TIMES, -(-MOST_LINES // lines)))
    repeated = length * times
    if len(text) < repeated or text[-repeated:-length] != text[length - repeated :]:
        return ""
    return unit


def _lines_in(unit: str) -> int:
    """Return how many lines that are not blank come with each repetition of `unit`."""
    return sum(bool(line.strip()) for line in _whole_lines(unit).split("\n")) if "\n" in unit else 0


def _whole_lines(unit: str) -> str:
    """Return a text that is repeated so that it begins with a line; `unit` may begin in the middle of one."""
    begin = unit.rfind("\n") + 1
    return unit[begin:] + unit[:begin]


def _quoted(unit: str) -> str:
    line = " ".join(_whole_lines(unit).split()) or repr(unit[:1])
    return (line[:_QUOTED] + " …" if len(line) > _QUOTED else line) if unit else ""
