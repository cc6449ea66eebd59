"""What a single word of a request may be the name of, by its own look and the words around it."""

import re
from collections.abc import Callable

from hitl_cli.catalogue.forms import FILE, NUMBERS, ORDINAL
from hitl_cli.catalogue.surroundings import ARCHIVES, Surroundings
from hitl_cli.catalogue.value import Value
from hitl_cli.catalogue.words import FILLERS, common, plain

_ADDRESS = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}", re.IGNORECASE
)
_REMOTE = re.compile(r"(?:[\w.-]+@)[\w.-]+(?::\S*)?")
_DOMAIN = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de|uk|edu|gov|local|lan|internal|info|app|ai|co|eu|fr|ch|at|nl)",
    re.IGNORECASE,
)
_HEX = re.compile(r"[0-9a-f]{32,128}|(?=[0-9a-f]*\d)[0-9a-f]{7,31}", re.IGNORECASE)
_MODE = re.compile(r"[ugoa]*[+=-][rwxXst]+|[0-7]{3,4}")

_EXTENSIONS_TEXT = """
pdf txt log csv tsv json yaml yml toml xml html htm css js ts jsx tsx py rb go rs c h cpp hpp java
php sh md rst jpg jpeg png gif svg webp bmp ico mp3 mp4 mkv avi mov wav flac ogg zip tar gz tgz bz2
xz 7z rar iso deb rpm sql db bak tmp conf cfg ini env docx xlsx pptx doc xls ppt tex lock pyc o so
class jar swp orig
"""
_EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())
_AMBIGUOUS_TEXT = """
log zip tar key c h o so go env doc class lock tex orig rs db sh ini bak tmp conf json yaml xml deb sql
iso jar py js
"""
_AMBIGUOUS = frozenset(_AMBIGUOUS_TEXT.split())
_LANGUAGES = {
    "python": "py", "javascript": "js", "typescript": "ts", "markdown": "md", "text": "txt", "shell": "sh",
    "ruby": "rb", "rust": "rs", "yaml": "yaml", "jpeg": "jpg", "word": "docx", "excel": "xlsx", "log": "log",
}  # fmt: skip
_AFTER = {
    "user": ("user", "account", "users", "let", "by", "login"),
    "group": ("group", "groups"),
    "package": (
        "package", "packages", "install", "uninstall", "remove", "purge", "upgrade", "library", "module", "reinstall",
        "pip", "npm", "apt", "of", "update", "hold", "does",
    ),
    "service": (
        "service", "unit", "daemon", "restart", "start", "stop", "enable", "disable", "reload", "of", "for", "is",
        "status", "bounce", "compose", "did",
    ),
    "container": ("container", "containers", "into", "of", "from", "inside", "stop", "restart", "kill", "start"),
    "branch": ("branch", "branches", "merge", "to", "checkout", "onto", "rebase", "delete", "into", "from", "with"),
    "process": ("process", "program", "processes", "kill", "called", "named", "of", "app", "is", "does"),
    "name": (
        "called", "named", "name", "as", "to", "into", "image", "volume", "interface", "tag", "remote", "script",
        "network", "folder", "directory", "file", "from", "of",
    ),
    "text": (
        "word", "text", "string", "phrase", "for", "containing", "contain", "contains", "say", "says", "mention",
        "mentions", "matching", "with", "by", "called", "to", "key", "commit", "from", "function", "message",
    ),
    "host": ("host", "server", "to", "on", "of", "ping", "reach", "from", "for", "is"),
    "folder": ("folder", "directory", "dir", "into", "folders"),
    "variable": ("variable", "env"),
}  # fmt: skip
_BEFORE = {
    "user": ("user", "account", "password", "home"), "group": ("group",), "service": ("service", "daemon", "unit", "server"),
    "container": ("container",), "branch": ("branch",), "process": ("process", "processes", "program"),
    "folder": ("folder", "directory", "dir"), "package": ("package", "module", "library"),
    "name": ("interface", "volume", "image", "network", "script", "folder", "container"),
    "variable": ("variable",),
}  # fmt: skip
_NOUNS = {
    "directory": "folder",
    "dir": "folder",
    "account": "user",
    "daemon": "service",
    "program": "process",
}
# Names that stand in the catalogue, too, as examples.
_PROPER_TEXT = """
alice bob carol dave eve frank gina erin john jane mary peter paul anna tom tim max sam joe kate lisa mike nick ben
emma laura sarah david daniel maria julia jack james jim george helen henry ivan oscar victor walter deploy
nginx apache apache2 httpd postgres postgresql mysql mariadb redis mongodb mongo sqlite rabbitmq kafka elasticsearch
grafana prometheus jenkins gitlab firefox chrome chromium thunderbird libreoffice gimp vlc vscode slack spotify zoom htop
vim emacs nano tmux zsh ffmpeg imagemagick lodash react express webpack eslint typescript jest requests numpy pandas
django flask pytest fastapi eth0 wlan0 lo wlp3s0 enp0s3 cups sshd bluetooth
networkmanager haproxy traefik caddy memcached celery gunicorn uvicorn tomcat sidekiq puma php-fpm fail2ban samba
"""
_PROPER = frozenset(_PROPER_TEXT.split())
# Words that say how something is meant, and are seldom the name of anything.
_NEVER_TEXT = """
called named call name new current tell port ports pid file files folder folders directory
directories which what line lines process processes user users group groups package packages service
container branch image show list first last next now today yesterday everybody everyone
machine system command program time date size id pid ids number word words text string extension key value
running local remote message messages password title subject contents owner permission permissions changes contain contains containing mention whole
"""
_NEVER = frozenset(_NEVER_TEXT.split())


_VERSIONS = frozenset(("current", "present", "actual", "last", "first", "next", "new", "today"))

# What a word that nobody knows may be the name of.
_NAMEABLE = ("name", "text", "package", "process", "service", "user", "container", "branch", "group", "host")
_NAMED = frozenset(
    (
        "branch",
        "user",
        "account",
        "container",
        "service",
        "group",
        "volume",
        "package",
        "process",
        "folder",
        "directory",
        "remote",
        "tag",
        "host",
        "server",
    )
)
_KNOWN = 6  # entries; a word that so many have is seldom a name
_NOVEL = 0.5
_USUAL = 0.6  # what an everyday word is doubted as a name
_FORMED = re.compile(r"\w+(?:ing|ed|ly|ness|tion|able|ible|est)")


def judge(value: Value, around: Surroundings, frequency: Callable[[str], int]) -> None:
    """Note which kinds of slot the word may fill; `frequency` says how many entries of the catalogue have a word."""
    lower = value.text.lower()
    spread = frequency(lower) if lower.isalnum() else 0
    proper = lower in _PROPER
    usual = not proper and (
        lower in common()
        or lower in FILLERS
        or plain(lower) != lower
        or _FORMED.fullmatch(value.text) is not None
    )
    value.novel = proper or (
        not usual
        and not spread
        and len(lower) > 1
        and lower not in _NEVER
        and re.fullmatch(r"[\w+@%-][\w.+@%-]*", lower) is not None
        and f".{lower}" not in ARCHIVES
        and not (
            "-" in lower and all(part in common() or frequency(part) for part in lower.split("-") if part)
        )
    )
    _judge(value, around)
    if spread >= _KNOWN and value.after in ("of", "for", "from") and lower in around.names:
        value.solid = False  # 'the logs of nginx', though there is a folder of that name
        value.kinds.clear()
        return
    if value.solid or "number" in value.kinds:
        return
    value.named = (
        bool(value.kinds)
        and not usual
        and lower not in _NEVER
        and (
            value.before in ("called", "named")
            or value.before in _NAMED
            or (value.before == "of" and (value.novel or lower in around.users))
            or (value.before in ("into", "onto") and value.kinds.get("branch", 0.0) >= 0.45)
        )
    )
    if value.novel:
        noun = _noun(value)
        for kind in _NAMEABLE if noun not in _AFTER else (noun, "name", "text"):
            value.kinds[kind] = min(1.15, max(value.kinds.get(kind, 0.0) + 0.2, _NOVEL))
    elif lower.isalnum():
        doubt = _USUAL if usual else 0.3 if spread >= 20 else 0.15 if spread >= 6 else 0.0
        for kind, strength in value.kinds.items():
            if strength < 1.2 and value.before not in ("called", "named"):
                value.kinds[kind] = strength - doubt


def _noun(value: Value) -> str:
    """Return the kind of thing that a value is said to be the name of, as a kind of slot where there is one."""
    noun = (
        "process"
        if value.noun == "processes"
        else value.noun.removesuffix("s")
        if value.noun not in _AFTER
        else value.noun
    )
    return _NOUNS.get(noun, noun)


def is_name(text: str) -> bool:
    """Return whether a word that nothing is known about may be a name."""
    lower = text.lower()
    return lower.isalnum() and lower not in FILLERS | _NEVER | common() and _FORMED.fullmatch(lower) is None


def _judge(value: Value, around: Surroundings) -> None:
    text, kinds = value.text, value.kinds
    lower = text.lower()
    if _ADDRESS.fullmatch(text):
        kinds |= {"host": 1.2, "text": 0.6}
        value.solid = True
    elif text.lstrip("-").isdigit() or re.fullmatch(r"\d+(?:st|nd|rd|th|%)", lower):
        _judge_number(value)
    elif lower in NUMBERS or lower in ORDINAL:
        value.text = NUMBERS.get(lower) or ORDINAL[lower]
        kinds |= {"number": 0.6 if lower in NUMBERS else 0.3}
    elif _REMOTE.fullmatch(text) and "@" in text[1:]:
        kinds |= {"host": 1.0, "folder": 0.9, "text": 0.5, "user": 0.2, "url": 0.3}
        value.solid = True
    elif text.startswith("$") and text[1:].isidentifier():
        value.text = text[1:]
        kinds |= {"variable": 1.2, "text": 0.3}
    elif "*" in text:
        kinds |= {"pattern": 1.2, "file": 0.4, "text": 0.3}
        if re.fullmatch(r"\*\.\w+", text):
            value.said = text[2:]
            kinds["extension"] = 1.2
        value.solid = True
    elif re.fullmatch(r"[\w./-]+:[\w.-]+", text) and not text.endswith(":"):
        kinds |= {"name": 1.1, "text": 0.4, "container": 0.2}
        if lower.rpartition(":")[2].isdigit():
            kinds |= {"host": 0.7, "port": 0.6}
        value.solid = True
    elif _HEX.fullmatch(text) and not around.is_file(text):
        kinds |= {"text": 1.1}
        value.solid = len(text) >= 32
    elif _MODE.fullmatch(text):
        kinds |= {"permission": 1.2}
        value.solid = True
    else:
        _judge_name(value, around)
    if lower in around.branches:
        kinds["branch"] = 1.2


def _judge_number(value: Value) -> None:
    value.text = re.sub(r"\D", "", value.text)
    value.kinds |= {"number": 1.0, "text": 0.2, "days": 0.3, "interval": 0.4, "date": 0.15, "package": 0.0}
    if value.before in ("port", "ports") or (
        len(value.text) in (4, 5) and value.before not in ("pid", "process")
    ):
        value.kinds["port"] = 1.2 if value.before == "port" else 0.7
    elif len(value.text) <= 5:
        value.kinds["port"] = 0.3
    if re.fullmatch(r"[0-7]{3,4}", value.text):
        value.kinds["permission"] = 1.1
    if value.before in ("gid", "uid"):
        value.kinds |= {"group": 1.0, "user": 1.0}
    value.solid = True


def _judge_name(value: Value, around: Surroundings) -> None:
    text, kinds = value.text, value.kinds
    lower = text.lower()
    exists = (text in around.names and lower not in _NEVER) or (
        ("/" in text or text.startswith("~")) and _is_path(text, around)
    )
    if exists and (lower not in FILLERS):
        is_folder = around.is_folder(text)
        kinds |= (
            {"folder": 1.2, "file": 0.6, "name": 0.3}
            if is_folder
            else {"file": 1.2, "name": 0.3, "folder": 0.1}
        )
        if text.endswith(ARCHIVES):
            kinds["archive"] = 1.25
        if value.before in ("called", "named"):
            kinds |= {"text": 1.0, "name": 1.0}
        value.solid = "." in text or "/" in text or text != lower or (is_folder and len(text) > 2)
    elif text.startswith(("/", "~", "./", "../")):
        kinds |= {"folder": 1.0, "file": 0.95, "text": 0.2}
        value.solid = True
    elif _DOMAIN.fullmatch(text):
        kinds |= {"host": 1.1, "text": 0.3, "url": 0.3}
        value.solid = True
    elif re.fullmatch(r"\.\w{1,5}", text) and (
        value.after.startswith(("file", "ones", "or", "and", "in")) or lower[1:] in _EXTENSIONS
    ):
        value.said = lower[1:]
        kinds |= {"extension": 1.2} if value.several else {"extension": 1.2, "name": 0.4, "file": 0.3}
        value.solid = True
    elif f".{lower}" in ARCHIVES:
        return
    elif FILE.fullmatch(text):
        kinds |= {"file": 0.9, "name": 0.95, "text": 0.3, "folder": 0.3, "package": 0.2}
        if text.endswith(ARCHIVES):
            kinds |= {"archive": 1.2, "name": 1.0, "file": 0.8}
            if value.before in ("called", "named"):  # it is to be made
                kinds["archive"] = 0.2
        value.solid = True
    elif "/" in text:
        kinds |= {
            "folder": 1.0 if text.endswith("/") else 0.8,
            "branch": 0.9,
            "file": 0.6,
            "text": 0.3,
            "name": 0.5,
        }
        value.solid = True
    else:
        _judge_word(value, around)


def _judge_word(value: Value, around: Surroundings) -> None:
    text, kinds = value.text, value.kinds
    lower = text.lower()
    after_file = value.after.startswith(("file", "ones", "image", "picture", "photo", "script", "document"))
    singular = lower.removesuffix("s") if lower not in _EXTENSIONS else lower
    if singular in _EXTENSIONS:
        asked = after_file or value.before in ("extension", "ending", "type", "or", "all", "of")
        if asked or singular not in _AMBIGUOUS:
            kinds["extension"] = 1.2 if asked else 0.9
            value.said = singular
    elif lower in _LANGUAGES and value.after.startswith(("file", "script", "ones", "source", "code")):
        kinds["extension"] = 1.0
        value.said = _LANGUAGES[lower]
    elif value.before == "extension" and lower not in FILLERS:
        kinds["extension"] = 1.2
        value.said = lower
    if not re.fullmatch(r"[\w+@%-][\w.+@%-]*", text):
        return
    if (lower in FILLERS or lower in _NEVER) and not (
        value.before in ("called", "named") and lower in _VERSIONS
    ):
        return
    if text.isupper() and len(text) > 1:
        kinds["text"] = 0.75
        if "_" in text or value.before == "variable":
            kinds["variable"] = 1.0
    for kind, cues in _AFTER.items():
        if value.before in cues:
            strength = 1.0 if value.before == kind or value.before in ("called", "named") else 0.6
            kinds[kind] = max(kinds.get(kind, 0.0), strength)
    noun = _noun(value)
    if value.before in ("called", "named"):
        for kind in ("user", "group", "package", "service", "container", "branch", "folder", "process"):
            kinds[kind] = max(kinds.get(kind, 0.0), 0.7 if noun not in _AFTER or kind == noun else 0.1)
        kinds["text"] = max(kinds.get("text", 0.0), 0.9)
    if noun in _AFTER and (value.before != "is" or (value.novel and noun != "folder")):
        kinds[noun] = 1.2 if noun != "folder" else 1.0
        kinds.setdefault("name", 0.9)
    for kind, cues in _BEFORE.items():
        if value.after in cues:
            kinds[kind] = max(kinds.get(kind, 0.0), 0.7)
    if lower in around.users:
        kinds["user"] = max(kinds.get("user", 0.0), 0.9 if value.before != "to" else 1.15)
    if lower in around.groups:
        kinds["group"] = max(kinds.get("group", 0.0), 0.8)
    if any(char.isdigit() for char in text) or "_" in text or "-" in text or text[1:] != lower[1:]:
        for kind in ("name", "host", "package", "process", "user", "service", "container", "text"):
            kinds.setdefault(kind, 0.4)


def _is_path(text: str, around: Surroundings) -> bool:
    return around.is_folder(text) or around.is_file(text)
