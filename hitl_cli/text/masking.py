"""Secrets in what a model is shown: the person's own, by value, and the well-known kinds of tokens, by their form."""

import codecs
import re
from collections.abc import Iterable, Mapping

from hitl_cli.text.secret_forms import LONGEST, Found, known_secrets

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|APIKEY|PAT)S?(?:_|$)"
    r"|(?:PASSWORD|APIKEY|SECRET|TOKEN)$",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"^(?:PWD|OLDPWD)$|_(?:PATH|FILE|DIR|SOCK|URL|HELPER|TYPE)$", re.IGNORECASE)
_SHORTEST = 8
_LONGEST_LINE = 2 * LONGEST  # characters of a line that are held back before it is cut
_CHARACTER = 4  # bytes that a character has at most


def secret_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return those of `variables` whose names say that their values are secret, and are long enough to be."""
    return {
        name: value
        for name, value in variables.items()
        if len(value) >= _SHORTEST and _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name)
    }


class Mask:
    """Replaces secrets; `secrets` maps the names of variables to values that nobody must read."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self._names = {form: name for name, value in secrets.items() for form in _as_printed(value)}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        longest = max([LONGEST, *map(len, self._names)])
        self._reach = _CHARACTER * longest  # bytes to look at on either side of a cut
        self.most_held = _LONGEST_LINE + 2 * longest
        """Characters after which only secrets that overlap, one after the other, can leave no place to cut."""

    def applied(self, text: str, begin: int = 0) -> tuple[str, tuple[str, ...]]:
        """Return `text` with a note in the place of each secret, and what the secrets were, each once.

        What is before `begin` is not returned; it only decides where words begin.
        """
        spans = _secrets(self._found(text, begin))
        return _noted(text, begin, len(text), spans), tuple(dict.fromkeys(name for _, _, name in spans))

    def settled(self, text: str, begin: int, end: int) -> tuple[str, int]:
        """Return `text` from `begin` to at most `end`, masked, and where it was cut.

        That is where no secret is divided, whatever may follow `text`.
        """
        found = self._found(text, begin)
        cut = min(
            [end, self._open_value(text, begin), *(each.start for each in found if not each.is_settled)]
        )
        while divided := [each.start for each in found if each.start < cut < each.end]:
            cut = min(divided)
        return _noted(text, begin, cut, _secrets(each for each in found if each.end <= cut)), cut

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
        before = _text(data[start:cut])
        begin = end = middle = len(before)
        window = before + _text(data[cut : cut + self._reach])
        found = self._found(window, 0)
        while divided := [each for each in found if each.start < begin < each.end]:
            begin = min(each.start for each in divided)
        while divided := [each for each in found if each.start < end < each.end]:
            end = max(each.end for each in divided)
        return start + len(_bytes(window[:begin])), cut + len(_bytes(window[middle:end]))

    def _found(self, text: str, begin: int) -> list[Found]:
        found = known_secrets(text, begin)
        if self._values is not None:
            found += [
                Found(*match.span(), *match.span(), self._names[match[0]])
                for match in self._values.finditer(text, begin)
            ]
        return found

    def _open_value(self, text: str, begin: int) -> int:
        """Return where a value begins that the end of `text` divides, the length of `text` if it divides none."""
        first = len(text)
        for value in self._names:
            at = text.find(value[0], max(begin, len(text) - len(value) + 1))
            while 0 <= at < first:
                if value.startswith(text[at:]):
                    first = at
                at = text.find(value[0], at + 1)
        return first


class StreamMask:
    """Masks a stream as it passes, a line at a time, into what `Mask.applied` makes of the whole.

    Held back is what of a line came so far, up to 64 Ki characters, and what may become a secret of several lines: a
    value of a variable, or a private key of up to 32 Ki characters. A chain of secrets that overlap each other, which
    nothing but a hostile output holds, is told as more than one where it is longer than that.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""  # what is held back, after `_told` characters that were told already
        self._told = 0

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes, and return those that can be told, secrets masked."""
        self._text += self._decoder.decode(chunk)
        text = self._text
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if len(text) - end > _LONGEST_LINE:
            end = len(text) - LONGEST
        if end <= self._told:
            return b""
        told, cut = self._mask.settled(text, self._told, end)
        if cut == self._told and len(text) > self._mask.most_held:
            told, cut = self._mask.applied(text, self._told)[0], len(text)
        # One character more is kept, since it decides whether a word begins after it.
        self._text, self._told = text[max(cut - 1, 0) :], min(cut, 1)
        return _bytes(told)

    def rest(self) -> bytes:
        """Return what was held back, secrets masked; the stream has ended."""
        self._text += self._decoder.decode(b"", final=True)
        text, told = self._text, self._told
        self._text, self._told = "", 0
        return _bytes(self._mask.applied(text, told)[0])

    def hand_over(self) -> bytes:
        """Return the bytes that are held back, as they came: another one goes on with the stream from there."""
        return _bytes(self._text[self._told :]) + self._decoder.getstate()[0]


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


def _noted(text: str, begin: int, end: int, spans: Iterable[tuple[int, int, str]]) -> str:
    """Return `text` from `begin` to `end` with notes in the place of `spans`."""
    pieces = []
    for start, stop, name in spans:
        pieces += [text[begin:start], f"[{name}: masked]"]
        begin = stop
    return "".join([*pieces, text[begin:end]])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
