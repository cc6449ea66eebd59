"""Analyses a shell command: which parts are quoted, and which programs it calls."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from hitl_cli.text.grammar import MAX_BYTES, parsed

if TYPE_CHECKING:
    from tree_sitter import Node

CODE, DOUBLE, SINGLE, COMMENT, HEREDOC = range(5)
"""The kind of syntax that a character of a command belongs to."""

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
    """Return the kind of each character of `text`, or None if the command cannot be parsed.

    A substitution inside a string is code.
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


_PLAIN = re.compile(r"[A-Za-z0-9_.+@%:,\[\]/~-]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_BEGINNING = 1024  # bytes to parse of a text whose parsing takes too long
_LONGEST = 255  # characters of a name
_QUOTED = frozenset(("raw_string", "string"))

WRAPPERS = {
    "sudo": "-u --user -g --group -h --host -p --prompt -C -D --chdir -R --chroot -r --role -t --type -T -U",
    "doas": "-u -C",
    "env": "-u --unset -C --chdir -S --split-string",
    "nohup": "",
    "time": "-f --format -o --output",
    "nice": "-n --adjustment",
    "ionice": "-c --class -n --classdata -p --pid",
    "timeout": "-s --signal -k --kill-after",
    "stdbuf": "-i --input -o --output -e --error",
    "setsid": "",
    "xargs": "-a --arg-file -d --delimiter -E -I -L --max-lines -n --max-args -P --max-procs -s --max-chars",
    "command": "",
    "builtin": "",
    "exec": "-a",
}
"""Programs that call another one, and which of their options take a separate value."""

_WITH_VALUE = {name: frozenset(options.split()) for name, options in WRAPPERS.items()}
_OPERANDS = {"timeout": 1}  # words before the program that the wrapper calls


@lru_cache(maxsize=8)
def programs(command: str) -> tuple[str, ...]:
    """Return the names of the programs that `command` calls, each once, in order, without folders.

    Includes those in pipes, lists and substitutions, and those that `sudo`, `env`, `xargs` and similar programs call.
    Only plain words count as names. For text that is not valid bash, the result may be incomplete.
    """
    code = command.encode("utf-8", "replace")[:MAX_BYTES]
    root = parsed(code) or parsed(code[:_BEGINNING])
    if root is None:
        return ()
    return tuple(dict.fromkeys(name for node in _commands(root) for name in _named(node)))


def _commands(root: "Node") -> Iterator["Node"]:
    """Yield the simple commands below `root`, at any depth, in order."""
    cursor = root.walk()
    while True:
        node = cursor.node
        if node is not None and node.type == "command":
            yield node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _named(node: "Node") -> Iterator[str]:
    words = _words(node)
    while words:
        name = words.pop(0)
        if name is None or not _PLAIN.fullmatch(name):
            return
        name = name.rstrip("/").rpartition("/")[2]
        if 0 < len(name) <= _LONGEST:
            yield name
        if name not in WRAPPERS:
            return
        words = after_wrapper(name, words)


def _words(node: "Node") -> list[str | None]:
    """Return the name and the arguments of a simple command; None stands for a word that the shell expands."""
    words: list[str | None] = []
    for child in node.named_children:
        if child.type == "command_name" and child.named_children:
            words.append(_text(child.named_children[0]))
        elif words and child.type != "file_redirect":
            words.append(_text(child))
    return words


def _text(node: "Node") -> str | None:
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type in _QUOTED:
        text = text[1:-1]
        return None if node.type == "string" and re.search(r"[$`\\]", text) else text
    return (
        text
        if node.type in ("word", "number", "concatenation") and not re.search(r"[$`\\'\"]", text)
        else None
    )


def after_wrapper(wrapper: str, words: list[str | None]) -> list[str | None]:
    """Return `words`, the arguments of `wrapper`, from the program that it calls; None stands for an unknown word."""
    operands = _OPERANDS.get(wrapper, 0)
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
        elif word is not None and word.startswith("-") and len(word) > 1:
            at += 2 if word in _WITH_VALUE[wrapper] else 1
        elif word is not None and _ASSIGNMENT.match(word):
            at += 1
        elif operands:
            operands -= 1
            at += 1
        else:
            break
    return words[at:]
