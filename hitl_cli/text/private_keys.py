"""Private keys in a text: those between lines that say so, as of OpenSSL, OpenSSH, GnuPG, PuTTY and OpenVPN.

The lines are those of RFC 7468, RFC 4716, RFC 9580 and of PuTTY's own format. Looking takes linear time: each line is
looked at once for the one boundary before it.
"""

from hitl_cli.text.found import LONGEST, Found
from hitl_cli.text.linear import Match, compiled

_NAME = "private key"
_HINTS = (b"PRIVATE KEY", b"Private-Lines:", b"OpenVPN Static key")
_BOUNDARY = compiled(
    r"-{4,5} ?(BEGIN|END) (?:[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}"
    r"|\bPrivate-Lines: [0-9]{1,4}"
)
# A line may have something before it, as of grep, diff or a quotation, and line ends may be written as in JSON.
_KEY_LINE = compiled(r"(?:[A-Za-z0-9+/]|\\[nr]){20,}={0,2}(?:\\[nr]|[\s\"',;)\]}])*$")
_LAST_KEY_LINE = compiled(r"[\s>+|\"'#-]*[A-Za-z0-9+/]+={0,2}(?:\\[nr]|[\s\"',;)\]}])*")
_KEY_HEADER = compiled(r"\b(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ")
_BEFORE_KEY_LINE = 100  # characters that may stand before those of a key
_LINES_BEFORE_END = 3  # lines of any look that may stand between those of a key and its END


def private_keys(text: bytes, begin: int) -> list[Found]:
    """Return the private keys in `text` from `begin` on, with the lines around them."""
    found: list[Found] = []
    if not any(text.find(hint, begin) >= 0 for hint in _HINTS):
        return found
    for boundary in _BOUNDARY.finditer(text, begin):
        if boundary[1] != b"END":
            start = boundary.start()
            end, is_settled = _end_of_key(text, boundary)
            secret_end = end if end > boundary.end() else start  # the boundary alone is no secret
            if secret_end > start or not is_settled:
                found.append(Found(start, end, start, secret_end, _NAME, is_settled))
    return found


def _end_of_key(text: bytes, boundary: Match) -> tuple[int, bool]:
    """Return where the key ends that begins there, and whether that is sure: at its END, or where no key goes on.

    It ends with the boundary itself where nothing of a key follows.
    """
    limit = boundary.start() + LONGEST
    stop = min(limit, len(text))
    at = end = boundary.end()
    has_line = False
    others = 0
    while others <= _LINES_BEFORE_END:
        newline = text.find(b"\n", at, stop)
        line_end = newline if newline >= 0 else stop
        line = text[at:line_end]
        if closing := _BOUNDARY.search(line):
            return (at + closing.end() if closing[1] == b"END" else end), True
        if not others and _is_key_line(line):
            end, has_line = line_end, True
        elif others or (line.strip() and not _KEY_HEADER.search(line)):
            if not others and has_line and _LAST_KEY_LINE.fullmatch(line):
                end = line_end
            others += 1
        if newline < 0:
            return end, stop == limit
        at = newline + 1
    return end, True


def _is_key_line(line: bytes) -> bool:
    match = _KEY_LINE.search(line)
    return match is not None and match.start() <= _BEFORE_KEY_LINE
