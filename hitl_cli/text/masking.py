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
_FORMS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    "AWS key": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "AWS secret": r"(?i:aws_?secret_?access_?key[\"']?\s*[=:]\s*[\"']?)(?P<aws>[A-Za-z0-9/+]{40})\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
    "GitLab token": r"\bgl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+",
    "Slack webhook": r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    "API key": r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}",
    "Google key": r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}",
    "Stripe key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "PyPI token": r"\bpypi-[A-Za-z0-9_-]{32,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
    "Shopify token": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
    "Docker token": r"\bdckr_pat_[A-Za-z0-9_-]{20,}",
    "Vault token": r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}",
    "Telegram token": r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "JWT": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    "bearer token": r"(?i:\bauthorization\s*:\s*(?:bearer|basic|token)\s+)(?P<bearer>[A-Za-z0-9._~+/=-]{8,})",
    "password in an address": r"\b[a-z][a-z0-9+.-]{1,30}://[^\s/:@]{0,200}:(?P<address>[^\s/@]{3,200})@",
}
_KNOWN = re.compile("|".join(f"(?P<form{number}>{form})" for number, form in enumerate(_FORMS.values())))
_NAMES = list(_FORMS)
_INNER = ("aws", "bearer", "address")
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
        for match in _KNOWN.finditer(text):
            number = next(n for n in range(len(_NAMES)) if match[f"form{n}"] is not None)
            inner = next((each for each in _INNER if match[each] is not None), 0)
            found.append((*match.span(inner), _NAMES[number]))
        spans: list[tuple[int, int, str]] = []
        for span in sorted(found, key=lambda each: (each[0], -each[1])):
            if not spans or span[0] >= spans[-1][1]:
                spans.append(span)
            elif span[1] > spans[-1][1]:
                spans[-1] = (spans[-1][0], span[1], spans[-1][2])
        return spans
