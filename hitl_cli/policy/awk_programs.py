"""Which awk programs only read: those of a small part of the language, token by token.

Everything that writes, runs something, opens a connection or shows variables needs a word or a sign that is not in that
part: `system`, `getline`, `|`, a `>` inside of braces, `ENVIRON`, `@`.
"""

import re
from collections.abc import Sequence

from hitl_cli.policy.readers import UNKNOWN, Harm, names
from hitl_cli.policy.words import Word

_HARM = "is a program that the judge does not know to be harmless"

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\n]+)
    |(?P<text>"(?:[^"\\\n]|\\[^\n])*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<slash>/)
    |(?P<sign>\+\+|--|[-+*%^=!<>]=|&&|\|\||!~|[-+*%^=!<>~?:,;(){}\[\]$])""",
    re.VERBOSE,
)
# Without brackets and escapes, so that every awk finds the same end.
_REGEX = re.compile(r"/[^/\\\[\]\n]+/")
_BEFORE_REGEX = names("( , { } ; ! ~ !~ && ||")
_KEYWORDS = names("BEGIN END print printf if else for while do in next exit delete")
_FUNCTIONS = names(
    "length substr index split sub gsub match sprintf tolower toupper int sqrt exp log sin cos atan2 rand srand"
)
_VARIABLES = names("NR NF FNR FS OFS RS ORS FILENAME RSTART RLENGTH SUBSEP")
_VALUE_END = re.compile(
    r"\d[\d.]*|\]|N[RF]|FNR|(?!(?:length|print|printf|if|else|for|while|do|in|next|exit|delete)$)[a-z]\w*"
)
_OWN_NAME = re.compile(r"[a-z]\w{0,15}")
_REFUSED = names(
    "getline system close fflush function func return nextfile switch case default strftime systime"
)


def awk(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse programs that may do more than read, and options but `-F` and `-v`."""
    at, has_program = named, False
    while at < len(words):
        text = words[at].text or "\0"
        if has_program:
            # An operand with = is an assignment, and gawk opens connections to files of these names.
            if text.startswith(("-", "/inet")) or "=" in text:
                return Harm(at, UNKNOWN)
        elif text in ("-F", "-v"):
            at += 1
            if text == "-v" and (
                at >= len(words) or not re.fullmatch(r"[a-z]\w*=[^\0]*", words[at].text or "\0")
            ):
                return Harm(min(at, len(words) - 1), _HARM)
        elif text.startswith("-"):
            if not re.fullmatch(r"-F[^\0]+", text):
                return Harm(at, UNKNOWN)
        else:
            has_program = True
            if not _is_harmless(text):
                return Harm(at, _HARM)
        at += 1
    return None if has_program else Harm(named - 1, _HARM)


def _is_harmless(program: str) -> bool:
    at, depth, before = 0, 0, "{"
    while at < len(program):
        token = _TOKEN.match(program, at)
        if token is None:
            return False
        kind, text = token.lastgroup, token[0]
        at = token.end()
        if kind == "blank":
            continue
        if kind == "slash":
            if before in _BEFORE_REGEX:
                regex = _REGEX.match(program, at - 1)
                if regex is None:
                    return False
                at = regex.end()
            elif not _VALUE_END.fullmatch(before) or program[at:].lstrip().startswith('"'):
                return False  # a division only after a value; after other words it might be either
        elif kind == "name" and not _is_known(text, program[at:].lstrip()):
            return False
        elif text in ("{", "}"):
            depth += 1 if text == "{" else -1
            if depth < 0:
                return False
        elif text == ">" and depth:
            return False  # print > "file"
        before = '"' if kind in ("text", "slash") else text
    return depth == 0


def _is_known(name: str, after: str) -> bool:
    if name in _REFUSED:
        return False
    if after.startswith("("):
        return name in _FUNCTIONS or name in _KEYWORDS
    return (
        name in _KEYWORDS or name in _VARIABLES or name == "length" or _OWN_NAME.fullmatch(name) is not None
    )
