"""Secrets that a name gives away: `DB_PASSWORD=…`, `"client_secret": "…"`, `password: …`, `--token …`.

A name alone is not enough, since programs, manuals and messages speak of passwords all the time. What stands after it
must be a value, and neither a placeholder, a type, a path or an expression. What a person can choose as a password may
be a plain word where nothing but a setting looks like that; a token or a key must look as if a machine had made it.
"""

import re
from enum import Enum

from hitl_cli.text.secrets.found import Found
from hitl_cli.text.secrets.linear import Match, compiled
from hitl_cli.text.secrets.words import BEFORE_KEY, KEYS, NOT_KEYS, OTHER_WORDS, PASSWORDS, QUALIFIERS

_WORDS = (
    r"(?:passwords?|passwd|passphrase|passcode|passwort|pwd|pass|pw|psk|secrets?|tokens?|credentials?|auth|requirepass"
    rf"|masterauth|pat|(?:{BEFORE_KEY})[ _.-]?keys?|(?-i:_KEYS?))"
)
STEMS = frozenset([b"pass", b"pw", b"psk", b"secret", b"token", b"credential", b"auth", b"pat", b"key"])
"""Every name of a secret has one of these in it, in any case."""

_QUALIFIED = r"(?:[_-]?(?:base|value|prod|production|dev|test|staging|live|old|new|raw|text|[0-9]+))?"
_NAME = rf"(?P<name>[\w.-]*{_WORDS}{_QUALIFIED})"
_QUOTED = (
    r"[bru]?(?:\\\"(?P<escaped>(?:[^\"\\\n]|\\[^\"\n])*)\\\"|\"(?P<double>(?:[^\"\\\n]|\\.)*)\""
    r"|'(?P<single>(?:[^'\\\n]|\\.)*)')"
)
_ASSIGNED = compiled(
    rf"(?i){_NAME}(?:\\?[\"'])?\]?(?P<sign>[ \t]*(?:=>|:=|[:=])[ \t]*|[ \t]+(?:is|was):?[ \t]+|[ \t]+)"
    rf"(?:{_QUOTED}|(?P<plain>/?[^\s\"'`,;&<>(){{}}\[\]|\\/][^\s\"'`,;&<>(){{}}\[\]|\\]*))"
)
# One that begins a line may hold any character but a blank, and nothing else may follow it there.
_SETTING = compiled(
    r"(?im)^(?P<lead>[ \t>+|#*-]*"
    r"(?:(?:export|setx?|set[ \t]+-[a-zA-Z]+|setenv|env|arg|declare[ \t]+-x|local)[ \t]+)?[\"']?)"
    rf"{_NAME}[\"']?"
    r"(?P<sign>[ \t]*[:=][ \t]*|[ \t]+\|[ \t]+|[ \t]+)(?P<plain>[^\s\"'][^\s]*)(?P<rest>[ \t\r|]*(?:[ \t]#[^\n]*)?$)?"
)
# The name and the value of a variable on two lines, as in the settings of a container.
_LISTED_NAME = rf"(?im)^[ \t+-]*[\"']?name[\"']?:[ \t]*[\"']?{_NAME}[\"']?,?[ \t\r]*"
_LISTED = compiled(
    rf"{_LISTED_NAME}\n[ \t+]*[\"']?value[\"']?:[ \t]*(?:{_QUOTED}|(?P<plain>[^\s\"'{{\[][^\s]*))"
)
_LISTED_OPEN = compiled(rf"{_LISTED_NAME}(?:\n[^\n]*)?\z")
_PLAIN_SETTING, _PLAIN = 4, 6  # the groups of values without quotes

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLACEHOLDER = re.compile(
    r"[*•.xX_?#\-…\s]+|[$%@<{\[(&|!=:~^`,;].*|.*`.*|(?:required|nullable)\|.*|.*(?:\$\{|\{\{|\}\}|<[a-z_ -]+>).*"
    r"|(?:my|your|some|the|a|an|replace|insert|enter|change|put|use|example|sample|dummy|fake|test|redacted)"
    r"(?:[_ -](?:own|me|with|here|api|access|secret|private|new|old|user|account|service|personal|real|client"
    r"|passw(?:or)?d|token|key|value|this|in|production))*",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?:~|\.{1,2})?/[^=+]*|[A-Za-z]:\\.*|[a-z][a-z0-9+.-]*://.*|[\w./-]+\.[a-z]{1,4}", re.DOTALL
)
_EXPRESSION = re.compile(
    r"[A-Za-z_]+(?:(?:\.|->|::)[A-Za-z_]+)+|[A-Za-z_][\w.]*[(\[].*|[bfru]{1,2}[\"'].*|[A-Z][a-z]+(?:[A-Z][a-z]+)+"
)
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_LETTERS = re.compile(r"[^\W\d]+(?:-[^\W\d]+)*")
_LABEL = re.compile(
    r"[A-Z][a-z']*|.*[.?!:…]|.*\b(?i:password|passphrase|secret|token|key|must|should|your|is|are|the|for|to|of)\b.*"
)
_NUMBER = re.compile(r"[+-]?[0-9][0-9_.,:-]*(?:[a-z]{1,3}|%)?")
_OWN_NAME = re.compile(r"password|passwd|secret", re.IGNORECASE)
_PROPERTY = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
_ODD_SIGN = re.compile(r"[ \t]+:|=[ \t]+")
_MADE = re.compile(r"[\w.~+/=:%|@!$^&*?#;,-]+")
_BASE64 = re.compile(r"[+/=~]")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_WEAK = frozenset(("password", "passwd", "pass", "secret"))
_NAME_READ = 80  # characters of a name, from its end, that are looked at


class Kind(Enum):
    """What a name promises; the value is what a note calls it."""

    PASSWORD = "password"
    SECRET = "secret"
    TOKEN = "token"
    KEY = "key"


def assigned_secrets(text: bytes, begin: int) -> list[Found]:
    """Return the secrets in `text` from `begin` on that a name before them gives away."""
    found = []
    for match in _SETTING.finditer(text, begin):
        found += _judged(text, match, begins_line=True)
    for match in _ASSIGNED.finditer(text, begin):
        found += _judged(text, match, begins_line=False)
    for match in _LISTED.finditer(text, begin):
        found += _listed(text, match)
    if open_match := _LISTED_OPEN.search(text, begin):
        start = open_match.start()
        found.append(Found(start, len(text), start, start, Kind.SECRET.value, is_settled=False))
    return found


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for something else: a variable, a type, a state, stars."""
    return value.lower().rstrip("0123456789") in OTHER_WORDS or _PLACEHOLDER.fullmatch(value) is not None


def looks_made(value: str, shortest: int = 8) -> bool:
    """Whether a machine may have made `value`: letters and digits, or many letters of both kinds."""
    if not _MADE.fullmatch(value):
        return False
    has_digit = any(each.isdigit() for each in value)
    has_letter = any(each.isalpha() for each in value)
    is_long = len(value) >= 20 and _BASE64.search(value) is not None
    return len(value) >= shortest and has_letter and (has_digit or is_long) and not _NUMBER.fullmatch(value)


def _judged(text: bytes, match: Match, *, begins_line: bool) -> list[Found]:
    """Return the secret that `match` holds, if it is one."""
    group = _PLAIN_SETTING if begins_line else match.lastindex or 0
    start, end = match.span(group)
    name, sign = match[1 + begins_line].decode("latin-1"), match[2 + begins_line].decode("latin-1")
    value = text[start:end].decode("utf-8", "replace")
    kind = _kind(name, sign, value)
    if kind is None or not value or value.startswith(("--", "-[")) or _ODD_SIGN.fullmatch(sign):
        return []
    if is_placeholder(value) and not _is_weak(name, sign, value):
        return []
    if begins_line:
        is_alone = match.end() > end or text[end : end + 1] in (b"", b"\n")
        is_secret = _is_setting(kind, name, sign, value, match[1].decode("latin-1"), is_alone=is_alone)
    elif group == _PLAIN:
        around = text[max(match.start() - 1, 0) : match.start()] + text[end : end + 1]
        is_secret = _is_plain(kind, name, sign, value, around)
    else:
        is_secret = _is_quoted(kind, name, sign, value)
    return [Found(match.start(), match.end(), start, end, kind.value)] if is_secret else []


def _listed(text: bytes, match: Match) -> list[Found]:
    """Return the secret on the line below its name, if it is one."""
    start, end = match.span(match.lastindex or 0)
    value = text[start:end].decode("utf-8", "replace")
    kind = _kind(match[1].decode("latin-1"), "=", value)
    if kind is None or len(value) < 3 or is_placeholder(value) or _is_reference(value):
        return []
    if kind in (Kind.TOKEN, Kind.KEY) and not looks_made(value):
        return []
    return [Found(match.start(), match.end(), start, end, kind.value)]


def _kind(name: str, sign: str, value: str) -> Kind | None:
    parts = [part for part in re.split(r"[ _.-]+", _CAMEL.sub("_", name[-_NAME_READ:]).lower()) if part]
    while parts and (parts[-1] in QUALIFIERS or parts[-1].isdigit()):
        parts.pop()
    if not parts or "public" in parts:
        return None
    last, before = parts[-1].rstrip("0123456789"), parts[-2] if len(parts) > 1 else ""
    if last in ("tokens", "secrets") and ":" in sign:
        return None  # a list of their names
    if parts == ["pass"] and sign.strip() != "=" and not (sign == ":" and name.islower()):
        return None  # as a test does
    if last.endswith((*PASSWORDS, "pwd")) or last in ("pass", "pw", "psk"):
        return Kind.PASSWORD
    if last.endswith(("secret", "secrets")):
        return Kind.SECRET
    if last.endswith(("token", "tokens")) or last.startswith("credential") or parts == ["auth"]:
        return Kind.TOKEN
    if last in ("key", "keys"):
        is_named = before in KEYS or (name.isupper() and before and before not in NOT_KEYS)
        return Kind.KEY if is_named else None
    if last == "pat":
        return Kind.KEY if name.isupper() and _WORD.fullmatch(value) else None
    is_joined = last.endswith(("apikey", "accesskey", "secretkey", "privatekey", "accountkey", "authkey"))
    return Kind.KEY if is_joined else None


def _is_weak(name: str, sign: str, value: str) -> bool:
    """Whether a word that is often a placeholder is what somebody has set."""
    return name.isupper() and sign == "=" and value.lower() in _WEAK


def _is_setting(kind: Kind, name: str, sign: str, value: str, lead: str, *, is_alone: bool) -> bool:
    """Whether a plain word after a name that begins a line is its secret value."""
    given = lead.strip(" \t>+|#*-\"'").lower()
    has_quote = lead.endswith(('"', "'"))
    is_exported = name.isupper() and (sign == "=" or given.startswith(("env", "arg", "set")))
    if not (is_alone or (is_exported and sign.strip())) or value.endswith((",", ";", "{", "(")):
        return False
    core = value.rstrip(",;:)]}")
    is_code = core != value and (is_placeholder(core) or _LETTERS.fullmatch(core) is not None)
    if is_code or _is_reference(value) or (has_quote and not is_exported):
        return False
    if kind in (Kind.TOKEN, Kind.KEY):
        return looks_made(value)
    if not sign.strip():
        is_netrc = (
            name.lower() in ("password", "passwd") and _is_odd(value) and _DIGIT.search(value) is not None
        )
        return is_exported or is_netrc or name.lower() in ("requirepass", "masterauth")
    if value.isdigit():
        return kind is Kind.PASSWORD and len(value) >= 4 and not name.lower().endswith("pass")
    if not _LETTERS.fullmatch(value):
        return len(value) >= 3 and not _NUMBER.fullmatch(value)
    if name.isupper():
        return not _CONSTANT.fullmatch(value) and (sign == "=" or not _LABEL.fullmatch(value))
    if sign.startswith((" ", "\t")) and "=" in sign:
        return (
            len(value) >= 12 and value.isalpha() and value.islower()
        )  # shorter ones may be variables of a program
    return kind is Kind.PASSWORD and len(value) >= 4


def _is_plain(kind: Kind, name: str, sign: str, value: str, around: bytes) -> bool:
    """Whether a word without quotes is a secret, wherever it stands; `around` is what is before and after it."""
    if around.endswith((b"(", b"[")) or _is_reference(value):
        return False
    if not sign.strip():
        return name.startswith("-") and not value.startswith("-") and looks_made(value, shortest=6)
    if kind in (Kind.TOKEN, Kind.KEY):
        return looks_made(value)
    if around.startswith((b";", b"?", b"&")) or around.endswith((b";", b"&")):
        return "=" in sign and " " not in sign and len(value) >= 3 and not _NUMBER.fullmatch(value)
    if kind is Kind.PASSWORD and sign == "=" and value.islower() and not name.startswith("-"):
        stands_alone = around[:1] in (b" ", b'"', b"'") and around[1:] in (b" ", b"\n", b"", b'"', b"'")
        if stands_alone and value.isalpha() and len(value) >= 4:
            return True  # among settings of a connection; an argument of a call is followed by a comma
    if _LETTERS.fullmatch(value) or _NUMBER.fullmatch(value):
        return name.isupper() and sign == "=" and not value.isdigit() and not _CONSTANT.fullmatch(value)
    if kind is not Kind.PASSWORD:
        return looks_made(value, shortest=6 if sign == "=" else 8)
    return _is_odd(value) and (sign == "=" or re.search(r"\d|[^\w.:-]", value) is not None)


def _is_quoted(kind: Kind, name: str, sign: str, value: str) -> bool:
    """Whether a text in quotes is a secret."""
    if not sign.strip():
        is_told = kind is Kind.PASSWORD and _DIGIT.search(value) is not None
        return (name.startswith("-") or is_told) and (looks_made(value) or _is_odd(value))
    if kind in (Kind.TOKEN, Kind.KEY):
        return looks_made(value) and not re.search(r"[ $]", value) and not _is_reference(value)
    if (
        value != value.strip()
        or _PROPERTY.fullmatch(value)
        or _PATH.fullmatch(value)
        or (not name.isupper() and _LABEL.fullmatch(value))
    ):
        return False
    if value.isdigit():
        return kind is Kind.PASSWORD and len(value) >= 4
    if not name.isupper() and _LETTERS.fullmatch(value):
        is_named = kind is Kind.SECRET and not value.isalpha()  # with a hyphen, it is what a secret is called
        return len(value) >= 3 and not is_named and not _OWN_NAME.search(value)
    return len(value) >= 3 and not _NUMBER.fullmatch(value)


def _is_reference(value: str) -> bool:
    """Whether `value` says where a secret is, or what makes it, and is none itself."""
    return _PATH.fullmatch(value) is not None or _EXPRESSION.fullmatch(value) is not None


def _is_odd(value: str) -> bool:
    """Whether `value` is no plain word and no number."""
    return len(value) >= 4 and not _LETTERS.fullmatch(value) and not _NUMBER.fullmatch(value)
