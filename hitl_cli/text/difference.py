"""Word diff of two texts. A word is a run of letters and digits, a run of punctuation, or one blank.

If two texts share less than half of the words of the shorter one, by length, they are not treated as an edit.
"""

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\s|\w+|[^\w\s]+")
_MOST_COMPARED = 256  # words; the time can grow with the cube of their number


def changed_part(old: str, new: str) -> tuple[str, str, str, str]:
    """Return the common prefix, the changed part of `old`, the changed part of `new`, and the common suffix.

    If the texts have little in common, prefix and suffix are empty.
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


def word_changes(old: str, new: str) -> list[tuple[str, str, str]] | None:
    """Return the diff in order: words kept, then words deleted, and words inserted there; None if it is no edit.

    Between prefix and suffix, words are compared if neither part has more than 256; otherwise the part is replaced as
    a whole.
    """
    olds, news = _WORD.findall(old), _WORD.findall(new)
    head, tail = _common_ends(olds, news)
    changes = _changes(olds[head : len(olds) - tail], news[head : len(news) - tail])
    shared = [word for kept, _, _ in changes for word in kept]
    if not _is_edit(olds, news, [*olds[:head], *shared, *olds[len(olds) - tail :]]):
        return None
    changes = [(olds[:head], [], []), *changes, (olds[len(olds) - tail :], [], [])]
    return [("".join(kept), "".join(deleted), "".join(inserted)) for kept, deleted, inserted in changes]


def inline_diff(old: str, new: str) -> str:
    """Return the diff as one text: deletions as `[-so-]`, insertions as `{+so+}`.

    If the texts have little in common, the result is all old lines after `-`, then all new lines after `+`.
    """
    if (changes := word_changes(old, new)) is None:
        return "\n".join(
            [f"- {line}" for line in old.split("\n")] + [f"+ {line}" for line in new.split("\n")]
        )
    return "".join(
        kept + (f"[-{deleted}-]" if deleted else "") + (f"{{+{inserted}+}}" if inserted else "")
        for kept, deleted, inserted in changes
    )


def has_marks(text: str) -> bool:
    """Return whether `text` has something in it that looks like a mark of `inline_diff`."""
    return any(mark in text for mark in ("[-", "-]", "{+", "+}"))


def _common_ends(olds: list[str], news: list[str]) -> tuple[int, int]:
    """Return the number of words of the common prefix and of the common suffix."""
    shortest = min(len(olds), len(news))
    head = next((at for at in range(shortest) if olds[at] != news[at]), shortest)
    rest = shortest - head
    return head, next((at for at in range(rest) if olds[-1 - at] != news[-1 - at]), rest)


def _changes(olds: list[str], news: list[str]) -> list[tuple[list[str], list[str], list[str]]]:
    """Return the changes in order: words kept, then words deleted, and words inserted there."""
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
    """Return the number of characters in `words`, without punctuation and blanks, which most texts share."""
    return sum(len(word) for word in words if re.match(r"\w", word))
