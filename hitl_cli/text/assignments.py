"""Secrets that a name gives away: `DB_PASSWORD=…`, `"client_secret": "…"`, `password: …`, `--token …`.

A name alone is not enough, since programs, manuals and messages speak of passwords all the time. What stands after it
must be a value, and neither a placeholder, a type, a path or an expression. What a person can choose as a password may
be a plain word where nothing but a setting looks like that; a token or a key must look as if a machine had made it.
"""

import re
from enum import Enum

from hitl_cli.text.found import Found
from hitl_cli.text.linear import Match, compiled

_BEFORE_KEY = (
    "access|account|admin|api|app|application|auth|client|consumer|crypt|crypto|deploy|encrypt|encryption|hmac|ingest"
    "|integration|jwt|license|master|preshared|private|rest|root|secret|service|session|sharedaccess|shared|sign|signing"
    "|storage|subscription|webhook|write"
)
_WORDS = (
    r"(?:passwords?|passwd|passphrase|passcode|passwort|pwd|pass|psk|secrets?|tokens?|credentials?|auth|requirepass"
    rf"|masterauth|pat|(?:{_BEFORE_KEY})[_.-]?keys?|(?-i:_KEYS?))"
)
STEMS = frozenset([b"pass", b"pwd", b"psk", b"secret", b"token", b"credential", b"auth", b"pat", b"key"])
"""Every name of a secret has one of these in it, in any case."""

_QUALIFIED = r"(?:[_-]?(?:base|value|prod|production|dev|test|staging|live|old|new|raw|text|[0-9]+))?"
_NAME = rf"(?P<name>[\w.-]*{_WORDS}{_QUALIFIED})"
_QUOTED = (
    r"[bru]?(?:\\\"(?P<escaped>(?:[^\"\\\n]|\\[^\"\n])*)\\\"|\"(?P<double>(?:[^\"\\\n]|\\.)*)\""
    r"|'(?P<single>(?:[^'\\\n]|\\.)*)')"
)
_ASSIGNED = compiled(
    rf"(?i){_NAME}(?:\\?[\"'])?\]?(?P<sign>[ \t]*(?:=>|:=|[:=])[ \t]*|[ \t]+)"
    rf"(?:{_QUOTED}|(?P<plain>/?[^\s\"'`,;&<>(){{}}\[\]|\\/][^\s\"'`,;&<>(){{}}\[\]|\\]*))"
)
# One that begins a line may hold any character but a blank, and nothing else may follow it there.
_SETTING = compiled(
    rf"(?im)^(?P<lead>[ \t>+|#*-]*(?:(?:export|set|setenv|env|arg|declare[ \t]+-x|local)[ \t]+)?[\"']?){_NAME}[\"']?"
    r"(?P<sign>[ \t]*[:=][ \t]*|[ \t]+\|[ \t]+|[ \t]+)(?P<plain>[^\s\"'][^\s]*)(?P<rest>[ \t\r|]*(?:[ \t]#[^\n]*)?$)?"
)
_PLAIN_SETTING, _PLAIN = 4, 6  # the groups of values without quotes

_KEYS = frozenset(_BEFORE_KEY.split("|"))
_NOT_KEYS = frozenset(
    [
        "public",
        "pub",
        "primary",
        "foreign",
        "partition",
        "sort",
        "cache",
        "dict",
        "index",
        "hot",
        "map",
        "object",
        "row",
        "column",
        "lookup",
        "group",
        "routing",
        "gpg",
        "registry",
        "known",
        "authorized",
        "ssh",
        "trusted",
        "package",
        "config",
    ]
)
_QUALIFIERS = frozenset(
    ["base", "value", "prod", "production", "dev", "test", "staging", "live", "old", "new", "raw", "text"]
)
_PASSWORDS = (
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "requirepass",
    "masterauth",
)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLACEHOLDER = re.compile(
    r"[*•.xX_?#\-…\s]+|[$%@<{\[(&|!=:~^`,;].*|.*`.*|(?:required|nullable)\|.*|.*(?:\$\{|\{\{|\}\}|<[a-z_ -]+>).*"
    r"|(?:my|your|some|the|a|an|replace|insert|enter|change|put|use|example|sample|dummy|fake|test|redacted)"
    r"(?:[_ -](?:own|me|with|here|api|access|secret|private|new|old|user|account|service|personal|real|client"
    r"|passw(?:or)?d|token|key|value|this|in|production))*",
    re.IGNORECASE,
)
_OTHER_WORDS = frozenset(
    # Types, states and what a program says in the place of a value.
    [
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "yes",
        "no",
        "on",
        "off",
        "string",
        "str",
        "text",
        "char",
        "varchar",
        "int",
        "integer",
        "number",
        "bool",
        "boolean",
        "bytes",
        "any",
        "object",
        "list",
        "dict",
        "array",
        "map",
        "optional",
        "required",
        "never",
        "always",
        "unset",
        "empty",
        "missing",
        "invalid",
        "incorrect",
        "wrong",
        "expired",
        "changed",
        "unchanged",
        "hidden",
        "masked",
        "redacted",
        "unknown",
        "default",
        "disabled",
        "enabled",
        "ok",
        "success",
        "successful",
        "failed",
        "failure",
        "error",
        "ok?",
        "files",
        "compat",
        "db",
        "sss",
        "systemd",
        "ldap",
        "nis",
        "winbind",
        "requisite",
        "sufficient",
        "include",
        "define",
        "bearer",
        "basic",
        "digest",
        "eof",
        "eol",
        "identifier",
        "keyword",
        "newline",
        "whitespace",
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "token",
        "secret",
        "key",
        "credentials",
        "value",
        "name",
        "file",
        "path",
        "stdin",
        "prompt",
        "ask",
        "env",
    ]
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
    return found


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for something else: a variable, a type, a state, stars."""
    return value.lower().rstrip("0123456789") in _OTHER_WORDS or _PLACEHOLDER.fullmatch(value) is not None


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
    if kind is None or not value or value.startswith("--") or _ODD_SIGN.fullmatch(sign):
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


def _kind(name: str, sign: str, value: str) -> Kind | None:
    parts = [part for part in re.split(r"[_.-]+", _CAMEL.sub("_", name[-_NAME_READ:]).lower()) if part]
    while parts and (parts[-1] in _QUALIFIERS or parts[-1].isdigit()):
        parts.pop()
    if not parts or "public" in parts:
        return None
    last, before = parts[-1].rstrip("0123456789"), parts[-2] if len(parts) > 1 else ""
    if last in ("tokens", "secrets") and ":" in sign:
        return None  # a list of their names
    if parts == ["pass"] and sign != "=":
        return None  # as a test does
    if last.endswith((*_PASSWORDS, "pwd")) or last in ("pass", "psk"):
        return Kind.PASSWORD
    if last.endswith(("secret", "secrets")):
        return Kind.SECRET
    if last.endswith(("token", "tokens")) or last.startswith("credential") or parts == ["auth"]:
        return Kind.TOKEN
    if last in ("key", "keys"):
        is_named = before in _KEYS or (name.isupper() and before and before not in _NOT_KEYS)
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
    is_exported = name.isupper() and (sign == "=" or given in ("env", "arg", "setenv"))
    if not (is_alone or is_exported) or value.endswith((",", ";", "{", "(")):
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
    if _LETTERS.fullmatch(value) or _NUMBER.fullmatch(value):
        return name.isupper() and sign == "=" and not value.isdigit() and not _CONSTANT.fullmatch(value)
    if kind is not Kind.PASSWORD:
        return looks_made(value, shortest=6 if sign == "=" else 8)
    return _is_odd(value) and (sign == "=" or re.search(r"\d|[^\w.:-]", value) is not None)


def _is_quoted(kind: Kind, name: str, sign: str, value: str) -> bool:
    """Whether a text in quotes is a secret."""
    if not sign.strip():
        return name.startswith("-") and (looks_made(value) or _is_odd(value))
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
