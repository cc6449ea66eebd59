"""Finds secrets with a known format, including private keys."""

import re
from importlib import import_module

from hitl_cli.text.secrets.linear_regex import LinearPattern, Match, WordFinder
from hitl_cli.text.secrets.secret_match import LONGEST, SecretMatch
from hitl_cli.text.secrets.words import STEMS

_NAME = "private key"
_KEY_HINTS = (b"PRIVATE KEY", b"Private-Lines:", b"OpenVPN Static key")
_BOUNDARY = LinearPattern(
    r"-{4,5} ?(BEGIN|END) (?:[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}"
    r"|\bPrivate-Lines: [0-9]{1,4}"
)
# A line may have a prefix, as from grep, diff or a quotation, and line ends may be escaped as in JSON.
_KEY_LINE = LinearPattern(r"(?:[A-Za-z0-9+/]|\\[nr]){20,}={0,2}(?:\\[nr]|[\s\"',;)\]}])*$")
_LAST_KEY_LINE = LinearPattern(r"[\s>+|\"'#-]*[A-Za-z0-9+/]+={0,2}(?:\\[nr]|[\s\"',;)\]}])*")
_KEY_HEADER = LinearPattern(r"\b(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ")
_BEFORE_KEY_LINE = 100  # maximum length of a prefix before a line of a key
_LINES_BEFORE_END = 3  # other lines that may occur between the lines of a key and its END


def private_keys(text: bytes, begin: int) -> list[SecretMatch]:
    """Return the private keys in `text` from `begin`, with the lines around them."""
    found: list[SecretMatch] = []
    if not any(text.find(hint, begin) >= 0 for hint in _KEY_HINTS):
        return found
    for boundary in _BOUNDARY.finditer(text, begin):
        if boundary[1] != b"END":
            start = boundary.start()
            end, is_settled = _end_of_key(text, boundary)
            secret_end = end if end > boundary.end() else start  # the boundary alone is not a secret
            if secret_end > start or not is_settled:
                found.append(SecretMatch(start, end, start, secret_end, _NAME, is_settled))
    return found


def _end_of_key(text: bytes, boundary: Match) -> tuple[int, bool]:
    """Return the end of the key that starts at `boundary`, and whether that is certain: at END, or after its last line.

    If no line of a key follows, the end is that of the boundary.
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


TOKENS = {
    "AWS key": r"(?:AKIA|ASIA)[A-Z2-7]{16}\b|ABSK[A-Za-z0-9+/]{100,}={0,2}",
    "Alibaba key": r"LTAI[A-Za-z0-9]{12,20}\b",
    "GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    "GitLab token": r"gl(?:pat|dt|rt|rtr|ptt|ft|soat|oas|agent|cbt|imt|ffct|wt)-[A-Za-z0-9_-]{20,}",
    "Bitbucket token": r"ATBB[A-Za-z0-9]{32}\b|ATCTT3[A-Za-z0-9_=-]{60,}",
    "Atlassian token": r"ATATT3[A-Za-z0-9_=-]{60,}",
    "Slack token": r"xox[abcdeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]+",
    "Slack webhook": r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{20,}",
    "Discord webhook": r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{40,}",
    "Discord token": r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    "Telegram token": r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "API key": (
        r"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}|gsk_[A-Za-z0-9]{40,}"
        r"|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37,}|fw_[A-Za-z0-9]{24}\b|nvapi-[A-Za-z0-9_-]{60,}"
    ),
    "Google key": r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
    "Firebase key": r"AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140}",
    "Azure secret": r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    "Stripe key": r"[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}",
    "Square key": r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}",
    "PayPal token": r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}",
    "Facebook token": r"EAA[B-Z][A-Za-z0-9]{80,}",
    "Twilio key": r"SK[a-f0-9]{32}\b",
    "Mailgun key": r"key-[a-f0-9]{32}\b",
    "Mailchimp key": r"[a-f0-9]{32}-us[0-9]{1,2}\b",
    "SendGrid key": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "Brevo key": r"xkeysib-[a-f0-9]{64}",
    "npm token": r"npm_[A-Za-z0-9]{36}\b",
    "PyPI token": r"pypi-[A-Za-z0-9_-]{32,}",
    "RubyGems key": r"rubygems_[a-f0-9]{48}\b",
    "NuGet key": r"oy2[a-z0-9]{43}\b",
    "crates.io token": r"cio[A-Za-z0-9]{32}\b",
    "Clojars token": r"CLOJARS_[a-z0-9]{60}\b",
    "Docker token": r"dckr_[po]at_[A-Za-z0-9_-]{20,}",
    "Hugging Face token": r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{34}\b",
    "DigitalOcean token": r"do[opr]_v1_[a-f0-9]{64}\b",
    "Heroku key": r"HRKU-[A-Za-z0-9_-]{36,}",
    "Fly token": r"fo1_[A-Za-z0-9_-]{43}\b|fm[12][ar]?_[A-Za-z0-9+/=]{60,}",
    "Supabase token": r"sbp_[a-f0-9]{40}\b|sb_secret_[A-Za-z0-9_-]{20,}",
    "PlanetScale token": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9=._-]{32,}",
    "Databricks token": r"dapi[a-f0-9]{32}(?:-[0-9])?\b",
    "Grafana token": r"gl(?:c|sa)_[A-Za-z0-9+/=_]{32,}",
    "New Relic key": r"NR(?:AK|II|JS|RA)-[A-Za-z0-9_-]{19,}",
    "Sentry token": r"sntry[su]_[A-Za-z0-9+/=_]{40,}",
    "Dynatrace token": r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "Linear key": r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}",
    "Notion token": r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b",
    "Airtable token": r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "Figma token": r"fig[do]r?_[A-Za-z0-9_-]{40,}",
    "Postman key": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "Doppler token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}",
    "Pulumi token": r"pul-[a-f0-9]{40}\b",
    "Terraform token": r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
    "Vault token": r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
    "1Password token": (
        r"ops_eyJ[A-Za-z0-9+/=_-]{100,}"
        r"|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"
    ),
    "Tailscale key": r"tskey-[a-z]+-[A-Za-z0-9-]{20,}",
    "Shopify token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
    "Buildkite token": r"bk(?:ua|at)_[a-f0-9]{40}\b",
    "Sourcegraph token": r"sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}\b",
    "age key": r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]+)-1[A-Z0-9]{20,}",
    "private key": (
        r"LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFU|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZB|BFTkNSWVBURUQg|BEU0EgUFJJVkFU)"
        r"[A-Za-z0-9+/=]+"
    ),
    "JWT": r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
}
"""The pattern of each kind of token. All start at a word boundary, and none matches a blank."""

SHORTEST_TOKEN = 12
"""No token has fewer characters."""

# A text without such a word has no token, and is not searched for one: the patterns take time and memory to compile.
_LONG_WORD = re.compile(rb"\S{%d}" % SHORTEST_TOKEN)
_GROUPS = {f"t{number}".encode(): name for number, name in enumerate(TOKENS)}
_TOKEN = LinearPattern(
    r"\b(?:" + "|".join(f"(?P<{group.decode()}>{TOKENS[name]})" for group, name in _GROUPS.items()) + ")"
)
_MAY_BE_NAME = next(group for group, name in _GROUPS.items() if name == "API key")  # if it has no digit
# Prefixes of password hashes: https://man.archlinux.org/man/crypt.5, and those of Argon2 and scrypt.
_HASH = LinearPattern(
    r"\$(?:[1567y]|2[abxy]|gy|sm3|apr1|argon2(?:id?|d)|scrypt|pbkdf2-sha[0-9]+)\$[A-Za-z0-9./$=,+-]{20,}"
)

_WORD = r"[\"']?(?P<{}>[^\s\"'<$-][^\s\"']*)"  # a value on a command line, not a metavariable in a manual
_PASSWORD_NAME = r"(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)"
_COOKIE_NAME = r"[!#$%&*+.^_`|~0-9a-z-]+="
_CREDENTIAL = r"[^\s\"'{}$<>()\[\],;%][^\s\"',;]{5,}"
_FIELD = r"(?:[^\s:\\]|\\.)+"

# The context of each kind of secret, as a pattern; the group that matches is the secret. "made" and "coded" are also
# checked for how they look. The second item are strings, one of which a text must contain to be searched.
_PLACES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "password in an address": (
        (
            r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@\"'<>]*:(?P<secret>[^\s/\"'<>]+)@"
            r"|\b[a-z]+://(?P<token>[A-Za-z0-9_-]{20,})@"
        ),
        (b"://",),
    ),
    "authorization": (
        (
            r"(?i)\bauthorization[\"']?\]?[ \t]*[:=,>]{1,2}[ \t]*(?:[bf]?[\"'])?"
            rf"(?:bearer|basic|token|apikey|bot|splunk|key|negotiate)[ \t]+(?P<coded>{_CREDENTIAL})"
            r"|\bauthorization(?:[\"']?\][ \t]*=[ \t]*[\"']|[\"']?[ \t]*:[ \t]*[\"']?)(?:[a-z0-9-]+[ \t]+)?"
            rf"(?P<made>{_CREDENTIAL})"
        ),
        (b"uthorization", b"UTHORIZATION"),
    ),
    "bearer token": (r"(?i)\bbearer[ \t]+(?P<secret>[A-Za-z0-9._~+/-]{20,}=*)", (b"earer", b"EARER")),
    "cookie": (
        (
            rf"(?i)\b(?:set-)?cookie2?[\"']?[ \t]*:[ \t]*[\"']?{_COOKIE_NAME}"
            rf"(?P<secret>[^\s;,\"']+(?:;[ \t]*{_COOKIE_NAME}[^\s;,\"']+)*)"
        ),
        (b"ookie", b"OOKIE"),
    ),
    "signature": (
        r"(?i)\b(?:x-amz-signature|x-goog-signature|signature|sig)=(?P<secret>[A-Za-z0-9%+/_-]{20,}=*)",
        (b"ignature=", b"sig="),
    ),
    "password of a user": (
        (
            r"\b(?:curl|wget|https?|xh|smbclient|rpcclient|net)\b[^\n|;]*?[ \t](?:-u|--user|--proxy-user|-U|-a|--auth)"
            r"[ =]?[\"']?[^\s:%\"'<]+[:%](?P<secret>[^\s\"']+)"
        ),
        (b" -u", b"-user", b" -U", b" -a", b"--auth"),
    ),
    "password of a command": (
        (
            rf"\bsshpass[ \t]+-p[ \t]*{_WORD.format('ssh')}"
            rf"|\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n|;]*?[ \t]-p(?P<mysql>[^\s\"']+)"
            rf"|\b(?:docker|podman|helm|az|oc|buildah|skopeo)\b[^\n|;]*?\blogin\b[^\n|;]*?[ \t]-p[ =]?"
            rf"{_WORD.format('login')}"
            rf"|\bldap(?:search|modify|add|delete|passwd|whoami)\b[^\n|;]*?[ \t]-w[ \t]*{_WORD.format('ldap')}"
            rf"|\bredis-cli\b[^\n|;]*?[ \t]-a[ \t]*{_WORD.format('redis')}"
            rf"|\b(?:keytool|jarsigner)\b[^\n|;]*?[ \t]-(?:store|key)pass[ \t]+{_WORD.format('store')}"
            rf"|\b(?:zip|unzip|zipcloak)\b[^\n|;]*?[ \t]-P[ \t]*{_WORD.format('zip')}"
            rf"|\b7z[ar]?[ \t]+[a-z][ \t][^\n|;]*?-p{_WORD.format('seven')}"
            rf"|\bopenssl[ \t]+enc\b[^\n|;]*?[ \t]-k[ \t]+{_WORD.format('enc')}"
            rf"|\bmongo(?:sh|dump|restore|export|import)?\b[^\n|;]*?[ \t]-p[ \t]*{_WORD.format('mongo')}"
            rf"|\brabbitmqctl[ \t]+(?:add_user|change_password)[ \t]+\S+[ \t]+{_WORD.format('rabbit')}"
            rf"|\bhtpasswd\b[^\n|;]*?[ \t]-[a-zA-Z]*b[a-zA-Z]*[ \t]+\S+[ \t]+\S+[ \t]+{_WORD.format('htpasswd')}"
        ),
        (b"-p", b" -w", b" -a", b"htpasswd", b"pass ", b" -k", b"rabbitmqctl"),
    ),
    "password for a command": (
        (
            r"\becho[ \t]+(?:-n[ \t]+)?[\"']?(?P<secret>[^\s\"'|$<-][^\"'|\n]*?)[\"']?[ \t]*\|[ \t]*"
            r"(?:sudo[ \t][^\n|]*-S|[^\n|]*--password-stdin|(?:sudo[ \t]+)?(?:ch)?passwd\b)"
        ),
        (b"echo",),
    ),
    "temporary password": (
        r"(?i)temporary password is generated for \S+:[ \t]+(?P<secret>\S+)",
        (b"temporary password",),
    ),
    "constant of PHP": (
        (
            r"(?i)\bdefine\([ \t]*[\"']\w*(?:password|passwd|secret|token|_key|_salt)[\"'][ \t]*,[ \t]*"
            r"(?:'(?P<secret>[^'\n]+)'|\"(?P<double>[^\"\n]+)\")"
        ),
        (b"define(",),
    ),
    "key in an address": (r"[?&](?:key|k|apikey)=(?P<made>[A-Za-z0-9_-]{20,})", (b"key=", b"k=")),
    "password of OpenSSL": (
        r"(?:-pass(?:in|out)?|-passphrase)[ \t=]+[\"']?pass:(?P<secret>[^\s\"']+)",
        (b"pass:",),
    ),
    "password of netrc": (
        (
            r"(?m)\bmachine[ \t]+\S+[ \t]+(?:login|user)[ \t]+\S+[ \t]+(?:account[ \t]+\S+[ \t]+)?passw(?:or)?d[ \t]+"
            r"[\"']?(?P<secret>[^\s\"']+)"
            r"|(?:^[ \t]*|\bdefault[ \t]+)login[ \t]+\S+[ \t]+password[ \t]+(?P<made>[^\s\"']+)[ \t\r]*$"
        ),
        (b"password", b"passwd"),
    ),
    "password in pgpass": (
        rf"(?m)^{_FIELD}:(?:\*|[1-9][0-9]{{3,4}}):{_FIELD}:{_FIELD}:(?P<secret>{_FIELD})[ \t\r]*$",
        (b":",),
    ),
    "password in SQL": (
        (
            r"(?i)\b(?:identified[ \t]+(?:with[ \t]+\S+[ \t]+)?by"
            r"|(?:with|encrypted|set)[ \t]+password(?:[ \t]+for[ \t]+\S+)?)[ \t]*=?[ \t]*'(?P<secret>[^'\n]+)'"
        ),
        (b"'",),
    ),
    "secret in XML": (
        (
            rf"(?i)<[\w:.-]*{_PASSWORD_NAME}(?:[ \t][^<>\n]*)?>[ \t]*(?P<secret>[^<>\s${{][^<>\s]*)[ \t]*</"
            rf"|\b(?:key|name)=\"[^\"\n]*{_PASSWORD_NAME}\"[^<>\n]*?\bvalue=\"(?P<value>[^\"\n${{]+)\""
        ),
        (b"</", b"alue="),
    ),
    "private part of a JSON web key": (
        r"\"d\"[ \t]*:[ \t]*\"(?P<secret>[A-Za-z0-9_-]{40,})\"",
        (b'"d"',),
    ),
}

_KNOWN = [(name, LinearPattern(form), frozenset(hints)) for name, (form, hints) in _PLACES.items()]
_HINTS = WordFinder({b"$", *STEMS, *(hint for _, _, hints in _KNOWN for hint in hints)})


def load() -> None:
    """Import all that `known_secrets` may need, which it otherwise imports when a text first needs it."""
    import_module("hitl_cli.text.secrets.assignments")
    import_module("re2")


def known_secrets(text: bytes, begin: int = 0) -> list[SecretMatch]:
    """Return the secrets in `text` from `begin`; the text before it still counts for word and line boundaries."""
    found: list[SecretMatch] = []
    if _LONG_WORD.search(text, begin):
        found += [
            SecretMatch(*match.span(), *match.span(), _GROUPS[match.lastgroup])
            for match in _TOKEN.finditer(text, begin)
            if match.lastgroup is not None and (match.lastgroup != _MAY_BE_NAME or _has_digit(match[0]))
        ]
    hints = _HINTS.found_in(text)
    if b"$" in hints:
        found += [
            SecretMatch(*match.span(), *match.span(), "password hash")
            for match in _HASH.finditer(text, begin)
        ]
    for name, form, own_hints in _KNOWN:
        if not own_hints.isdisjoint(hints):
            for match in form.finditer(text, begin):
                group = match.lastindex or 0
                value = match[group].decode("utf-8", "replace")
                if _is_likely(value, match.lastgroup):
                    found.append(SecretMatch(*match.span(), *match.span(group), name))
    if not STEMS.isdisjoint(hints):
        from hitl_cli.text.secrets.assignments import assigned_secrets  # compiles many patterns

        found += assigned_secrets(text, begin)
    return found + private_keys(text, begin)


def _is_likely(value: str, group: bytes | None) -> bool:
    """Whether `value` is likely a secret, not a placeholder, nor a plain word where one can occur."""
    from hitl_cli.text.secrets.assignments import is_placeholder, looks_made  # as above

    if is_placeholder(value):
        return False
    if group == b"made":
        return looks_made(value, shortest=6)
    return group != b"coded" or len(value) >= 12 or not value.isalpha() or not value.islower()


def _has_digit(token: bytes) -> bool:
    """Whether `token` has a digit and is not an SSH key type; otherwise it is a name that starts like a token."""
    return not token.startswith((b"sk-ecdsa-", b"sk-ssh-")) and any(0x30 <= byte <= 0x39 for byte in token)
