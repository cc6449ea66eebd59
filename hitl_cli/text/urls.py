"""Removes secrets from URLs, so that they can be shown."""

import re

_HIDDEN = "***"
# Up to the last `@` before the path; if the user part has a colon, the password may also contain a slash.
_USER = re.compile(r"//(?:[^/?#]*|[^/?#@:]*:(?!\d+(?:[/?#]|$))[^@]*)@")
_SECRET_VALUE = re.compile(
    r"([?&;][^=&;#]*(?:key|token|secret|pass|pwd|sig|auth|credential)[^=&;#]*=)[^&;#]*", re.IGNORECASE
)


def without_secrets(url: str) -> str:
    """Return `url` with the user name, the password and the values of secret parameters replaced."""
    return _SECRET_VALUE.sub(rf"\1{_HIDDEN}", _USER.sub(f"//{_HIDDEN}@", url, count=1))
