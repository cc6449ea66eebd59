"""What differs between two texts, word by word: a run of letters and digits, a run of signs, and each blank.

Two texts that share less than half of the words of the shorter one, by their length, are two texts, and no edit.
"""

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\s|\w+|[^\w\s]+")
_MOST_COMPARED = 256  # words; the time that it takes may grow with the cube of their number


def changed_part(old: str, new: str) -> tuple[str, str, str, str]:
    """Return what two texts begin with, what only the `old` and only the `new` one has after it, and how both end.

    Two that have little in common begin and end with nothing in common.
    """
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if not _is_edit(olds, news, (Counter(olds) & Counter(news)).elements()):
        return "", old, new, ""
    head, tail = _common_ends(olds, news)
    return (
        "".join(news[:head]),
        "".join(olds[head : len(olds) - tail]),
        "".join(news[head : len(news) - tail]),
        "".join(news[len(news) - tail :]),
    )


def marked(old: str, new: str) -> str:
    """Return both texts in one: what was taken out as `[-so-]`, what was put in as `{+so+}`.

    Two that have little in common come one under the other, the lines of the old one after `-`, of the new after `+`.
    Between how both begin and how both end, words are compared where neither has more than 256 of them; what is longer
    was replaced as a whole.
    """
    olds, news = _WORD.findall(old), _WORD.findall(new)
    head, tail = _common_ends(olds, news)
    old_part, new_part = olds[head : len(olds) - tail], news[head : len(news) - tail]
    changes = _changes(old_part, new_part)
    shared = [word for kept, _, _ in changes for word in kept]
    if not _is_edit(olds, news, [*olds[:head], *shared, *olds[len(olds) - tail :]]):
        return "\n".join(
            [f"- {line}" for line in old.split("\n")] + [f"+ {line}" for line in new.split("\n")]
        )
    pieces = olds[:head]
    for kept, taken_out, put_in in changes:
        pieces += kept
        pieces += [f"[-{''.join(taken_out)}-]"] if taken_out else []
        pieces += [f"{{+{''.join(put_in)}+}}"] if put_in else []
    return "".join([*pieces, *olds[len(olds) - tail :]])


def _common_ends(olds: list[str], news: list[str]) -> tuple[int, int]:
    """Return how many words both begin with, and with how many of the others both end."""
    shortest = min(len(olds), len(news))
    head = next((at for at in range(shortest) if olds[at] != news[at]), shortest)
    rest = shortest - head
    return head, next((at for at in range(rest) if olds[-1 - at] != news[-1 - at]), rest)


def _changes(olds: list[str], news: list[str]) -> list[tuple[list[str], list[str], list[str]]]:
    """Return in order what was kept, what was then taken out, and what was put in there."""
    from difflib import SequenceMatcher

    if max(len(olds), len(news)) > _MOST_COMPARED:
        return [([], olds, news)]
    changes = SequenceMatcher(None, olds, news, autojunk=False).get_opcodes()
    return [
        (olds[a:b], [], []) if how == "equal" else ([], olds[a:b], news[c:d]) for how, a, b, c, d in changes
    ]


def _is_edit(olds: Iterable[str], news: Iterable[str], shared: Iterable[str]) -> bool:
    return 2 * _length(shared) >= min(_length(olds), _length(news))


def _length(words: Iterable[str]) -> int:
    """Return how many characters are in `words`, without signs and blanks, which any two texts share."""
    return sum(len(word) for word in words if re.match(r"\w", word))
