"""Checks that only blanks stand between the words and operators that were read from a command.

A text that the grammar and a shell divide in different places shows here: something that a shell reads was left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hitl_cli.policy.words import ShellSyntax


@dataclass
class Leaf:
    """A word, operator, comment or redirect of a command, and the index of its `part`; -1 if it belongs to none."""

    kind: str
    start: int
    end: int
    part: int


def unread_gap(text: str, leaves: Sequence[Leaf], shell: ShellSyntax) -> tuple[int, int] | None:
    """Return the first place in `text` where more than blanks stands between `leaves`; None if there is none."""
    before: Leaf | None = None
    for leaf in [*sorted(leaves, key=lambda each: each.start), None]:
        start, end = before.end if before else 0, leaf.start if leaf else len(text)
        if not _is_gap(text, before, leaf, text[start:end], shell):
            return start, end
        before = leaf
    return None


def _is_gap(text: str, before: Leaf | None, leaf: Leaf | None, gap: str, shell: ShellSyntax) -> bool:
    # A backslash before a line break and the break are nothing to a shell: they separate no words.
    joined = gap.replace("\\\n", "")
    if joined.strip(" \t\n") or (gap != joined and not shell.is_bash_like):
        return False
    if leaf is not None and leaf.kind == "comment":
        begins_token = joined != "" or before is None or text[before.end - 1] in ";|&\n"
        comment = text[leaf.start : leaf.end]
        return begins_token and comment.startswith("#") and "\n" not in comment and shell.is_bash_like
    if before is not None and before.kind == "open":
        return leaf is not None and leaf.kind == "word"
    if leaf is not None and leaf.kind == "open":
        return before is None or before.kind == "operator" or "\n" in joined
    if before is None or leaf is None:
        return True
    if before.kind == "comment":
        return joined.startswith("\n")
    if leaf.kind == "close":
        return before.kind in ("word", "redirect")
    if before.kind == "close":
        return ("\n" in joined) != (leaf.kind == "operator") and leaf.kind != "redirect"
    kinds = before.kind, leaf.kind
    if kinds == ("word", "word"):
        return bool(joined) and ("\n" in joined) == (before.part != leaf.part)
    if kinds == ("redirect", "redirect"):  # the descriptor and the operator
        return gap == "" and text[before.start : before.end].isdigit()
    if kinds == ("word", "redirect"):
        # Without a blank, digits before the operator would be a descriptor.
        return "\n" not in joined and (bool(joined) or not text[before.start : before.end].isdigit())
    if kinds == ("operator", "operator"):
        return "\n" in text[before.start : leaf.end]
    return "\n" not in joined or "operator" in kinds
