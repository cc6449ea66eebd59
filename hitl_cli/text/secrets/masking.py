"""Masks secrets in text for models and logs: the user's own by value, others by their format or name."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from hitl_cli.text.secrets.secret_match import LONGEST, SecretMatch

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|APIKEY|PAT)S?(?:_|$)"
    r"|(?:PASSWORD|APIKEY|SECRET|TOKEN)$",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"^(?:PWD|OLDPWD)$|_(?:PATH|FILE|DIR|SOCK|URL|HELPER|TYPE)$", re.IGNORECASE)
_SHORTEST = 8
_LONGEST_LINE = 2 * LONGEST  # bytes of a line that are buffered before it is cut
_CONTEXT = 256  # bytes kept of the text already returned, for word and line boundaries
_SELDOM = 4096  # with more buffered bytes than this, search again only after the buffer has grown by half
_AFTER_SECRET = re.compile(rb"[\s\"']")


def secret_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the `variables` with secret names, whose values are long enough to be secrets."""
    return {
        name: value
        for name, value in variables.items()
        if len(value) >= _SHORTEST and _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name)
    }


class Mask:
    """Masks secrets in linear time; `secrets` maps the names of variables to secret values."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self._names = {_bytes(form): name for name, value in secrets.items() for form in _as_printed(value)}
        self._several_lines = [value for value in self._names if b"\n" in value]
        longest = max([LONGEST, *map(len, self._names)])
        self._reach = longest  # bytes to search on either side of a cut
        self.max_buffered = _LONGEST_LINE + 2 * longest
        """With more buffered bytes than this, only a chain of overlapping secrets can prevent a cut."""

    def applied(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return `text` with each secret replaced by a mask, and the names of the secrets, each once."""
        errors = "surrogateescape"
        try:
            data = text.encode("utf-8", errors)
        except UnicodeEncodeError:  # JSON can contain a lone surrogate
            errors = "surrogatepass"
            data = text.encode("utf-8", errors)
        spans = _secrets(self._found(data, 0))
        if not spans:
            return text, ()
        masked = _with_masks(data, 0, len(data), spans)
        return masked.decode("utf-8", errors), tuple(dict.fromkeys(name for _, _, name in spans))

    def settled(self, data: bytes, begin: int, end: int) -> tuple[bytes, int]:
        """Return `data` from `begin` to at most `end`, masked, and the position of the cut.

        The cut never divides a secret, whatever follows `data`.
        """
        found = self._found(data, begin)
        cut = min(
            [
                end,
                self._open_value(data, begin),
                *(each.start for each in found if not each.is_settled or each.end == len(data)),
            ]
        )
        for each in sorted(found, key=lambda each: -each.end):
            if each.start < cut < each.end:
                cut = each.start
        return _with_masks(data, begin, cut, _secrets(each for each in found if each.end <= cut)), cut

    def whole(self, data: bytes, begin: int) -> tuple[bytes, bool]:
        """Return `data` from `begin`, masked, and whether its end may be in the middle of a secret."""
        found = self._found(data, begin)
        return _with_masks(data, begin, len(data), _secrets(found)), any(
            each.secret_end == len(data) for each in found
        )

    def cut_before(self, data: bytes, cut: int) -> bytes:
        """Return `data` up to `cut`, or up to the start of a secret that the cut would divide."""
        return data[: self._around(data, cut)[0]]

    def cut_after(self, data: bytes, cut: int) -> int:
        """Return `cut`, or the end of a secret that the cut would divide."""
        return self._around(data, cut)[1]

    def _around(self, data: bytes, cut: int) -> tuple[int, int]:
        """Return start and end of the secret that `cut` would divide; if it divides none, both are the cut."""
        while cut < len(data) and data[cut] & 0xC0 == 0x80:
            cut -= 1  # to the start of a character
        start = max(cut - self._reach, 0)
        found = self._found(data[start : cut + self._reach], 0)
        begin = end = cut - start
        for each in sorted(found, key=lambda each: -each.end):
            if each.start < begin < each.end:
                begin = each.start
        for each in sorted(found, key=lambda each: each.start):
            if each.start < end < each.end:
                end = each.end
        return start + begin, start + end

    def _found(self, data: bytes, begin: int) -> list[SecretMatch]:
        from hitl_cli.text.secrets.formats import known_secrets  # compiles many patterns

        found = known_secrets(data, begin)
        for value, name in self._names.items():
            at = data.find(value, begin)
            while at >= 0:
                end = at + len(value)
                found.append(SecretMatch(at, end, at, end, name))
                at = data.find(value, end)
        return found

    def _open_value(self, data: bytes, begin: int) -> int:
        """Return where a multi-line value begins that the end of `data` divides, or the length if there is none."""
        first = len(data)
        for value in self._several_lines:
            line = value[: value.index(b"\n") + 1]
            at = data.find(line, max(begin, len(data) - len(value) + 1))
            while 0 <= at < first:
                if value.startswith(data[at:]):
                    first = at
                at = data.find(line, at + 1)
        return first


class StreamMask:
    """Masks a stream line by line, with the same result as `Mask.applied` for the whole.

    It buffers an incomplete line, up to 64 KiB, and what may become a secret of several lines: the value of a variable,
    or a private key of up to 32 KiB. A longer chain of overlapping secrets, which only hostile output contains, may be
    masked as several secrets.
    """

    def __init__(self, mask: Mask) -> None:
        from hitl_cli.text.secrets import formats

        formats.load()  # later, a command may have changed what is installed, or used up all descriptors
        self._mask = mask
        self._data = b""  # the buffer, which starts with `_returned` bytes that were already returned
        self._returned = 0
        self._next_search = 0  # minimum size of the buffer for the next search
        self._is_in_secret = False

    def feed(self, chunk: bytes) -> bytes:
        """Add the next bytes, and return those that can be released, secrets masked."""
        if self._is_in_secret:
            chunk = self._after_secret(chunk)
        self._data += chunk
        data = self._data
        if len(data) < self._next_search:
            return b""
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if len(data) - end > _LONGEST_LINE:
            end = len(data) - LONGEST
        if end <= self._returned:
            return b""
        told, cut = self._mask.settled(data, self._returned, end)
        if cut == self._returned and len(data) > self._mask.max_buffered:
            (told, self._is_in_secret), cut = self._mask.whole(data, self._returned), len(data)
        kept = max(cut - _CONTEXT, 0)
        held = len(data) - cut
        self._data, self._returned = data[kept:], cut - kept
        self._next_search = self._returned + held + held // 2 if held > _SELDOM and cut < end else 0
        return told

    def rest(self) -> bytes:
        """Return the rest of the buffer, secrets masked, at the end of the stream."""
        data, told = self._data, self._returned
        self._data, self._returned = b"", 0
        return self._mask.whole(data, told)[0]

    def hand_over(self) -> bytes:
        """Return the buffered bytes, unmasked, so that another `StreamMask` can continue the stream."""
        return self._data[self._returned :]

    def _after_secret(self, chunk: bytes) -> bytes:
        """Return the part of `chunk` after the end of the long secret that was already masked."""
        end = _AFTER_SECRET.search(chunk)
        self._is_in_secret = end is None
        return chunk[end.start() :] if end else b""


def masked_values(value: Any, mask: Callable[[str], str], but: Collection[str] = ()) -> Any:
    """Return a JSON value with `mask` applied to all its strings, except under the names in `but`."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: each if name in but else masked_values(each, mask, but) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked_values(each, mask, but) for each in value]
    return value


def _as_printed(value: str) -> set[str]:
    """Return the forms in which `value` may be printed: terminals and JSON have different line ends."""
    lines = value.replace("\r\n", "\n").strip("\n").split("\n")
    return {form for line_end in ("\n", "\r\n", "\\n") if (form := line_end.join(lines))}


def _secrets(found: Iterable[SecretMatch]) -> list[tuple[int, int, str]]:
    """Return start, end and name of each secret; overlapping secrets are merged under the first name."""
    spans: list[tuple[int, int, str]] = []
    for each in sorted(found, key=lambda each: (each.secret_start, -each.secret_end)):
        start, end = each.secret_start, each.secret_end
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        elif start < end:
            spans.append((start, end, each.name))
    return spans


def _with_masks(data: bytes, begin: int, end: int, spans: Iterable[tuple[int, int, str]]) -> bytes:
    """Return `data` from `begin` to `end` with masks in place of `spans`."""
    pieces = []
    for start, stop, name in spans:
        pieces += [data[begin:start], f"[{name}: masked]".encode("utf-8", "surrogateescape")]
        begin = stop
    return b"".join([*pieces, data[begin:end]])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
