"""The language of requests: words that mean nearly the same, and plainer words for expressions of everyday speech."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from hitl_cli.catalogue.words import words

SYNONYMS = Path(__file__).parent / "synonyms.toml"


@cache
def _language() -> dict[str, Any]:
    return tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))


def synonym_groups() -> list[list[str]]:
    """Return groups of words that mean nearly the same."""
    return [group.split() for group in _language()["groups"]]


@cache
def said() -> dict[str, str]:
    """Return the expressions of everyday speech, and plainer words for each."""
    table: dict[str, str] = _language()["said"]
    return table


@cache
def _said_by_first_word() -> dict[str, list[tuple[str, str]]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for expression, plainer in said().items():
        table.setdefault(expression.split()[0], []).append((f" {expression} ", plainer))
    return table


def expanded(text: str) -> str:
    """Return `text` with the plainer words after it for each expression that it holds."""
    spoken = words(text)
    padded = f" {' '.join(spoken)} "
    table = _said_by_first_word()
    plainer = [
        plainer
        for word in dict.fromkeys(spoken)
        if word in table
        for expression, plainer in table[word]
        if expression in padded
    ]
    return " ".join([text, *plainer])
