"""Finds secrets by the name before them: `DB_PASSWORD=…`, `"client_secret": "…"`, `password: …`, `--token …`.

The name alone is not enough, because programs, manuals and messages mention passwords all the time. The text after it
must be a value, not a placeholder, a type, a path or an expression. A password that a person chose may be a plain word
if the line can only be a setting; a token or a key must look machine-made.
"""

import re
from enum import Enum

from hitl_cli.text.secrets.linear_regex import LinearPattern, Match
from hitl_cli.text.secrets.secret_match import SecretMatch
from hitl_cli.text.secrets.words import BEFORE_KEY, KEYS, NOT_KEYS, OTHER_WORDS, PASSWORDS, QUALIFIERS

_WORDS = (
    r"(?:passwords?|passwd|passphrase|passcode|passwort|pwd|pass|pw|psk|secrets?|tokens?|credentials?|auth|requirepass"
    rf"|masterauth|pat|(?:{BEFORE_KEY})[ _.-]?keys?|(?-i:_KEYS?))"
)
_QUALIFIED = r"(?:[_-]?(?:base|value|prod|production|dev|test|staging|live|old|new|raw|text|[0-9]+))?"
_NAME = rf"(?P<name>[\w.-]*{_WORDS}{_QUALIFIED})"
_QUOTED = (
    r"[bru]?(?:\\\"(?P<escaped>(?:[^\"\\\n]|\\[^\"\n])*)\\\"|\"(?P<double>(?:[^\"\\\n]|\\.)*)\""
    r"|'(?P<single>(?:[^'\\\n]|\\.)*)')"
)
_ASSIGNED = LinearPattern(
    rf"(?i){_NAME}(?:\\?[\"'])?\]?(?P<sign>[ \t]*(?:=>|:=|[:=])[ \t]*|[ \t]+(?:is|was):?[ \t]+|[ \t]+)"
    rf"(?:{_QUOTED}|(?P<plain>/?[^\s\"'`,;&<>(){{}}\[\]|\\/][^\s\"'`,;&<>(){{}}\[\]|\\]*))"
)
# A setting at the start of a line: its value may contain any character except blanks, and must end the line.
_SETTING = LinearPattern(
    r"(?im)^(?P<lead>[ \t>+|#*-]*"
    r"(?:(?:export|setx?|set[ \t]+-[a-zA-Z]+|setenv|env|arg|declare[ \t]+-x|local)[ \t]+)?[\"']?)"
    rf"{_NAME}[\"']?"
    r"(?P<sign>[ \t]*[:=][ \t]*|[ \t]+\|[ \t]+|[ \t]+)(?P<plain>[^\s\"'][^\s]*)(?P<rest>[ \t\r|]*(?:[ \t]#[^\n]*)?$)?"
)
# The name and the value of a variable on two lines, as in container settings.
_LISTED_NAME = rf"(?im)^[ \t+-]*[\"']?name[\"']?:[ \t]*[\"']?{_NAME}[\"']?,?[ \t\r]*"
_LISTED = LinearPattern(
    rf"{_LISTED_NAME}\n[ \t+]*[\"']?value[\"']?:[ \t]*(?:{_QUOTED}|(?P<plain>[^\s\"'{{\[][^\s]*))"
)
_LISTED_OPEN = LinearPattern(rf"{_LISTED_NAME}(?:\n[^\n]*)?\z")
_PLAIN_SETTING, _PLAIN = 4, 6  # the groups of unquoted values

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
_NAME_READ = 80  # last characters of a name that are checked


class SecretKind(Enum):
    """The kind of secret that a name indicates; the value is its name in a mask."""

    PASSWORD = "password"
    SECRET = "secret"
    TOKEN = "token"
    KEY = "key"


def assigned_secrets(text: bytes, begin: int) -> list[SecretMatch]:
    """Return the secrets in `text` from `begin` that have a secret name before them."""
    found = []
    for match in _SETTING.finditer(text, begin):
        found += _checked_match(text, match, begins_line=True)
    for match in _ASSIGNED.finditer(text, begin):
        found += _checked_match(text, match, begins_line=False)
    for match in _LISTED.finditer(text, begin):
        found += _listed_secret(text, match)
    if open_match := _LISTED_OPEN.search(text, begin):
        start = open_match.start()
        found.append(SecretMatch(start, len(text), start, start, SecretKind.SECRET.value, is_settled=False))
    return found


def is_placeholder(value: str) -> bool:
    """Whether `value` is a placeholder: a variable, a type, a state, asterisks."""
    return value.lower().rstrip("0123456789") in OTHER_WORDS or _PLACEHOLDER.fullmatch(value) is not None


def looks_made(value: str, shortest: int = 8) -> bool:
    """Whether `value` looks machine-made: letters and digits, or long base64 text."""
    if not _MADE.fullmatch(value):
        return False
    has_digit = any(each.isdigit() for each in value)
    has_letter = any(each.isalpha() for each in value)
    is_long = len(value) >= 20 and _BASE64.search(value) is not None
    return len(value) >= shortest and has_letter and (has_digit or is_long) and not _NUMBER.fullmatch(value)


def _checked_match(text: bytes, match: Match, *, begins_line: bool) -> list[SecretMatch]:
    """Return the secret in `match`, if it is one."""
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
    return [SecretMatch(match.start(), match.end(), start, end, kind.value)] if is_secret else []


def _listed_secret(text: bytes, match: Match) -> list[SecretMatch]:
    """Return the secret on the line after its name, if it is one."""
    start, end = match.span(match.lastindex or 0)
    value = text[start:end].decode("utf-8", "replace")
    kind = _kind(match[1].decode("latin-1"), "=", value)
    if kind is None or len(value) < 3 or is_placeholder(value) or _is_reference(value):
        return []
    if kind in (SecretKind.TOKEN, SecretKind.KEY) and not looks_made(value):
        return []
    return [SecretMatch(match.start(), match.end(), start, end, kind.value)]


def _kind(name: str, sign: str, value: str) -> SecretKind | None:
    parts = [part for part in re.split(r"[ _.-]+", _CAMEL.sub("_", name[-_NAME_READ:]).lower()) if part]
    while parts and (parts[-1] in QUALIFIERS or parts[-1].isdigit()):
        parts.pop()
    if not parts or "public" in parts:
        return None
    last, before = parts[-1].rstrip("0123456789"), parts[-2] if len(parts) > 1 else ""
    if last in ("tokens", "secrets") and ":" in sign:
        return None  # a list of secret names
    if parts == ["pass"] and sign.strip() != "=" and not (sign == ":" and name.islower()):
        return None  # the result of a test
    if last.endswith((*PASSWORDS, "pwd")) or last in ("pass", "pw", "psk"):
        return SecretKind.PASSWORD
    if last.endswith(("secret", "secrets")):
        return SecretKind.SECRET
    if last.endswith(("token", "tokens")) or last.startswith("credential") or parts == ["auth"]:
        return SecretKind.TOKEN
    if last in ("key", "keys"):
        is_named = before in KEYS or (name.isupper() and before and before not in NOT_KEYS)
        return SecretKind.KEY if is_named else None
    if last == "pat":
        return SecretKind.KEY if name.isupper() and _WORD.fullmatch(value) else None
    is_joined = last.endswith(("apikey", "accesskey", "secretkey", "privatekey", "accountkey", "authkey"))
    return SecretKind.KEY if is_joined else None


def _is_weak(name: str, sign: str, value: str) -> bool:
    """Whether a word that is often a placeholder is really a weak password."""
    return name.isupper() and sign == "=" and value.lower() in _WEAK


def _is_setting(kind: SecretKind, name: str, sign: str, value: str, lead: str, *, is_alone: bool) -> bool:
    """Whether an unquoted word after a name at the start of a line is its secret value."""
    given = lead.strip(" \t>+|#*-\"'").lower()
    has_quote = lead.endswith(('"', "'"))
    is_exported = name.isupper() and (sign == "=" or given.startswith(("env", "arg", "set")))
    if not (is_alone or (is_exported and sign.strip())) or value.endswith((",", ";", "{", "(")):
        return False
    core = value.rstrip(",;:)]}")
    is_code = core != value and (is_placeholder(core) or _LETTERS.fullmatch(core) is not None)
    if is_code or _is_reference(value) or (has_quote and not is_exported):
        return False
    if kind in (SecretKind.TOKEN, SecretKind.KEY):
        return looks_made(value)
    if not sign.strip():
        is_netrc = (
            name.lower() in ("password", "passwd") and _is_odd(value) and _DIGIT.search(value) is not None
        )
        return is_exported or is_netrc or name.lower() in ("requirepass", "masterauth")
    if value.isdigit():
        return kind is SecretKind.PASSWORD and len(value) >= 4 and not name.lower().endswith("pass")
    if not _LETTERS.fullmatch(value):
        return len(value) >= 3 and not _NUMBER.fullmatch(value)
    if name.isupper():
        return not _CONSTANT.fullmatch(value) and (sign == "=" or not _LABEL.fullmatch(value))
    if sign.startswith((" ", "\t")) and "=" in sign:
        return (
            len(value) >= 12 and value.isalpha() and value.islower()
        )  # shorter words may be program variables
    return kind is SecretKind.PASSWORD and len(value) >= 4


def _is_plain(kind: SecretKind, name: str, sign: str, value: str, around: bytes) -> bool:
    """Whether an unquoted word anywhere is a secret; `around` are the characters before and after it."""
    if around.endswith((b"(", b"[")) or _is_reference(value):
        return False
    if not sign.strip():
        return name.startswith("-") and not value.startswith("-") and looks_made(value, shortest=6)
    if kind in (SecretKind.TOKEN, SecretKind.KEY):
        return looks_made(value)
    if around.startswith((b";", b"?", b"&")) or around.endswith((b";", b"&")):
        return "=" in sign and " " not in sign and len(value) >= 3 and not _NUMBER.fullmatch(value)
    if kind is SecretKind.PASSWORD and sign == "=" and value.islower() and not name.startswith("-"):
        stands_alone = around[:1] in (b" ", b'"', b"'") and around[1:] in (b" ", b"\n", b"", b'"', b"'")
        if stands_alone and value.isalpha() and len(value) >= 4:
            return True  # a connection string; an argument of a function call would be followed by a comma
    if _LETTERS.fullmatch(value) or _NUMBER.fullmatch(value):
        return name.isupper() and sign == "=" and not value.isdigit() and not _CONSTANT.fullmatch(value)
    if kind is not SecretKind.PASSWORD:
        return looks_made(value, shortest=6 if sign == "=" else 8)
    return _is_odd(value) and (sign == "=" or re.search(r"\d|[^\w.:-]", value) is not None)


def _is_quoted(kind: SecretKind, name: str, sign: str, value: str) -> bool:
    """Whether a quoted text is a secret."""
    if not sign.strip():
        is_told = kind is SecretKind.PASSWORD and _DIGIT.search(value) is not None
        return (name.startswith("-") or is_told) and (looks_made(value) or _is_odd(value))
    if kind in (SecretKind.TOKEN, SecretKind.KEY):
        return looks_made(value) and not re.search(r"[ $]", value) and not _is_reference(value)
    if (
        value != value.strip()
        or _PROPERTY.fullmatch(value)
        or _PATH.fullmatch(value)
        or (not name.isupper() and _LABEL.fullmatch(value))
    ):
        return False
    if value.isdigit():
        return kind is SecretKind.PASSWORD and len(value) >= 4
    if not name.isupper() and _LETTERS.fullmatch(value):
        is_named = (
            kind is SecretKind.SECRET and not value.isalpha()
        )  # with a hyphen, it is the name of a secret
        return len(value) >= 3 and not is_named and not _OWN_NAME.search(value)
    return len(value) >= 3 and not _NUMBER.fullmatch(value)


def _is_reference(value: str) -> bool:
    """Whether `value` is a path or an expression that refers to a secret."""
    return _PATH.fullmatch(value) is not None or _EXPRESSION.fullmatch(value) is not None


def _is_odd(value: str) -> bool:
    """Whether `value` is neither a plain word nor a number."""
    return len(value) >= 4 and not _LETTERS.fullmatch(value) and not _NUMBER.fullmatch(value)
