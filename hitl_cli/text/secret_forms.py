"""The forms of well-known secrets, and where in a text they stand.

None is longer than `LONGEST` characters, and none but a private key goes over the end of a line: so a stream can be
looked at a part at a time. A form that is longer than what its issuer documents is not that secret.
"""

import re
from dataclasses import dataclass

LONGEST = 32_768
"""Characters that any form has at most."""

# The forms are those that the issuers document.
_FORMS: dict[str, tuple[tuple[str, ...], str]] = {
    "AWS key": (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "AWS secret": (
        ("ccess", "CCESS"),
        r"(?i:aws_?secret_?access_?key[\"']?[ \t]{0,99}[=:][ \t]{0,99}[\"']?)(?P<secret>[A-Za-z0-9/+]{40})\b",
    ),
    "GitHub token": (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
    ),
    "GitLab token": (
        ("glpat-", "gldt-", "glrt-", "glrptt-", "glptt-", "glft-", "glsoat-"),
        r"\bgl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,1024}",
    ),
    "Slack token": (
        ("xox", "xapp-"),
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,1024}|\bxapp-\d-[A-Z0-9]{1,255}-\d{1,255}-[a-f0-9]{1,1024}",
    ),
    "Slack webhook": (("hooks.slack.com",), r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,1024}"),
    "API key": (("sk-",), r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,4096}"),
    "Google key": (
        ("AIza", "ya29.", "GOCSPX-"),
        r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,4096}|\bGOCSPX-[A-Za-z0-9_-]{20,1024}",
    ),
    "Stripe key": (
        ("k_live_", "k_test_", "whsec_"),
        r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,1024}|\bwhsec_[A-Za-z0-9]{24,1024}",
    ),
    "npm token": (("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    "PyPI token": (("pypi-",), r"\bpypi-[A-Za-z0-9_-]{32,4096}"),
    "Hugging Face token": (("hf_",), r"\bhf_[A-Za-z0-9]{30,1024}\b"),
    "SendGrid key": (("SG.",), r"\bSG\.[A-Za-z0-9_-]{16,1024}\.[A-Za-z0-9_-]{16,1024}"),
    "DigitalOcean token": (("_v1_",), r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    "Shopify token": (("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    "Docker token": (("dckr_pat_",), r"\bdckr_pat_[A-Za-z0-9_-]{20,1024}"),
    "Vault token": (("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{24,4096}"),
    "Telegram token": ((":AA",), r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    # Only where a run of its characters begins: from everywhere in it, a search would take quadratic time.
    "JWT": (
        ("eyJ",),
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,8192}\.eyJ[A-Za-z0-9_-]{8,16384}\.[A-Za-z0-9_-]{0,4096}",
    ),
    "bearer token": (
        ("uthorization", "UTHORIZATION"),
        (
            r"(?i:\bauthorization[ \t]{0,99}:[ \t]{0,99}(?:bearer|basic|token)[ \t]{1,99})"
            r"(?P<secret>[A-Za-z0-9._~+/=-]{8,30000})"
        ),
    ),
    "password in an address": (
        ("://",),
        r"\b[a-z][a-z0-9+.-]{1,30}://[^\s/:@]{0,200}:(?P<secret>[^\s/@]{3,200})@",
    ),
}
_KNOWN = [(name, hints, re.compile(form)) for name, (hints, form) in _FORMS.items()]
"""Name, hints and form of each kind: without one of its hints in it, a text holds none, which is quickly seen."""

_KEY = "private key"
_BOUNDARY = re.compile(r"-----(?P<which>BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# A line may have something before it, as of grep, diff or a quotation, and line ends may be written as in JSON.
_KEY_LINE = re.compile(
    r"(?:[^\n]{0,100}[^A-Za-z0-9+/=\n])?(?:[A-Za-z0-9+/]|\\[nr]){20,}={0,2}(?:\\[nr]|[\s\"',;)\]}])*"
)
_LAST_KEY_LINE = re.compile(r"[\s>+|\"'#-]*[A-Za-z0-9+/]+={0,2}(?:\\[nr]|[\s\"',;)\]}])*")
_KEY_HEADER = re.compile(r"\b(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ")
_LINES_BEFORE_END = 3  # lines of any look that may stand between those of a key and its END


@dataclass(frozen=True)
class Found:
    """A secret of a known kind: where its form begins and ends, where in it the secret does, and what it is called.

    `is_settled` says whether that stays so, whatever follows the text.
    """

    start: int
    end: int
    secret_start: int
    secret_end: int
    name: str
    is_settled: bool = True


def known_secrets(text: str, begin: int = 0) -> list[Found]:
    """Return what of `text` from `begin` on has a known form; what is before it decides where words begin."""
    found = []
    for name, hints, form in _KNOWN:
        if any(text.find(hint, begin) >= 0 for hint in hints):
            group = "secret" if "secret" in form.groupindex else 0
            found += [Found(*match.span(), *match.span(group), name) for match in form.finditer(text, begin)]
    if text.find("PRIVATE KEY", begin) >= 0:
        found += _private_keys(text, begin)
    return found


def _private_keys(text: str, begin: int) -> list[Found]:
    found = []
    for boundary in _BOUNDARY.finditer(text, begin):
        if boundary["which"] == "BEGIN":
            start = boundary.start()
            end, is_settled = _end_of_key(text, boundary)
            secret_end = end if end > boundary.end() else start  # the boundary alone is no secret
            if secret_end > start or not is_settled:
                found.append(Found(start, end, start, secret_end, _KEY, is_settled))
    return found


def _end_of_key(text: str, boundary: "re.Match[str]") -> tuple[int, bool]:
    """Return where the key ends that begins there, and whether that is sure: at its END, or where no key goes on.

    It ends with the boundary itself where nothing of a key follows.
    """
    limit = boundary.start() + LONGEST
    stop = min(limit, len(text))
    at = end = boundary.end()
    has_line = False
    others = 0
    while others <= _LINES_BEFORE_END:
        newline = text.find("\n", at, stop)
        line_end = newline if newline >= 0 else stop
        line = text[at:line_end]
        if closing := _BOUNDARY.search(line):
            return (at + closing.end() if closing["which"] == "END" else end), True
        if not others and _KEY_LINE.fullmatch(line):
            end, has_line = line_end, True
        elif others or (line.strip() and not _KEY_HEADER.search(line)):
            if not others and has_line and _LAST_KEY_LINE.fullmatch(line):
                end = line_end
            others += 1
        if newline < 0:
            return end, stop == limit
        at = newline + 1
    return end, True
