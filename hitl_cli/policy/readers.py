"""How the options of programs that only read are judged: which of them write, run something, or reach the network.

Options may be abbreviated as GNU's getopt_long and git allow it, and a word that looks like a harmful option counts as
one wherever it stands, also after `--`: a wrong alarm is only a question. `reader_table` has the tables.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hitl_cli.policy.words import Word

WRITES = "can write files"
RUNS = "can run another program"
NETWORK = "reaches the network"
CHANGES = "changes something"
UNKNOWN = "is not an option that the judge knows to be harmless"
UNKNOWN_WORD = "is not a word that the judge knows to be harmless"


@dataclass(frozen=True)
class Harm:
    """A word that keeps a command from being a pure read: its index among the words, and what it does."""

    at: int
    why: str


Check = Callable[[Sequence[Word], int], Harm | None]


@dataclass(frozen=True)
class Reader:
    """What the judge knows about a program or subcommand that reads.

    `harmful` maps options to what they do. `with_value` are short options that take a value, so that the letters after
    them are no options. At most `operands` words may be no options, not counting a number after an option of
    `before_number`.
    """

    harmful: Mapping[str, str] = field(default_factory=dict)
    with_value: str = ""
    operands: int | None = None
    before_number: frozenset[str] = frozenset()
    check: Check | None = None
    network: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether no argument at all can do harm."""
        return not self.harmful and self.operands is None and self.check is None and not self.network


def finding(reader: Reader, words: Sequence[Word], named: int) -> Harm | None:
    """Return the first word after the `named` ones that can do harm, or None if the command only reads."""
    found = list(findings(reader, words, named))
    return min(found, key=lambda each: each.at) if found else None


_NUMBER = re.compile(r"\+?\d\w*")


def findings(reader: Reader, words: Sequence[Word], named: int) -> list[Harm]:
    """Return every word after the `named` ones that can do harm."""
    found: list[Harm] = []
    operands = 0
    before = ""  # the option whose value follows
    texts = [word.text for word in words]
    for at, word in enumerate(words[named:], named):
        text = word.text
        if reader.is_plain:
            continue
        if text is None or word.may_be_option:
            found.append(Harm(at, "may become an option, depending on the names of files"))
            continue
        is_option = text.startswith("-") and len(text) > 1
        if is_option and (why := UNKNOWN if before else _harm(reader, text)):
            found.append(Harm(at, why))
        if is_option and "--" not in texts[named:at]:
            before = text if text in reader.before_number else ""
        elif before and _NUMBER.fullmatch(text):
            before = ""
        else:
            before = ""
            operands += 2 if word.is_glob else 1
            if reader.operands is not None and operands > reader.operands:
                found.append(Harm(at, "may be a file to write or a value to set"))
    if reader.check is not None and (more := reader.check(words, named)):
        found.append(more)
    if reader.network:
        found.append(Harm(0, NETWORK))
    return found


def _harm(reader: Reader, text: str) -> str | None:
    """Return what the option `text` does, or None if it is harmless."""
    if text.startswith("--"):
        name = text.partition("=")[0]
        if name == "--":
            return None
        return next((why for option, why in reader.harmful.items() if option.startswith(name)), None)
    if text in reader.harmful:
        return reader.harmful[text]
    for letter in text[1:]:
        if why := reader.harmful.get(f"-{letter}"):
            return why
        if letter in reader.with_value:
            break
    return None


def names(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


def verbs(program: str, verbs: str) -> list[str]:
    """Return the names of these subcommands of `program`; `verbs` are separated by commas."""
    return [f"{program} {verb}" for verb in verbs.split(", ")]


def options(why: str, options: str) -> dict[str, str]:
    """Return what each of the `options` does."""
    return dict.fromkeys(options.split(), why)


def only_options(known: str, why: str = UNKNOWN) -> Check:
    """Return a check that accepts no option but those that match the pattern `known`."""

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            if word.text is not None and word.text.startswith("-") and not re.fullmatch(known, word.text):
                return Harm(at, why)
        return None

    return check


def only_words(known: str) -> Check:
    """Return a check that accepts no word but those that match the pattern `known`."""

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            if word.text is None or not re.fullmatch(known, word.text):
                return Harm(at, UNKNOWN_WORD)
        return None

    return check


def only_forms(known: str) -> Check:
    """Return a check that accepts only words which, joined by blanks, match the pattern `known`."""

    def check(words: Sequence[Word], named: int) -> Harm | None:
        joined = " ".join(word.text or "\0" for word in words[named:])
        if re.fullmatch(known, joined):
            return None
        return Harm(max(len(words) - 1, 0), "belongs to a form that the judge does not know to be harmless")

    return check


def lists(options: str) -> Check:
    """Return a check that wants one of the `options` before the first operand, if there is an operand."""
    wanted = names(options)

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            text, _, value = (word.text or "").partition("=")
            if text in wanted:
                return None
            if value and text in ("--sort", "--format", "--abbrev"):
                continue
            if not re.fullmatch(r"-[arvi]+|--(?:all|remotes|verbose|no-color|color|column|no-column)", text):
                return Harm(at, CHANGES) if at + 1 < len(words) or not text.startswith("-") else None
        return None

    return check


def begins_with(known: str) -> Check:
    """Return a check that wants the first word to match the pattern `known`."""

    def check(words: Sequence[Word], named: int) -> Harm | None:
        first = words[named].text if len(words) > named else None
        return None if first is not None and re.fullmatch(known, first) else Harm(named, UNKNOWN_WORD)

    return check


_FORMAT = re.compile(r"%(?:%|[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z]))|%")


def printf(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse what assigns a variable, or makes a shell calculate: both run the substitutions in an argument."""
    texts = [word.text or "" for word in words[named:]]
    if not texts or texts[0].startswith("-"):
        return Harm(named if texts else 0, UNKNOWN)
    kinds = [found[1] or "?" for found in _FORMAT.finditer(texts[0]) if found[0] != "%%"]
    for at, kind in enumerate(kinds):
        numbers = all(re.fullmatch(r"[-+]?[\d.]+", text) for text in texts[1 + at :: len(kinds)])
        if kind not in "sbqc" and not (kind in "diuoxXeEfFgG" and numbers):
            return Harm(named, "has a format that may set or calculate something")
    return None


FIND_PREDICATES = (
    r"-(?:[HLP]|O[0-3]|D|a|o|not|and|or|true|false|daystart|depth|d|follow|maxdepth"
    r"|mindepth|mount|xdev|noleaf|warn|nowarn"
    r"|regextype|ignore_readdir_race|noignore_readdir_race|[acm](?:min|time)"
    r"|[ac]?newer|newer[aBcm][aBcmt]|empty|executable"
    r"|readable|writable|fstype|gid|group|uid|user|nogroup|nouser|i?name|i?lname"
    r"|i?path|i?wholename|i?regex|inum|samefile"
    r"|links|perm|size|type|xtype|used|context|print|print0|printf|ls|prune|quit"
    r"|\d+[a-zA-Z]*|[ugoa]+[+=][rwxXst]+)"
)
_SED_ADDRESS = r"(?:\d+|\$|/(?:[^/\\\n]|\\.)+/I?)(?:,(?:[+~]?\d+|\$|/(?:[^/\\\n]|\\.)+/I?)|~\d+)?\s*!?\s*"
_SED_COMMAND = (
    rf"(?:{_SED_ADDRESS})?(?:[pdqQl=nNDPgGhHx]|q\d+|s(?P<d>[/|,#@:])(?:(?!(?P=d))[^\\\n]|\\[^\n])*(?P=d)"
    r"(?:(?!(?P=d))[^\\\n]|\\[^\n])*(?P=d)[gpiI\d]*)"
)
_SED_COMMANDS = re.compile(_SED_COMMAND)
_SED_GROUP = re.compile(rf"(?:{_SED_ADDRESS})?\{{")


def sed(words: Sequence[Word], named: int) -> Harm | None:
    """Accept scripts of commands that neither write nor run anything."""
    at, scripts = named, 0
    while at < len(words):
        text = words[at].text or ""
        if text in ("-e", "--expression") and at + 1 < len(words):
            at += 1
            scripts += 1
            if not _is_harmless_script(words[at].text or ""):
                return Harm(at, "is a script that may write or run something")
        elif text.startswith("-") and len(text) > 1:
            if not re.fullmatch(
                r"-[nEruzs]+|--(?:quiet|silent|regexp-extended|posix|sandbox|unbuffered)", text
            ):
                return Harm(at, UNKNOWN)
        elif not scripts:
            scripts += 1
            if not _is_harmless_script(text):
                return Harm(at, "is a script that may write or run something")
        at += 1
    return None


def _is_harmless_script(script: str) -> bool:
    at, depth = 0, 0
    while True:
        while at < len(script) and script[at] in " ;\t":
            at += 1
        if at >= len(script):
            return depth == 0
        if script[at] == "}" and depth:
            at, depth = at + 1, depth - 1
            continue
        if group := _SED_GROUP.match(script, at):
            at, depth = group.end(), depth + 1
            continue
        command = _SED_COMMANDS.match(script, at)
        if command is None or command.end() == at:
            return False
        at = command.end()
        if script[at : at + 1] not in ("", ";", " ", "}"):
            return False
