"""Secrets in what a model is shown: the person's own, by value, and others by their form or the name before them."""

import re
from collections.abc import Iterable, Mapping

from hitl_cli.text.secrets.forms import known_secrets
from hitl_cli.text.secrets.found import LONGEST, Found

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|APIKEY|PAT)S?(?:_|$)"
    r"|(?:PASSWORD|APIKEY|SECRET|TOKEN)$",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"^(?:PWD|OLDPWD)$|_(?:PATH|FILE|DIR|SOCK|URL|HELPER|TYPE)$", re.IGNORECASE)
_SHORTEST = 8
_LONGEST_LINE = 2 * LONGEST  # bytes of a line that are held back before it is cut
_CONTEXT = 256  # bytes that are kept of what was told already: they decide where words and lines begin
_SELDOM = 4096  # bytes held back from which on they are looked at again only after half as many more
_AFTER_SECRET = re.compile(rb"[\s\"']")


def secret_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return those of `variables` whose names say that their values are secret, and are long enough to be."""
    return {
        name: value
        for name, value in variables.items()
        if len(value) >= _SHORTEST and _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name)
    }


class Mask:
    """Replaces secrets; `secrets` maps the names of variables to values that nobody must read.

    It takes linear time, whatever the text is.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self._names = {_bytes(form): name for name, value in secrets.items() for form in _as_printed(value)}
        self._several_lines = [value for value in self._names if b"\n" in value]
        longest = max([LONGEST, *map(len, self._names)])
        self._reach = longest  # bytes to look at on either side of a cut
        self.most_held = _LONGEST_LINE + 2 * longest
        """Bytes after which only secrets that overlap, one after the other, can leave no place to cut."""

    def applied(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return `text` with a note in the place of each secret, and what the secrets were, each once."""
        errors = "surrogateescape"
        try:
            data = text.encode("utf-8", errors)
        except UnicodeEncodeError:  # JSON can hold half of a pair
            errors = "surrogatepass"
            data = text.encode("utf-8", errors)
        spans = _secrets(self._found(data, 0))
        if not spans:
            return text, ()
        masked = _noted(data, 0, len(data), spans)
        return masked.decode("utf-8", errors), tuple(dict.fromkeys(name for _, _, name in spans))

    def settled(self, data: bytes, begin: int, end: int) -> tuple[bytes, int]:
        """Return `data` from `begin` to at most `end`, masked, and where it was cut.

        That is where no secret is divided, whatever may follow `data`.
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
        return _noted(data, begin, cut, _secrets(each for each in found if each.end <= cut)), cut

    def whole(self, data: bytes, begin: int) -> tuple[bytes, bool]:
        """Return `data` from `begin` on, masked, and whether its end is in the middle of a secret, for all it says."""
        found = self._found(data, begin)
        return _noted(data, begin, len(data), _secrets(found)), any(
            each.secret_end == len(data) for each in found
        )

    def cut_before(self, data: bytes, cut: int) -> bytes:
        """Return `data` up to `cut`, or up to where a secret begins that the cut would divide."""
        return data[: self._around(data, cut)[0]]

    def cut_after(self, data: bytes, cut: int) -> int:
        """Return `cut`, or where a secret ends that the cut would divide."""
        return self._around(data, cut)[1]

    def _around(self, data: bytes, cut: int) -> tuple[int, int]:
        """Return where the secret begins and ends that `cut` would divide; if it divides none, twice a cut there."""
        while cut < len(data) and data[cut] & 0xC0 == 0x80:
            cut -= 1  # to where a character begins
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

    def _found(self, data: bytes, begin: int) -> list[Found]:
        found = known_secrets(data, begin)
        for value, name in self._names.items():
            at = data.find(value, begin)
            while at >= 0:
                end = at + len(value)
                found.append(Found(at, end, at, end, name))
                at = data.find(value, end)
        return found

    def _open_value(self, data: bytes, begin: int) -> int:
        """Return where a value of several lines begins that the end of `data` divides, its length if there is none."""
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
    """Masks a stream as it passes, a line at a time, into what `Mask.applied` makes of the whole.

    Held back is what of a line came so far, up to 64 KiB, and what may become a secret of several lines: a value of a
    variable, or a private key of up to 32 KiB. A chain of secrets that overlap each other, which nothing but a hostile
    output holds, is told as more than one where it is longer than that.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._data = b""  # what is held back, after `_told` bytes that were told already
        self._told = 0
        self._wanted = 0  # bytes that must be there before it is worth another look
        self._is_in_secret = False

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes, and return those that can be told, secrets masked."""
        if self._is_in_secret:
            chunk = self._after_secret(chunk)
        self._data += chunk
        data = self._data
        if len(data) < self._wanted:
            return b""
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if len(data) - end > _LONGEST_LINE:
            end = len(data) - LONGEST
        if end <= self._told:
            return b""
        told, cut = self._mask.settled(data, self._told, end)
        if cut == self._told and len(data) > self._mask.most_held:
            (told, self._is_in_secret), cut = self._mask.whole(data, self._told), len(data)
        kept = max(cut - _CONTEXT, 0)
        held = len(data) - cut
        self._data, self._told = data[kept:], cut - kept
        self._wanted = self._told + held + held // 2 if held > _SELDOM and cut < end else 0
        return told

    def rest(self) -> bytes:
        """Return what was held back, secrets masked; the stream has ended."""
        data, told = self._data, self._told
        self._data, self._told = b"", 0
        return self._mask.whole(data, told)[0]

    def hand_over(self) -> bytes:
        """Return the bytes that are held back, as they came: another one goes on with the stream from there."""
        return self._data[self._told :]

    def _after_secret(self, chunk: bytes) -> bytes:
        """Return what of `chunk` is no part of the long secret that was told."""
        end = _AFTER_SECRET.search(chunk)
        self._is_in_secret = end is None
        return chunk[end.start() :] if end else b""


def _as_printed(value: str) -> set[str]:
    """Return how `value` may stand in a text: a terminal, and JSON, have line ends of their own."""
    lines = value.replace("\r\n", "\n").strip("\n").split("\n")
    return {form for line_end in ("\n", "\r\n", "\\n") if (form := line_end.join(lines))}


def _secrets(found: Iterable[Found]) -> list[tuple[int, int, str]]:
    """Return beginning, end and name of each secret; of several that overlap, all of it with the name of the first."""
    spans: list[tuple[int, int, str]] = []
    for each in sorted(found, key=lambda each: (each.secret_start, -each.secret_end)):
        start, end = each.secret_start, each.secret_end
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        elif start < end:
            spans.append((start, end, each.name))
    return spans


def _noted(data: bytes, begin: int, end: int, spans: Iterable[tuple[int, int, str]]) -> bytes:
    """Return `data` from `begin` to `end` with notes in the place of `spans`."""
    pieces = []
    for start, stop, name in spans:
        pieces += [data[begin:start], f"[{name}: masked]".encode("utf-8", "surrogateescape")]
        begin = stop
    return b"".join([*pieces, data[begin:end]])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
