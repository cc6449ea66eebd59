"""What differs between two texts, word by word: a run of letters and digits, a run of signs, and each blank.

Two texts that share less than half of the words of the shorter one, by their length, are two texts, and no edit.
"""

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\s|\w+|[^\w\s]+")


def changed_part(old: str, new: str) -> tuple[str, str, str, str]:
    """Return what two texts begin with, what only the `old` and only the `new` one has after it, and how both end.

    Two that have little in common begin and end with nothing in common.
    """
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if not _is_edit(olds, news, (Counter(olds) & Counter(news)).elements()):
        return "", old, new, ""
    shortest = min(len(olds), len(news))
    head = next((at for at in range(shortest) if olds[at] != news[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if olds[-1 - at] != news[-1 - at]), rest)
    middle = slice(head, -tail or None)
    return (
        "".join(news[:head]),
        "".join(olds[middle]),
        "".join(news[middle]),
        "".join(news[len(news) - tail :]),
    )


def marked(old: str, new: str) -> str:
    """Return both texts in one: what was taken out as `[-so-]`, what was put in as `{+so+}`.

    Two that have little in common come one under the other, the lines of the old one after `-`, of the new after `+`.
    """
    from difflib import SequenceMatcher

    olds, news = _WORD.findall(old), _WORD.findall(new)
    changes = SequenceMatcher(None, olds, news, autojunk=False).get_opcodes()
    if not _is_edit(
        olds, news, (word for how, a, b, _, _ in changes if how == "equal" for word in olds[a:b])
    ):
        return "\n".join(
            [f"- {line}" for line in old.split("\n")] + [f"+ {line}" for line in new.split("\n")]
        )
    pieces = []
    for how, a, b, c, d in changes:
        if how == "equal":
            pieces += olds[a:b]
            continue
        pieces += [f"[-{''.join(olds[a:b])}-]"] if a < b else []
        pieces += [f"{{+{''.join(news[c:d])}+}}"] if c < d else []
    return "".join(pieces)


def _is_edit(olds: Iterable[str], news: Iterable[str], shared: Iterable[str]) -> bool:
    return 2 * _length(shared) >= min(_length(olds), _length(news))


def _length(words: Iterable[str]) -> int:
    """Return how many characters are in `words`, without signs and blanks, which any two texts share."""
    return sum(len(word) for word in words if re.match(r"\w", word))
