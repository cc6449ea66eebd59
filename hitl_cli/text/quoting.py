"""Which parts of a shell command are text and not code: quoted strings, comments and here-documents."""

from functools import lru_cache

from hitl_cli.text.grammar import MAX_BYTES, parsed

CODE, DOUBLE, SINGLE, COMMENT, HEREDOC = range(5)
"""What a character of a command is part of."""

_KINDS = {
    "string": DOUBLE,
    "translated_string": DOUBLE,
    "raw_string": SINGLE,
    "ansi_c_string": SINGLE,
    "comment": COMMENT,
    "heredoc_body": HEREDOC,
    "command_substitution": CODE,
    "process_substitution": CODE,
    "expansion": CODE,
    "simple_expansion": CODE,
    "arithmetic_expansion": CODE,
}


@lru_cache(maxsize=8)
def kinds(text: str) -> bytes | None:
    """Return for each character of `text` what it is part of; None where the command cannot be read.

    What is substituted into a string is code again.
    """
    code = text.encode("utf-8", "replace")
    root = parsed(code) if len(code) <= MAX_BYTES else None
    if root is None or root.has_error:
        return None
    painted = bytearray(len(code))
    nodes = [root]
    while nodes:
        node = nodes.pop()
        kind = _KINDS.get(node.type)
        if kind is not None:
            painted[node.start_byte : node.end_byte] = bytes([kind]) * (node.end_byte - node.start_byte)
        nodes += reversed(node.children)
    if len(code) == len(text):
        return bytes(painted)
    found, at = bytearray(), 0
    for char in text:
        found.append(painted[at])
        at += len(char.encode("utf-8", "replace"))
    return bytes(found)
