"""Reads the text of a command as the shell would: its simple commands, and everything that cannot be judged.

tree-sitter-bash gives the structure. Its tree is not taken on trust: only node kinds of a short list are accepted, each
word is read again character by character (`words`), and all text between the words and operators must be blanks. So a
text that the grammar and a shell read differently becomes a doubt, and a doubt is never allowed.
"""

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from hitl_cli.policy.gaps import Leaf, unread_gap
from hitl_cli.policy.syntax import (
    BEGUN_BY,
    HARMLESS_ASSIGNMENT,
    RESERVED,
    STRUCTURE,
    TEST_TOKENS,
    UNREAD,
    UNUSUAL,
    WORDS,
)
from hitl_cli.policy.words import DoubtfulError, ShellSyntax, Word, read_word
from hitl_cli.text.grammar import parsed

MOST_CHARACTERS = 10_000
MOST_PARTS = 50
_MOST_READ = 1_000  # parts, in which something may stand out
_MOST_DEPTH = 60  # levels of the syntax tree

_TEXTS = {"heredoc_redirect": "<<", "herestring_redirect": "<<<"}


@dataclass(frozen=True)
class Redirect:
    """A redirection: its operator with the descriptor before it, and its target.

    A here-document and a here-string have no target: `start` and `end` are those of the text itself.
    """

    operator: str
    target: Word | None
    start: int
    end: int

    @property
    def gives_text(self) -> bool:
        """Whether it is a here-document or a here-string."""
        return self.operator in _TEXTS.values()

    @property
    def writes(self) -> bool:
        """Whether it can create or change a file."""
        if "<" in self.operator and ">" not in self.operator:
            return False
        text = self.target.text if self.target else None
        copies = self.operator.endswith("&") and text is not None and text.isdigit()
        return not copies and text != "/dev/null"


@dataclass(frozen=True)
class Part:
    """One simple command. `assigns` are the variables set before it; `is_nested` is one inside another command."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    assigns: tuple[str, ...]
    start: int
    end: int
    is_nested: bool = False

    @property
    def arguments(self) -> tuple[str | None, ...]:
        """The program and its arguments; None stands for one that the judge cannot know."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True)
class Doubt:
    """Why a text cannot be allowed, as the end of a sentence, and the place."""

    why: str
    start: int
    end: int


@dataclass(frozen=True)
class CommandReading:
    """What a text says: its simple commands in order, also those inside others, and the doubts."""

    text: str
    parts: tuple[Part, ...]
    doubts: tuple[Doubt, ...]
    is_complete: bool = True
    """False if the text is not valid shell, or `is_cut`."""
    is_cut: bool = False
    """Whether the text is too long or too deep to be read to its end."""
    piped: tuple[int, ...] = ()
    """The indexes of the parts that read the output of the part before."""


_DESCRIPTOR_VARIABLE = re.compile(r"\{[^\s{}]+\}\Z")  # {name}< is part of the redirection, no word
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[.*\])?\+?=", re.DOTALL)
_OPERATORS = {"&&", "||", ";", "|", "|&", "\n"}


@dataclass
class _Building:
    """A part that is being read."""

    start: int
    end: int
    is_nested: bool
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    assigns: list[str] = field(default_factory=list)


def read(text: str, shell: ShellSyntax = ShellSyntax.BASH, home: str = "") -> CommandReading:
    """Return what the text of a command says; never raises for any text."""
    if len(text) > MOST_CHARACTERS:
        return _unread(text, f"the command is longer than {MOST_CHARACTERS:,} characters")
    code = text.encode("utf-8", "replace")
    root = parsed(code)
    if root is None:
        return _unread(text, "reading the command took too long")
    return _Reader(text, code, shell, home).read(root)


def _unread(text: str, why: str) -> CommandReading:
    return CommandReading(text, (), (Doubt(why, 0, len(text)),), is_complete=False, is_cut=True)


def _test_words(node: Node) -> list[Node] | None:
    """Return the words of `[ … ]`, a command like others; None if there is more than words in it."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type in WORDS or each.type in TEST_TOKENS or each.type == "test_operator":
            found.append(each)
        elif each.children and not each.has_error:
            waiting += reversed(each.children)
        else:
            return None
    return found if found[0].type == "[" else None


class _Reader:
    def __init__(self, text: str, code: bytes, shell: ShellSyntax, home: str) -> None:
        self._text = text
        self._code = code
        self._is_ascii = len(code) == len(text)
        self._shell = shell
        self._home = home
        self._parts: list[_Building] = []
        self._piped: list[int] = []
        self._doubts: list[Doubt] = []
        self._leaves: list[Leaf] = []
        self._is_complete = True
        self._is_cut = False

    def read(self, root: Node) -> CommandReading:
        if unusual := UNUSUAL.search(self._text):
            what = f"it contains the invisible or control character U+{ord(unusual[0]):04X}"
            self._doubt(what, unusual.start(), unusual.end())
        if self._shell is ShellSyntax.UNKNOWN:
            self._doubt("your shell is not one that the judge knows", 0, len(self._text))
        if root.has_error:
            self._is_complete = False
            self._doubt(
                "it is not valid shell, or uses a form that the judge does not read", 0, len(self._text)
            )
        self._visit(root, None, 0, nested=False)
        if not self._parts and not self._doubts:
            self._doubt("there is no command", 0, len(self._text))
        if len(self._parts) > MOST_PARTS:
            self._doubt(f"it has more than {MOST_PARTS} parts", 0, len(self._text))
        if not self._doubts and (gap := unread_gap(self._text, self._leaves, self._shell)):
            self._doubt("the judge and the shell may not read this place alike", *gap)
        for part in self._parts:
            self._check_name(part)
        parts = tuple(
            Part(tuple(b.words), tuple(b.redirects), tuple(b.assigns), b.start, b.end, b.is_nested)
            for b in self._parts
        )
        doubts = tuple(
            sorted(self._doubts, key=lambda each: (each.end - each.start == len(self._text), each.start))
        )
        return CommandReading(self._text, parts, doubts, self._is_complete, self._is_cut, tuple(self._piped))

    def _doubt(self, why: str, start: int, end: int) -> None:
        self._doubts.append(Doubt(why, start, end))

    def _span(self, node: Node) -> tuple[int, int]:
        if self._is_ascii:
            return node.start_byte, node.end_byte
        start = len(self._code[: node.start_byte].decode("utf-8", "replace"))
        return start, start + len(self._code[node.start_byte : node.end_byte].decode("utf-8", "replace"))

    def _visit(self, node: Node, part: int | None, depth: int, *, nested: bool) -> None:
        """Read `node` and what is below it; `part` is the index of the command that it belongs to."""
        if depth > _MOST_DEPTH or len(self._parts) > _MOST_READ:
            self._is_complete, self._is_cut = False, True
            self._doubt("it is nested too deeply", *self._span(node))
            return
        kind = node.type
        if kind in WORDS:
            self._word(node, part, depth, nested=nested)
            return
        if not node.is_named:
            self._operator(node, part)
            return
        if kind == "command":
            part = self._begin(node, nested)
        elif kind == "comment":
            self._leaves.append(Leaf("comment", *self._span(node), -1))
            return
        elif kind == "file_redirect":
            self._redirect(node, part, depth, nested=nested)
            return
        elif kind == "variable_assignment" and part is not None and self._is_harmless_assignment(node):
            self._leaves.append(Leaf("word", *self._span(node), part))
            return
        elif kind == "test_command" and self._shell.is_bash_like and (tokens := _test_words(node)):
            part = self._begin(node, nested)
            for each in tokens:
                self._word(each, part, depth, nested=nested)
            return
        elif kind == "subshell" and self._shell.is_bash_like:
            self._brackets(node)
        elif kind not in STRUCTURE:
            self._doubt(
                f"it uses {UNREAD.get(kind, 'a form that the judge does not read')}", *self._span(node)
            )
            if kind in _TEXTS and part is not None:
                self._text_given(node, part)
                part = None if kind == "herestring_redirect" else part  # the text is no argument
            if kind == "variable_assignment" and part is not None:
                self._parts[part].assigns.append(self._text_of(node).partition("=")[0])
                part = None
            nested = True
        before = len(self._parts)
        for child in node.children:
            if kind == "subshell" and not child.is_named and self._text_of(child) in ("(", ")"):
                continue
            is_redirect = child.type == "file_redirect" or child.type in _TEXTS
            if kind in _TEXTS and child.type == "pipeline":  # it stands before the text, and reads the output
                self._piped.append(len(self._parts))
            if kind == "redirected_statement" and is_redirect:
                # The redirection belongs to the last command of the statement.
                inside = len(self._parts) - 1 if len(self._parts) > before else self._begin(node, nested)
                self._visit(child, inside, depth + 1, nested=nested)
            else:
                if kind == "pipeline" and child.is_named and len(self._parts) > before:
                    self._piped.append(len(self._parts))
                self._visit(child, part, depth + 1, nested=nested)

    def _brackets(self, node: Node) -> None:
        """Note the brackets of a subshell; the commands in it are judged like others."""
        for child in node.children:
            if (text := self._text_of(child)) in ("(", ")") and not child.is_named:
                self._leaves.append(Leaf("open" if text == "(" else "close", *self._span(child), -1))

    def _is_harmless_assignment(self, node: Node) -> bool:
        return self._shell.is_bash_like and HARMLESS_ASSIGNMENT.fullmatch(self._text_of(node)) is not None

    def _text_given(self, node: Node, part: int) -> None:
        """Note where the text of a here-document or a here-string is."""
        for child in node.children:
            if child.type == "heredoc_body" or (node.type == "herestring_redirect" and child.is_named):
                start, end = self._span(child)
                if child.type in ("raw_string", "string"):
                    start, end = start + 1, end - 1
                self._parts[part].redirects.append(Redirect(_TEXTS[node.type], None, start, end))

    def _begin(self, node: Node, nested: bool) -> int:
        self._parts.append(_Building(*self._span(node), nested))
        return len(self._parts) - 1

    def _text_of(self, node: Node) -> str:
        start, end = self._span(node)
        return self._text[start:end]

    def _word(self, node: Node, part: int | None, depth: int, *, nested: bool) -> None:
        start, end = self._span(node)
        raw = self._text[start:end]
        self._leaves.append(Leaf("word", start, end, -1 if part is None else part))
        words = self._read_word(raw, start, end)
        if part is not None:
            self._parts[part].words += words
            self._parts[part].end = max(self._parts[part].end, end)
        if any(word.text is None for word in words):
            self._visit_inside(node, depth + 1)

    def _read_word(self, raw: str, start: int, end: int) -> list[Word]:
        try:
            return read_word(raw, start, self._shell, self._home)
        except DoubtfulError as problem:
            self._doubt(str(problem), start, end)
            return [Word(None, raw, start, end)]

    def _visit_inside(self, node: Node, depth: int) -> None:
        """Read the commands in the substitutions of a word."""
        if depth > _MOST_DEPTH:
            self._is_complete = False
            return
        is_code = node.type in ("command_substitution", "process_substitution")
        for child in node.children:
            if is_code and child.is_named:
                self._visit(child, None, depth + 1, nested=True)
            elif not is_code:
                self._visit_inside(child, depth + 1)

    def _operator(self, node: Node, part: int | None) -> None:
        start, end = self._span(node)
        if start == end:
            return
        text = self._text[start:end]
        self._leaves.append(Leaf("operator", start, end, -1 if part is None else part))
        if text == "&":
            self._doubt("it runs a command in the background", start, end)
        elif text not in _OPERATORS:
            self._doubt(f"it uses {BEGUN_BY.get(text, text)}", start, end)
        elif text == "|&" and self._shell not in (ShellSyntax.BASH, ShellSyntax.ZSH):
            self._doubt("your shell may not read |& as bash does", start, end)

    def _redirect(self, node: Node, part: int | None, depth: int, *, nested: bool) -> None:
        start, end = self._span(node)
        operator, targets = "", []
        for child in node.children:
            if child.type in WORDS:
                targets.append(child)
            else:
                operator += self._text_of(child)
                self._leaves.append(Leaf("redirect", *self._span(child), -1 if part is None else part))
        if part is not None and targets and targets[1:] and not self._parts[part].words:
            self._doubt("a redirection stands before its command", start, end)
        target: Word | None = None
        for at, child in enumerate(targets):
            if at and part is not None:  # tree-sitter counts the arguments after a redirection as its targets
                self._word(child, part, depth, nested=nested)
                continue
            begin, stop = self._span(child)
            self._leaves.append(Leaf("word", begin, stop, -1 if part is None else part))
            words = self._read_word(self._text[begin:stop], begin, stop)
            target = words[0] if len(words) == 1 else Word(None, self._text[begin:stop], begin, stop)
            if target.text is None:
                self._visit_inside(child, depth + 1)
            end = stop
        found = Redirect(operator, target, start, end)
        if part is not None:
            self._parts[part].redirects.append(found)
            self._parts[part].start = min(self._parts[part].start, start)
            self._parts[part].end = max(self._parts[part].end, end)
        self._check_redirect(found)
        if _DESCRIPTOR_VARIABLE.search(self._text[: found.start]):
            self._doubt("it stores a descriptor in a variable", start, end)

    def _check_redirect(self, found: Redirect) -> None:
        target = found.target.text if found.target is not None else None
        if not self._shell.is_bash_like:
            why = "your shell may not read a redirection as bash does"
        elif found.target is None or target is None or found.target.is_glob:
            why = "the target of a redirection is not known"
        elif target.startswith(("/dev/tcp/", "/dev/udp/")):
            why = f"it connects to {target}"
        elif self._is_harmless(found.operator, target):
            return
        else:
            why = f"it redirects with {found.operator} to {found.target.raw}"
        self._doubt(why, found.start, found.end)

    def _is_harmless(self, operator: str, target: str) -> bool:
        """Return whether a redirection only reads, discards the output or copies a descriptor."""
        if operator in ("&>", "&>>"):
            return target == "/dev/null" and self._shell in (ShellSyntax.BASH, ShellSyntax.ZSH)
        if operator == "<":
            return True
        expected = ("1", "2") if operator.endswith("&") else ("/dev/null",)
        return target in expected and re.fullmatch(r"[012]?>{1,2}|[12]?>&", operator) is not None

    def _check_name(self, part: _Building) -> None:
        """Doubt a command whose first word is not simply the name of a program."""
        if not part.words:
            self._doubt("a part has no program", part.start, part.end)
            return
        name = part.words[0]
        if name.text is None:
            return
        if _ASSIGNMENT.match(name.raw):
            self._doubt("it uses an assignment, which can change what a command does", name.start, name.end)
        elif name.is_glob or not name.text or name.text.startswith("-"):
            self._doubt("the name of the program is not plain", name.start, name.end)
        elif name.text in RESERVED:
            self._doubt(f"it uses the reserved word {name.text}", name.start, name.end)
