"""What differs between two texts, word by word: a run of letters and digits, a run of signs, and each blank."""

import re

_WORD = re.compile(r"\s|\w+|[^\w\s]+")


def changed_part(old: str, new: str) -> tuple[str, str, str, str]:
    """Return what two texts begin with, what only the `old` and only the `new` one has after it, and how both end."""
    olds, news = _WORD.findall(old), _WORD.findall(new)
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
    """Return both texts in one: what was taken out as `[-so-]`, what was put in as `{+so+}`."""
    from difflib import SequenceMatcher

    olds, news = _WORD.findall(old), _WORD.findall(new)
    pieces = []
    for how, a, b, c, d in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if how == "equal":
            pieces += olds[a:b]
            continue
        pieces += [f"[-{''.join(olds[a:b])}-]"] if a < b else []
        pieces += [f"{{+{''.join(news[c:d])}+}}"] if c < d else []
    return "".join(pieces)
