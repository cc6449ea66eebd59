"""Secrets in what a model is shown: the person's own, by value, and the well-known kinds of tokens, by their form."""

import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|APIKEY|PAT)S?(?:_|$)"
    r"|(?:PASSWORD|APIKEY|SECRET|TOKEN)$",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"^(?:PWD|OLDPWD)$|_(?:PATH|FILE|DIR|SOCK|URL|HELPER|TYPE)$", re.IGNORECASE)
_SHORTEST = 8

# The forms are those that the issuers document.
_FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "private key": (
        ("PRIVATE KEY",),
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    ),
    "AWS key": (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "AWS secret": (
        ("ccess", "CCESS"),
        r"(?i:aws_?secret_?access_?key[\"']?\s*[=:]\s*[\"']?)(?P<secret>[A-Za-z0-9/+]{40})\b",
    ),
    "GitHub token": (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
    ),
    "GitLab token": (
        ("glpat-", "gldt-", "glrt-", "glrptt-", "glptt-", "glft-", "glsoat-"),
        r"\bgl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,}",
    ),
    "Slack token": (("xox", "xapp-"), r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+"),
    "Slack webhook": (("hooks.slack.com",), r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
    "API key": (("sk-",), r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}"),
    "Google key": (
        ("AIza", "ya29.", "GOCSPX-"),
        r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}",
    ),
    "Stripe key": (
        ("k_live_", "k_test_", "whsec_"),
        r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}",
    ),
    "npm token": (("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    "PyPI token": (("pypi-",), r"\bpypi-[A-Za-z0-9_-]{32,}"),
    "Hugging Face token": (("hf_",), r"\bhf_[A-Za-z0-9]{30,}\b"),
    "SendGrid key": (("SG.",), r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    "DigitalOcean token": (("_v1_",), r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    "Shopify token": (("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    "Docker token": (("dckr_pat_",), r"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
    "Vault token": (("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    "Telegram token": ((":AA",), r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    "JWT": (("eyJ",), r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    "bearer token": (
        ("uthorization", "UTHORIZATION"),
        r"(?i:\bauthorization\s*:\s*(?:bearer|basic|token)\s+)(?P<secret>[A-Za-z0-9._~+/=-]{8,})",
    ),
    "password in an address": (
        ("://",),
        r"\b[a-z][a-z0-9+.-]{1,30}://[^\s/:@]{0,200}:(?P<secret>[^\s/@]{3,200})@",
    ),
}
_KNOWN = [(name, hints, re.compile(form)) for name, (hints, form) in _FORMS.items()]
"""Name, hints and form of each kind: without one of its hints in it, a text holds none, which is quickly seen."""

_KEY_BEGINNING = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_END = re.compile(rb"-----END [A-Z ]*PRIVATE KEY-----")
_LONGEST = 4096  # bytes to look at on the far side of a cut, for a secret that it would divide


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
        self._names = {value: name for name, value in secrets.items()}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def applied(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return `text` with a note in the place of each secret, and what the secrets were, each once."""
        spans = self._spans(text)
        if not spans:
            return text, ()
        pieces = []
        at = 0
        for start, end, name in spans:
            pieces += [text[at:start], f"[{name}: masked]"]
            at = end
        return "".join([*pieces, text[at:]]), tuple(dict.fromkeys(name for _, _, name in spans))

    def cut_before(self, data: bytes, cut: int) -> bytes:
        """Return `data` up to `cut`, or up to where a secret begins that the cut would divide."""
        start, window = self._around(data, cut)
        for first, last, _ in self._spans(window):
            begin = start + len(window[:first].encode())
            if begin < cut < start + len(window[:last].encode()):
                return data[:begin]
        return data[:cut]

    def cut_after(self, data: bytes, cut: int) -> int:
        """Return `cut`, or where a secret ends that the cut would divide."""
        start, window = self._around(data, cut)
        for first, last, _ in self._spans(window):
            end = start + len(window[:last].encode())
            if start + len(window[:first].encode()) < cut < end:
                return end
        return cut

    def _around(self, data: bytes, cut: int) -> tuple[int, str]:
        before = data[max(cut - _LONGEST, 0) : cut].decode("utf-8", "ignore")
        return cut - len(before.encode()), before + data[cut : cut + _LONGEST].decode("utf-8", "ignore")

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        found = []
        if self._values is not None:
            found = [(*match.span(), self._names[match[0]]) for match in self._values.finditer(text)]
        for name, hints, form in _KNOWN:
            if any(hint in text for hint in hints):
                group = "secret" if "secret" in form.groupindex else 0
                found += [(*match.span(group), name) for match in form.finditer(text)]
        spans: list[tuple[int, int, str]] = []
        for span in sorted(found, key=lambda each: (each[0], -each[1])):
            if not spans or span[0] >= spans[-1][1]:
                spans.append(span)
            elif span[1] > spans[-1][1]:
                spans[-1] = (spans[-1][0], span[1], spans[-1][2])
        return spans


class StreamMask:
    """Masks a stream as it passes, a line at a time; what of a line came so far is held back until its end comes."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = b""
        self._in_key = False

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes, and return those that can be told, secrets masked."""
        data = self._held + chunk
        end = data.rfind(b"\n") + 1 or (len(data) if len(data) > _LONGEST else 0)
        self._held = data[end:]
        return self._masked(data[:end])

    def rest(self) -> bytes:
        """Return what was held back, secrets masked; the stream has ended."""
        held, self._held = self._held, b""
        return self._masked(held)

    def _masked(self, data: bytes) -> bytes:
        if self._in_key:
            end = _KEY_END.search(data)
            if end is None:
                return b""
            self._in_key = False
            data = data[end.end() :]
        begin = data.rfind(b"-----BEGIN ")
        self._in_key = (
            bool(_KEY_BEGINNING.match(data, begin) and not _KEY_END.search(data, begin))
            if begin >= 0
            else False
        )
        text = data.decode("utf-8", "surrogateescape")
        return self._mask.applied(text)[0].encode("utf-8", "surrogateescape")
