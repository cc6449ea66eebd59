"""Copying through the terminal, which may be far away from this machine: OSC 52 of xterm's control sequences."""

import base64


def copy_sequence(text: str) -> str:
    """Return what makes a terminal put `text` into its clipboard; the text itself is not among it."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'surrogateescape')).decode('ascii')}\x07"
