"""A rule, its short form, and the commands that it matches.

An allow rule matches word by word, in order: what it does not spell out it does not match. A deny or ask rule matches
generously: the order of options, their long and combined forms, and the folder of the program do not matter.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import PurePosixPath

from hitl_cli.policy.cautions import why_no_rule
from hitl_cli.policy.places import why_too_wide
from hitl_cli.policy.words import Word


class Decision(Enum):
    """What a rule, or a verdict, says of a command."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True)
class Source:
    """Where a rule is: the name of its file, and the line, counted from 1; 0 for a rule that is in no file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_GIT_FLAGS = frozenset(["--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"])
_OPEN = re.compile(r"[A-Za-z0-9_.+-]*\*")


class InvalidRuleError(ValueError):
    """A rule that cannot exist; the message says why, as the end of a sentence."""


@dataclass(frozen=True)
class Rule:
    """A rule.

    `words` are patterns for the words after the program: `*` stands for any text without a slash, `**` for any text,
    and neither for a hyphen at the start. With `open_ended`, more words may follow. `subcommands`, if there are any,
    are the choices for the word before `words`. An allow rule says where the command may write (`writes`, relative to
    `folder`) and whether it may use the network. An ask rule says whether there is a `preview` before the question. The
    rule holds in `folder` and below; an empty one means everywhere.
    """

    decision: Decision
    program: str
    words: tuple[str, ...]
    open_ended: bool
    source: Source
    subcommands: tuple[str, ...] = ()
    folder: str = ""
    writes: tuple[str, ...] = ()
    network: bool = False
    preview: bool = False
    reason: str = ""
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()

    def __str__(self) -> str:
        choice = [f"({'|'.join(self.subcommands)})"] if len(self.subcommands) > 1 else list(self.subcommands)
        words = " ".join([self.program, *choice, *(_quoted(word) for word in self.words)])
        if not self.open_ended or words.endswith(":*"):
            return words
        return f"{words}*" if _OPEN.fullmatch(f"{words.rpartition(' ')[2]}*") else f"{words} *"

    @property
    def spelled(self) -> int:
        """How many words of a command the rule spells out, the program included."""
        return 1 + bool(self.subcommands) + len(self.words)

    @property
    def is_exact(self) -> bool:
        """Whether the rule matches one command only."""
        wild = any("*" in word for word in self.words)
        return not self.open_ended and not wild and len(self.subcommands) < 2

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        choice = ("|".join(map(re.escape, self.subcommands)),) if self.subcommands else ()
        return tuple(re.compile(each, re.DOTALL) for each in (*choice, *map(_translated, self.words)))

    def mismatch(self, words: Sequence[Word]) -> str | None:
        """Return why an allow rule does not match the command in `words`, as the end of "
        "a sentence; None if it does."""
        if not self.names(words):
            return f"it is for {self.program}"
        rest = without_flags(words)[1:]
        for at, pattern in enumerate(self._patterns):
            wanted = (*(("|".join(self.subcommands),) if self.subcommands else ()), *self.words)[at]
            if at >= len(rest):
                return f"it needs {wanted} as the next word"
            text = rest[at].text
            if text is None or not pattern.fullmatch(text) or (rest[at].is_glob and "*" not in wanted):
                return f"it needs {wanted}, not {rest[at].raw}"
            if rest[at].is_glob and rest[at].may_be_option:
                return f"{rest[at].raw} may become an option"
        if not self.open_ended and len(rest) > len(self._patterns):
            return f"it does not allow the word {rest[len(self._patterns)].raw}"
        return None

    def names(self, words: Sequence[Word]) -> bool:
        """Return whether the rule is for the program of the command in `words`."""
        text = words[0].text if words else None
        if text is None or words[0].is_glob:
            return False
        if text == self.program:
            return True
        folder, _, name = text.rpartition("/")
        if self.decision is not Decision.ALLOW:
            # The names of files on macOS have no case.
            return name.casefold() == self.program.rpartition("/")[2].casefold()
        return name == self.program and folder in SYSTEM_FOLDERS

    def hits(self, words: Sequence[Word]) -> bool:
        """Return whether a deny or ask rule is for the command in `words`, however that is written."""
        if not self.names(words):
            return False
        texts = [word.text for word in words[1:] if word.text is not None]
        operands = [text for text in texts if not text.startswith("-")]
        options = [text for text in texts if text.startswith("-")]
        wanted = [word for word in self.words if word.startswith("-")]
        if not all(_has_option(word, options) for word in wanted):
            return False
        plain = [_translated(word) for word in self.words if not word.startswith("-")]
        if self.subcommands:
            plain.insert(0, "|".join(map(re.escape, self.subcommands)))
        if not self.open_ended and (len(operands) != len(plain) or len(options) > len(wanted)):
            return False
        # Options with a separate value may stand before a subcommand.
        starts = range(len(operands) + 1) if options and plain else (0,)
        return any(_begin(operands[start:], plain) for start in starts)

    def holds_in(self, folder: str) -> bool:
        """Return whether the rule applies in `folder`."""
        return not self.folder or PurePosixPath(folder).is_relative_to(self.folder)


def _begin(texts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(texts) >= len(patterns) and all(
        re.fullmatch(pattern, text, re.DOTALL) for pattern, text in zip(patterns, texts, strict=False)
    )


# Other names of options that deny rules are written about.
_SAME = {
    "f": ("--force", "--force-with-lease"),
    "r": ("-R", "--recursive"),
    "R": ("-r", "--recursive"),
    "d": ("--delete", "-D"),
}


def _has_option(wanted: str, given: Sequence[str]) -> bool:
    """Return whether the options `given` include `wanted`, in any of its forms."""
    if wanted.startswith("--"):
        name = wanted.partition("=")[0].rstrip("*")
        short = [letter for letter, names in _SAME.items() if name in names]
        return any(
            (len(each) > 3 and name.startswith(each.partition("=")[0])) or each.startswith(name)
            for each in given
        ) or any(_has_letter(letter, given) for letter in short)
    letters = wanted[1:].rstrip("*")
    return all(
        _has_letter(letter, given)
        or any(
            (name.startswith("--") and len(each) > 3 and name.startswith(each.partition("=")[0]))
            or each == name
            for name in _SAME.get(letter, ())
            for each in given
        )
        or any(_has_letter(name[1:], given) for name in _SAME.get(letter, ()) if not name.startswith("--"))
        for letter in letters
    )


def _has_letter(letter: str, given: Sequence[str]) -> bool:
    return any(letter in each[1:] for each in given if not each.startswith("--"))


def _translated(word: str) -> str:
    """Return the regular expression of a pattern for one word."""
    if word.endswith(":*"):
        return re.escape(word[:-2]) + "(?::.*)?"
    if "*" not in word:
        return re.escape(word)
    pieces = re.split(r"(\*\*|\*)", word)
    body = "".join({"**": ".*", "*": "[^/]*"}.get(piece) or re.escape(piece) for piece in pieces)
    return rf"(?!.*(?:^|/)\.\.(?:/|$)){'' if word.startswith('-') else '(?!-)'}(?:{body})"


def without_flags(words: Sequence[Word]) -> Sequence[Word]:
    """Return `words` without options of git that stand before its subcommand and only make it quieter."""
    if not words or words[0].text is None or words[0].text.rpartition("/")[2] != "git":
        return words
    end = 1
    while end < len(words) and words[end].text in _GIT_FLAGS:
        end += 1
    return [words[0], *words[end:]]


def parsed_pattern(text: str) -> tuple[str, tuple[str, ...], bool]:
    """Return program, words and open end of a rule in its short form, such as `git status*`.

    Raises:
        InvalidRuleError: It is not one simple command.
    """
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise InvalidRuleError(f"its quotes are not closed: {text}") from problem
    if not words:
        raise InvalidRuleError("the pattern is empty")
    bare = re.sub(r"'[^']*'|\"[^\"]*\"|\\.", "", text)
    if found := re.search(r"[|&;<>`$()\n]", bare):
        raise InvalidRuleError(f"{found[0]!r} joins commands or is expanded; a rule is for one command")
    program, *rest = words
    open_ended = False
    last = words[-1]
    if rest and last == "*":
        open_ended = True
        rest.pop()
    elif rest and last.endswith(":*"):
        open_ended = True
    elif not rest and last.endswith("*"):
        open_ended = True
        program = last[:-1]
    elif rest and _OPEN.fullmatch(last):
        open_ended = True
        rest[-1] = last[:-1]
    return program, tuple(rest), open_ended


def checked(rule: Rule) -> Rule:
    """Return `rule`.

    Raises:
        InvalidRuleError: No rule can make its program safe, or it says things that do not fit together.
    """
    if rule.preview and rule.decision is not Decision.ASK:
        raise InvalidRuleError(
            "only an ask rule has preview: what it matches is previewed before the question"
        )
    if rule.decision is not Decision.ALLOW:
        if rule.writes or rule.network:
            raise InvalidRuleError("only an allow rule has writes or network")
        if not rule.program.strip("*"):
            raise InvalidRuleError("the name of the program has to be written out")
        return rule
    for choice in rule.subcommands or ("",):
        words = (*((choice,) if choice else ()), *rule.words)
        if why := why_no_rule(rule.program, words, open_ended=rule.open_ended):
            raise InvalidRuleError(f"no rule can allow {' '.join((rule.program or '*', *words))}: {why}")
    if wide := next((path for path in rule.writes if why_too_wide(path)), None):
        raise InvalidRuleError(f"it may write {why_too_wide(wide)}; name a folder below it in writes")
    if "/" in rule.program and not rule.program.startswith("/") and not rule.folder:
        raise InvalidRuleError(f"{rule.program} is relative, so the rule needs a folder")
    return rule


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./*{}~^-]+", word) else shlex.quote(word)
