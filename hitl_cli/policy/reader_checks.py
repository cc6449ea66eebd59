"""Checks of programs that read whose words need more than a list of options: what they print, and whether they end.

`reader_table` says which program has which check.
"""

import re
from collections.abc import Sequence

from hitl_cli.policy.readers import CHANGES, UNKNOWN, Check, Harm, names
from hitl_cli.policy.words import Word

SHOWS_VARIABLES = "shows the variables of processes, also those with secrets"
UNSEEN = "uses a program that is not in the command"

_PS_OPTIONS = re.compile(
    r"-aux[wfh]*|-[AadefFjlLMTwyHNZcPmV]*(?P<dash>[CGgpqstUuOo])?|-[AadefFjlLMTwyHZcPm]*[oO][\w%,:=.]+|-[pq]\d[\d,]*"
    r"|[aAcfgjlmnrSsTtuvwxhHLXZN]*(?P<bare>[oOpqkU])?|\d[\d,]*"
    r"|--(?P<long>sort|cols|columns|width|rows|lines|pid|ppid|user|group|tty|sid|format)(?P<value>=.*)?"
    r"|--(?:no-headers?|headers?|headings?|forest|deselect|cumulative|version|info)"
)


def ps(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse what prints the variables of processes: an `e` without a hyphen, `-E`, and columns of that name."""
    is_value = False
    for at, word in enumerate(words[named:], named):
        text = word.text or ""
        option = None if is_value else _PS_OPTIONS.fullmatch(text)
        if (option is None and not is_value) or "env" in text.casefold():
            is_long = text.startswith("--") and "env" not in text.casefold()
            return Harm(at, UNKNOWN if is_long else SHOWS_VARIABLES)
        is_value = option is not None and bool(
            option["dash"] or option["bare"] or (option["long"] and not option["value"])
        )
    return None


# A field of that name, and a text that is only that, are no variables.
_VARIABLES = re.compile(r"(?<![.\w\"])(?:env|strenv|envsubst)\b|\$\s*(?:ENV|__prog_args)\b|\.\.\s*env\b")
_OTHER_FILES = re.compile(r"(?<![.\w\"$])(?:import|include|load\w*)\b")


def filters(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse filters of jq and yq that print variables or read more files than the words name."""
    for at, word in enumerate(words[named:], named):
        text = word.text or ""
        if _VARIABLES.search(text):
            return Harm(at, SHOWS_VARIABLES)
        if _OTHER_FILES.search(text):
            return Harm(at, UNSEEN)
    return None


def no_argument_files(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse `@FILE`, which stands for the arguments in a file."""
    for at, word in enumerate(words[named:], named):
        if (word.text or "").startswith("@"):
            return Harm(at, UNSEEN)
    return None


_SIGNATURE = re.compile(r"%G[GSKFPT?]|signature")


def no_signature(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse formats of git that show signatures: they run GnuPG, and what the settings name in its place."""
    for at, word in enumerate(words[named:], named):
        if _SIGNATURE.search(word.text or "") and (word.text or "").startswith("-"):
            return Harm(at, "can run another program")
    return None


def date(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse an operand that is no format: it sets the clock."""
    takes_value = False
    for at, word in enumerate(words[named:], named):
        text = word.text or ""
        if takes_value:
            takes_value = False
        elif text in ("-d", "--date", "-f", "--file", "-r", "--reference"):
            takes_value = True
        elif not text.startswith(("+", "-")):
            return Harm(at, CHANGES)
    return None


def tar(words: Sequence[Word], named: int) -> Harm | None:
    """Accept only the listing of an archive."""
    rest = [word.text or "" for word in words[named:]]
    if not rest or not re.fullmatch(r"-?t[vzjJf]*|-?[vzjJ]*t[vzjJ]*f?", rest[0]):
        return Harm(
            named if rest else 0, "may write files or run programs; only a listing such as tar -tf reads"
        )
    # A colon in the name of an archive means that it is on another machine.
    bad = next(
        (at for at, text in enumerate(rest[1:], named + 1) if text.startswith("-") or ":" in text), None
    )
    return None if bad is None else Harm(bad, UNKNOWN)


def no_secrets(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse words that name secrets of a cluster."""
    for at, word in enumerate(words[named:], named):
        if "secret" in (word.text or "").lower():
            return Harm(at, "reads secrets")
    return None


def all_of(*checks: Check) -> Check:
    """Return a check that refuses what one of the `checks` refuses."""

    def check(words: Sequence[Word], named: int) -> Harm | None:
        return next((found for each in checks if (found := each(words, named)) is not None), None)

    return check


# How many operands a program needs so that it does not read standard input.
_READS_INPUT = {
    **dict.fromkeys(
        names(
            "cat tac head tail wc sort uniq cut nl paste rev fold expand unexpand fmt column od hexdump xxd base64 "
            "base32 md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum shuf strings tsort factor "
            "numfmt iconv pr"
        ),
        1,
    ),
    **dict.fromkeys(("grep", "egrep", "fgrep", "sed", "jq", "yq", "awk", "gawk", "mawk", "nawk"), 2),
    **dict.fromkeys(("comm", "join", "diff", "cmp", "look"), 1),
    "tr": 100,
}
_NO_INPUT = {
    **dict.fromkeys(("grep", "egrep", "fgrep"), re.compile(r"-\w*[rRVef].*|--(?:rec|file|regexp|version|help).*")),
    "jq": re.compile(r"-\w*n\w*|--null-input"),
    "yq": re.compile(r"-\w*n\w*|--null-input"),
    "shuf": re.compile(r"-\w*[ie].*|--(?:echo|input).*"),
    "sed": re.compile(r"-\w*[ef].*|--(?:expression|file|version|help).*"),
    "sort": re.compile(r"--files0.*"),
    "wc": re.compile(r"--files0.*"),
}  # fmt: skip
# Letters of their options whose next word is a value.
_WITH_VALUE = {
    **dict.fromkeys(("head", "tail"), "nc"), **dict.fromkeys(("grep", "egrep", "fgrep"), "ABCm"),
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), "Fv"), **dict.fromkeys(("fold", "fmt", "base64"), "w"),
    **dict.fromkeys(("expand", "unexpand"), "t"), "cut": "dfcb", "od": "AtNjw", "xxd": "lscg", "sort": "kt",
    "uniq": "fsw",
    "shuf": "n", "iconv": "ft", "column": "scoNEHRTW", "pr": "lw", "strings": "net", "nl": "bdfhilnsvw", "paste": "d",
    "hexdump": "nse",
}  # fmt: skip
_VERSION = re.compile(r"--(?:help|version)|-V")
# Words with which a command runs until somebody ends it, by its first words.
_ENDLESS = {
    "tail": re.compile(r"-\w*[fF]\w*|--fol\w*.*|--retry"),
    "journalctl": re.compile(r"-\w*f\w*|--fol\w*"),
    "dmesg": re.compile(r"-\w*[wW]\w*|--follow.*"),
    "ss": re.compile(r"-\w*E\w*|--events"),
    "lsof": re.compile(r"[-+]r.*"),
    "netstat": re.compile(r"-\w*c\w*|--cont\w*"),
    "free": re.compile(r"-\w*s.*|--sec\w*.*"),
    "findmnt": re.compile(r"-\w*p\w*|--poll.*"),
    **dict.fromkeys(("docker logs", "docker compose", "kubectl logs"), re.compile(r"--follow.*|-\w*f\w*")),
    "kubectl get": re.compile(r"-\w*w\w*|--watch.*"),
    **dict.fromkeys(("sleep", "seq"), re.compile(r"inf\w*")),
}


def why_unending(words: Sequence[Word], *, has_input: bool) -> str | None:
    """Return why a command that reads may wait for a person, or run until somebody ends it; None if it ends.

    `has_input` says that it reads a file or the output of another command.
    """
    name, texts = words[0].text or "", [word.text or "" for word in words[1:]]
    verb = f"{name} {next(iter(texts), '')}"
    endless = _ENDLESS.get(name) or _ENDLESS.get(verb)
    if endless is not None and (found := next((text for text in texts if endless.fullmatch(text)), None)):
        return f"with {found}, it runs until somebody ends it"
    samples = name in ("vmstat", "iostat", "mpstat") and sum(text.isdigit() for text in texts) == 1
    if not has_input and name == "git" and any(text.startswith(("--stdin", "--batch")) for text in texts):
        return "git waits for what somebody types"
    if samples or (verb == "docker stats" and "--no-stream" not in texts):
        return f"{verb.strip()} runs until somebody ends it"
    wanted = _READS_INPUT.get(name)
    if has_input or wanted is None or any(_VERSION.fullmatch(text) for text in texts):
        return None
    needs_none = _NO_INPUT.get(name)
    if needs_none is not None and any(needs_none.fullmatch(text) for text in texts):
        return None
    before_value = re.compile(rf"-\w*[{_WITH_VALUE.get(name, '-')}]")
    pairs = zip(["", *texts], texts, strict=False)
    operands = [
        text
        for before, text in pairs
        if text == "-" or not (text.startswith("-") or before_value.fullmatch(before))
    ]
    if len(operands) < wanted or "-" in operands:
        return f"{name} waits for what somebody types"
    return None
