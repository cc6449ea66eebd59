"""Suggestions for a word that is misspelt."""

from collections.abc import Iterable

_LONGEST = 200  # characters that are compared; the time grows with their square
_MOST = 3


def similar(word: str, others: Iterable[str], *, cutoff: float = 0.6, most: int = _MOST) -> list[str]:
    """Return those of `others` that are spelt like `word`, the most similar first; case does not matter."""
    from difflib import get_close_matches  # needed only for an error

    by_folded = {other.casefold(): other for other in others}
    close = get_close_matches(word.casefold()[:_LONGEST], by_folded, n=most, cutoff=cutoff)
    return [by_folded[each] for each in close]


def did_you_mean(word: str, others: Iterable[str], *, prefix: str = "") -> str:
    """Return a sentence with what is spelt like `word`, and a blank after it, or the empty text.

    The `prefix`, with which all of them begin, does not make them similar.
    """
    close = similar(word.removeprefix(prefix), [each.removeprefix(prefix) for each in others])
    if not close:
        return ""
    *first, last = [prefix + each for each in close]
    named = f"{', '.join(first)} or {last}" if first else last
    return f"Did you mean {named}? "


def or_similar(word: str, others: Iterable[str]) -> str:
    """Return what is spelt like `word`, as the end of a sentence that has begun, or the empty text."""
    near = did_you_mean(word, others).rstrip()
    return f"; {near[:1].lower()}{near[1:]}" if near else ""


def ended(sentence: str) -> str:
    """Return `sentence` with a full stop, unless it ends with a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."
