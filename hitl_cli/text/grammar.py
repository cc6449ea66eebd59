"""The grammar of bash, by tree-sitter: loaded once, when it is first needed."""

from functools import lru_cache

import tree_sitter_bash
from tree_sitter import Language, Parser

MAX_BYTES = 32_768
"""How much of a text is read: a person does not review more, and reading must not take long."""


@lru_cache(maxsize=1)
def parser() -> Parser:
    """Return a parser of bash."""
    return Parser(Language(tree_sitter_bash.language()))
