"""Words in the names of secrets, and placeholder words."""

STEMS = frozenset([b"pass", b"pw", b"psk", b"secret", b"token", b"credential", b"auth", b"pat", b"key"])
"""Every name of a secret contains one of these, in any case."""

BEFORE_KEY = (
    "access|account|admin|api|app|application|auth|client|consumer|crypt|crypto|deploy|encrypt|encryption|hmac|ingest"
    "|integration|jwt|license|master|preshared|private|rest|root|secret|service|session|sharedaccess|shared|sign|signing"
    "|storage|subscription|webhook|write"
)
"""Words that make a key secret, as a pattern."""

KEYS = frozenset(BEFORE_KEY.split("|"))
"""The same words as a set."""

NOT_KEYS = frozenset(
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
"""Words before `key` that never make a secret."""

QUALIFIERS = frozenset(
    ["base", "value", "prod", "production", "dev", "test", "staging", "live", "old", "new", "raw", "text"]
)
"""Words that may follow the word that marks a name as secret."""

PASSWORDS = (
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "requirepass",
    "masterauth",
)
"""Endings of names of passwords."""

OTHER_WORDS = frozenset(
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
        "pass",
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
"""Types, states and other words that appear in place of a value."""
