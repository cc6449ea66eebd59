"""Whether a text is what bash can read, told while it is being typed; the grammar is that of tree-sitter."""

from functools import lru_cache

from tree_sitter import Node

from hitl_cli.text.grammar import MAX_BYTES, parsed


@lru_cache(maxsize=8)
def syntax_error(text: str) -> tuple[int, int] | None:
    """Return line and column, counted from 1, where `text` stops making sense as shell code; None where it does not.

    The grammar knows less than bash does, so this is a hint and no verdict.
    """
    code = text.encode("utf-8", "replace")
    if not text.strip() or len(code) > MAX_BYTES:
        return None
    root = parsed(code)
    if root is None or not root.has_error:
        return None
    node = _first_error(root)
    line = code.split(b"\n")[node.start_point[0]]
    column = len(line[: node.start_point[1]].decode("utf-8", "replace"))
    return node.start_point[0] + 1, column + 1


def _first_error(node: Node) -> Node:
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node
