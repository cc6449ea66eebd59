"""Addresses as they may be shown: without the secrets that they can hold."""

import re

_HIDDEN = "***"
# Up to the last `@` before a path begins; where the user's part has a colon, also over a slash in the password.
_USER = re.compile(r"//(?:[^/?#]*|[^/?#@:]*:(?!\d+(?:[/?#]|$))[^@]*)@")
_SECRET_VALUE = re.compile(
    r"([?&;][^=&;#]*(?:key|token|secret|pass|pwd|sig|auth|credential)[^=&;#]*=)[^&;#]*", re.IGNORECASE
)


def without_secrets(url: str) -> str:
    """Return `url` with a user's name and password, and the values of secret parameters, replaced."""
    return _SECRET_VALUE.sub(rf"\1{_HIDDEN}", _USER.sub(f"//{_HIDDEN}@", url, count=1))
