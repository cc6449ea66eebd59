"""One word of a command: what the shell passes to the program after it has removed the quotes.

Implements quoting, tilde expansion and brace expansion as in the manual of bash 5.2, for the forms whose result depends
on nothing but the home folder. Everything else is a doubt.
"""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import PurePosixPath


class ShellSyntax(Enum):
    """The syntax that the person's shell reads."""

    BASH = "bash"
    ZSH = "zsh"
    POSIX = "sh"
    """sh, dash and the Korn shells: bash's syntax without its extensions."""
    OTHER = "other"
    """fish and the C shells: only what they read as bash does can be allowed."""
    UNKNOWN = "unknown"

    @classmethod
    def named(cls, program: str) -> "ShellSyntax":
        """Return the syntax of the shell `program`, a name or a path."""
        return _SHELLS.get(PurePosixPath(program).name.removesuffix(".exe"), cls.UNKNOWN)

    @property
    def is_bash_like(self) -> bool:
        """Whether the shell reads bash's quotes, globs and redirections."""
        return self in (ShellSyntax.BASH, ShellSyntax.ZSH, ShellSyntax.POSIX)


_SHELLS = {
    "bash": ShellSyntax.BASH,
    "zsh": ShellSyntax.ZSH,
    **dict.fromkeys(("sh", "dash", "ash", "ksh", "ksh93", "mksh"), ShellSyntax.POSIX),
    **dict.fromkeys(("fish", "csh", "tcsh"), ShellSyntax.OTHER),
}


@dataclass(frozen=True)
class Word:
    """A word of a command, from `start` to `end` of its text.

    `text` is the argument that the program gets, or None if the judge cannot know it. With `is_glob`, the shell
    replaces the word by the names of the files that match; with `may_be_option`, such a name can be an option.
    """

    text: str | None
    raw: str
    start: int
    end: int
    is_glob: bool = False
    may_be_option: bool = False


class DoubtfulError(Exception):
    """What the shell makes of a word cannot be known; the message says why, as the end of a sentence."""


_MOST_WORDS = 64  # that the braces of one word expand to
_PIECES = re.compile(
    r"""'(?P<single>[^']*)'
    |"(?P<double>(?:[^"\\]|\\.)*)"
    |\\(?P<escaped>.)
    |(?P<bare>[^'"\\]+)""",
    re.DOTALL | re.VERBOSE,
)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]+(?:=[A-Za-z0-9_./:@%+,=-]*)?")
_SHARED = re.compile(r"""(?:[A-Za-z0-9_./:@+,-][A-Za-z0-9_./:@%+,=-]*|'[^'\\!\n]*'|"[^"\\$`!\n]*")+""")
_IN_DOUBLE = re.compile(r'\\([$`"\\\n])', re.DOTALL)
# A dollar sign before one of these is only a dollar sign.
_DOLLAR = re.compile(r"""(?:[^\\$]|\\.|\$(?=["|) /\\,]|\Z))*""", re.DOTALL)
# The home folder, where no shell takes more for a part of the name or of the expansion.
_HOME_VARIABLE = re.compile(r"\$(?:HOME|\{HOME\})(?=[/ ]|\Z)")
_PLAIN_HOME = re.compile(r"[A-Za-z0-9_./-]+")
# The exit status: a number, as a word or in a text.
_STATUS = re.compile(r"\$\?|\"[^\"\\$`!/-]*\$\?[^\"\\$`!]*\"")
# Braces without a comma or a range mean nothing, as in HEAD^{tree}.
_NO_BRACES = re.compile(r"[^{}]*(?:\{(?:(?!\.\.)[^{},])*\}[^{}]*)*|\}")
_META = re.compile(r"[\s|&;()<>]")
_QUOTED, _BARE = "q", "b"


def read_word(raw: str, start: int, shell: ShellSyntax, home: str) -> list[Word]:
    """Return the words that the shell makes of `raw`, a word as it is written, at `start` of the command.

    There are several after a brace expansion.

    Raises:
        DoubtfulError: That depends on something that the judge does not know, or it uses a form that it does not read.
    """
    end = start + len(raw)
    if _PLAIN.fullmatch(raw):
        return [Word(raw, raw, start, end)]
    if not shell.is_bash_like and not _SHARED.fullmatch(raw):
        raise DoubtfulError(f"{_quoted(raw)} may mean something else in your shell")
    if shell.is_bash_like and _STATUS.fullmatch(raw):
        return [Word(raw.strip('"').replace("$?", "0"), raw, start, end, is_glob=True)]
    if raw.startswith("~") and raw[1:2] not in ("", "/"):  # also a quote after it, although nothing is in it
        raise DoubtfulError(f"{_quoted(raw)} is a folder that only the shell knows")
    text, mask = _unquoted(raw, home if shell.is_bash_like else "")
    if raw == "[":
        return [Word(raw, raw, start, end)]
    words = []
    for each, kinds in _braces(text, mask, shell):
        expanded, marks = _tilde(each, kinds, home) if raw.startswith("~") else (each, kinds)
        _refuse_special(expanded, marks, raw, shell)
        is_glob, may_be_option = _glob(expanded, marks, shell)
        words.append(Word(expanded, raw, start, end, is_glob, may_be_option))
    return words


def _unquoted(raw: str, home: str = "") -> tuple[str, str]:
    """Return the text of a word without its quotes, and for each character whether it was quoted.

    The variable HOME is replaced by `home`, unless that is empty or has characters that a shell would expand.
    """
    is_known = _PLAIN_HOME.fullmatch(home) is not None
    text, mask, at = [], [], 0
    while at < len(raw):
        piece = _PIECES.match(raw, at)
        if piece is None:
            raise DoubtfulError(f"the quotes in {_quoted(raw)} are not closed")
        at = piece.end()
        if (bare := piece["bare"]) is not None:
            if is_known and bare.startswith("$") and (variable := _HOME_VARIABLE.match(bare)):
                text.append(home)
                mask.append(_QUOTED * len(home))
                bare = bare[variable.end() :]
            if "$" in bare or "`" in bare:
                raise DoubtfulError(f"{_quoted(raw)} depends on a variable or on the output of a command")
            if _META.search(bare):
                raise DoubtfulError(f"{_quoted(raw)} is more than one word")
            text.append(bare)
            mask.append(_BARE * len(bare))
            continue
        if piece["single"] is not None:
            content = piece["single"]
        elif piece["escaped"] is not None:
            content = piece["escaped"]
            if content == "\n":
                raise DoubtfulError(f"a line break is inside the word {_quoted(raw)}")
        else:
            content = piece["double"]
            if is_known and content.startswith("$") and (variable := _HOME_VARIABLE.match(content)):
                text.append(home)
                mask.append(_QUOTED * len(home))
                content = content[variable.end() :]
            if "`" in _IN_DOUBLE.sub("", content) or not _DOLLAR.fullmatch(content):
                raise DoubtfulError(f"{_quoted(raw)} depends on a variable or on the output of a command")
            content = _IN_DOUBLE.sub(lambda found: found[1].replace("\n", ""), content)
        text.append(content)
        mask.append(_QUOTED * len(content))
    return "".join(text), "".join(mask)


def _braces(text: str, mask: str, shell: ShellSyntax) -> list[tuple[str, str]]:
    """Return `text` with its brace expansions, each with its mask."""
    if "{" not in text and "}" not in text:
        return [(text, mask)]
    bare = "".join(char if kind == _BARE else "q" for char, kind in zip(text, mask, strict=True))
    if "{" not in bare and "}" not in bare:
        return [(text, mask)]
    if _NO_BRACES.fullmatch(bare):
        return [(text, mask)]
    if shell not in (ShellSyntax.BASH, ShellSyntax.ZSH):
        raise DoubtfulError(f"what the braces in {_quoted(text)} mean depends on the shell")
    found, pending = [], [(text, mask, bare)]
    while pending:
        words, marks, plain = pending.pop(0)
        first, last = plain.find("{"), plain.find("}")
        if first < 0 and last < 0:
            if not words:
                raise DoubtfulError(f"the braces in {_quoted(text)} give an empty word")
            found.append((words, marks))
            if len(found) > _MOST_WORDS:
                raise DoubtfulError(f"the braces in {_quoted(text)} give too many words")
            continue
        inner = plain[first + 1 : last]
        if not 0 <= first < last or "{" in inner or "," not in inner or ".." in inner:
            raise DoubtfulError(f"the judge does not read the braces in {_quoted(text)}")
        cuts = [first, *(at for at in range(first, last) if plain[at] == ","), last]
        for begin, end in reversed(list(pairwise(cuts))):
            head, tail = slice(0, first), slice(last + 1, None)
            choice = slice(begin + 1, end)
            pending.insert(
                0,
                (
                    words[head] + words[choice] + words[tail],
                    marks[head] + marks[choice] + marks[tail],
                    plain[head] + plain[choice] + plain[tail],
                ),
            )
        if len(pending) > _MOST_WORDS:
            raise DoubtfulError(f"the braces in {_quoted(text)} give too many words")
    return found


def _tilde(text: str, mask: str, home: str) -> tuple[str, str]:
    """Return `text`, which begins with an unquoted tilde, with the home folder in its place."""
    if not home.startswith("/"):
        raise DoubtfulError("the home folder is not known")
    return home + text[1:], _QUOTED * len(home) + mask[1:]


def _refuse_special(text: str, mask: str, raw: str, shell: ShellSyntax) -> None:
    """Refuse unquoted characters that a shell treats specially at some places."""
    for at, (char, kind) in enumerate(zip(text, mask, strict=True)):
        if kind != _BARE:
            continue
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if char == "~" and (at == 0 or before in "=:"):
            raise DoubtfulError(f"the shell may replace the tilde in {_quoted(raw)}")
        if char == "#" and at == 0:
            raise DoubtfulError(f"{_quoted(raw)} may be a comment")
        if char == "=" and at == 0 and shell is ShellSyntax.ZSH:
            raise DoubtfulError(f"zsh replaces {_quoted(raw)} by the path of a program")
        if char == "!" and after and after not in "=(" and before != "[":
            raise DoubtfulError(f"{_quoted(raw)} may be an expansion of the history")


def _glob(text: str, mask: str, shell: ShellSyntax) -> tuple[bool, bool]:
    """Return whether the shell looks for files that match, and whether a name that it finds can be an option."""
    wild = "*?[^#~" if shell is ShellSyntax.ZSH else "*?["
    first = next(
        (
            at
            for at, (char, kind) in enumerate(zip(text, mask, strict=True))
            if kind == _BARE and char in wild and (char != "[" or "]" in text[at:])
        ),
        None,
    )
    if first is None:
        return False, False
    known = text[:first]
    return True, not known or (known.startswith("-") and "=" not in known)


def _quoted(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
