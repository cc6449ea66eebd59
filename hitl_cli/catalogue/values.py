"""Values in a request: the names, numbers, sizes, dates, addresses and quoted texts that may fill a slot."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hitl_cli.catalogue.surroundings import ARCHIVES, Surroundings
from hitl_cli.catalogue.words import FILLERS

_QUOTED = re.compile(r"(?<!\w)(?P<quote>[\"'`])(?P<text>.+?)(?P=quote)(?!\w)|[\u201c](?P<curly>.+?)[\u201d]")
_TOKEN = re.compile(r"\S+")
_URL = re.compile(r"(?:https?|ftp|ssh|git|file)://\S+|git@[\w.-]+:\S+")
_ADDRESS = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}", re.IGNORECASE
)
_REMOTE = re.compile(r"(?:[\w.-]+@)[\w.-]+(?::\S*)?")
_DOMAIN = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de|uk|edu|gov|local|lan|internal|info|app|ai|co|eu|fr|ch|at|nl)",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s+UTC)?"
_DATE = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK})?"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}\b(?:,? \d{{4}})?",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\b(\d+(?:\.\d+)?)\s*(k|m|g|t|kb|mb|gb|tb|kib|mib|gib|megs?|gigs?|megabytes?|gigabytes?)\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(\d+|an?|one|two|three|four|five|six|seven|ten)\s+(day|week|month|year)s?\b", re.IGNORECASE
)
_SECONDS = re.compile(r"\b(\d+)\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)
_FILE = re.compile(r"[\w@%+,=~-][\w.@%+,=~-]*\.[A-Za-z][\w]{0,9}|\.[\w.-]+")
_HEX = re.compile(r"[0-9a-f]{32,128}|(?=[0-9a-f]*\d)[0-9a-f]{7,31}", re.IGNORECASE)
_MODE = re.compile(r"[ugoa]*[+=-][rwxXst]+|[0-7]{3,4}")
_SOUGHT = re.compile(
    r"\b(?:contain(?:s|ing)?|mention(?:s|ing)?|matching|saying|(?:search|look|grep|looking|searching)\b.*?\bfor"
    r"|the (?:word|words|text|string|phrase))\s+(?:the\s+)?(?:(?:word|words|text|string|phrase)\s+)?"
    r"(?P<text>\S.*?)(?=\s+(?:in|inside|within|under|below|from|across|anywhere|here|and|occurs?|is|are|with|by|"
    r"without|appears?|comes?)\b|\s*[?.,!]*$)",
    re.IGNORECASE,
)
_ORDINAL = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
_NUMBERS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "twenty": "20", "fifty": "50", "hundred": "100",
}  # fmt: skip
_EXTENSIONS_TEXT = """
pdf txt log csv tsv json yaml yml toml xml html htm css js ts jsx tsx py rb go rs c h cpp hpp java
php sh md rst jpg jpeg png gif svg webp bmp ico mp3 mp4 mkv avi mov wav flac ogg zip tar gz tgz bz2
xz 7z rar iso deb rpm sql db bak tmp conf cfg ini env docx xlsx pptx doc xls ppt tex lock pyc o so
class jar swp orig
"""
_EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())
_LANGUAGES = {
    "python": "py", "javascript": "js", "typescript": "ts", "markdown": "md", "text": "txt", "shell": "sh",
    "ruby": "rb", "rust": "rs", "yaml": "yaml", "jpeg": "jpg", "word": "docx", "excel": "xlsx", "log": "log",
}  # fmt: skip
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AFTER = {
    "user": ("user", "account", "users", "let", "by", "login"),
    "group": ("group", "groups"),
    "package": (
        "package", "packages", "install", "uninstall", "remove", "purge", "upgrade", "library", "module", "reinstall",
        "pip", "npm", "apt", "of", "update", "hold", "does",
    ),
    "service": (
        "service", "unit", "daemon", "restart", "start", "stop", "enable", "disable", "reload", "of", "for", "is",
        "status", "bounce", "compose",
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
    "folder": ("folder", "directory", "dir", "in", "under", "into", "of", "below", "inside", "folders", "the", "and"),
    "variable": ("variable", "env"),
}  # fmt: skip
_BEFORE = {
    "user": ("user", "account", "password", "home"), "group": ("group",), "service": ("service", "daemon", "unit"),
    "container": ("container",), "branch": ("branch",), "process": ("process", "processes", "program"),
    "folder": ("folder", "directory", "dir"), "package": ("package", "module", "library"),
    "name": ("interface", "volume", "image", "network", "script", "folder"),
    "variable": ("variable",),
}  # fmt: skip
# Words that say how something is meant, and are seldom the name of anything.
_NEVER_TEXT = """
called named call name new current tell port ports pid file files folder folders directory
directories which what line lines process processes user users group groups package packages service
container branch image show list first last next now today yesterday everybody everyone nobody
machine system command program time date size number word words text string extension key value
running local remote contain contains containing mention whole
"""
_NEVER = frozenset(_NEVER_TEXT.split())


@dataclass
class Value:
    """A part of a request that may fill slots: its text, its extent, and how well it suits each kind of slot."""

    text: str
    start: int
    end: int
    kinds: dict[str, float]
    before: str = ""
    after: str = ""
    noun: str = ""
    """What it is the name of, where that is said: `group` in 'a group called developers'."""
    said: str = ""
    solid: bool = field(default=False)
    """Whether it can be nothing but a value; another word may just be a word."""


def values(request: str, around: Surroundings) -> list[Value]:
    """Return the values in `request` in order; the same words may be part of several."""
    found = list(_special(request, around))
    taken = [(value.start, value.end) for value in found if value.solid]
    for token in _TOKEN.finditer(request):
        text = token[0].strip(",;?!()\"'`").rstrip(":.")
        if token[0].startswith(".") and not text.startswith("."):
            text = "." + text
        start = token.start() + token[0].find(text)
        if text and not any(begin <= start < end for begin, end in taken):
            text = re.sub(r"['\u2019]s$", "", text)
            value = Value(text, start, start + len(text), {})
            _neighbours(request, value)
            _judge(value, around)
            if value.kinds:
                found.append(value)
    for value in found:
        _neighbours(request, value)
    return sorted(found, key=lambda value: value.start)


def _neighbours(request: str, value: Value) -> None:
    before = re.findall(r"[\w$*.-]+", request[: value.start].lower())
    after = re.findall(r"[\w$*.%-]+", request[value.end :].lower())
    while before and before[-1] in ("the", "a", "an", "my", "file"):
        before.pop()
    value.before = before[-1].rstrip(".") if before else ""
    value.after = after[0] if after else ""
    if value.before in ("called", "named") and len(before) > 1:
        value.noun = before[-2]


def _special(request: str, around: Surroundings) -> Iterator[Value]:
    """Yield what can be told by its form, though it may hold blanks."""
    for match in _QUOTED.finditer(request):
        text = match["text"] or match["curly"]
        value = Value(
            text, match.start(), match.end(), {"text": 1.2, "name": 0.8, "pattern": 0.9}, solid=True
        )
        if around.is_folder(text):
            value.kinds |= {"folder": 1.2, "text": 0.3}
        elif around.is_file(text):
            value.kinds |= {"file": 1.2, "archive": 1.2, "text": 0.3}
        elif _FILE.fullmatch(text) or "/" in text:
            value.kinds |= {"file": 0.9, "folder": 0.8}
        for kind in ("user", "group", "package", "service", "container", "branch", "process", "variable"):
            value.kinds.setdefault(kind, 0.5 if " " not in text else 0.0)
        yield value
    for match in _URL.finditer(request):
        yield Value(
            match[0].rstrip(".,?"),
            match.start(),
            match.end(),
            {"url": 1.2, "text": 0.2, "host": 0.2},
            solid=True,
        )
    for match in _DATE.finditer(request):
        text = re.sub(r"(?i)^the |(?<=\d)(?:st|nd|rd|th)| of\b", "", match[0])
        yield Value(text, match.start(), match.end(), {"date": 1.2, "text": 0.3}, solid=True)
    for match in _SIZE.finditer(request):
        unit = match[2][0].upper()
        yield Value(
            match[1] + unit,
            match.start(),
            match.end(),
            {"size": 1.2, "number": 0.5},
            said=match[1],
            solid=True,
        )
    for match in _PERIOD.finditer(request):
        count = int(
            _NUMBERS.get(match[1].lower(), match[1]) if match[1].lower() not in ("a", "an", "one") else 1
        )
        text = str(count * _DAYS[match[2].lower()])
        solid = match[1].isdigit()
        yield Value(
            text, match.start(), match.end(), {"days": 1.2, "number": 0.4}, said=str(count), solid=solid
        )
    for match in _SECONDS.finditer(request):
        yield Value(match[1], match.start(), match.end(), {"interval": 1.2, "number": 0.9}, solid=True)
    for match in _SOUGHT.finditer(request):
        text = match["text"].strip("\"'`")
        if (
            text.lower() not in FILLERS
            and not text.lower().startswith(("a ", "an ", "all "))
            and len(text) > 1
        ):
            yield Value(text, match.start("text"), match.end("text"), {"text": 0.85, "pattern": 0.5})


def _judge(value: Value, around: Surroundings) -> None:
    """Note which kinds of slot the word may fill."""
    text, kinds = value.text, value.kinds
    lower = text.lower()
    if _ADDRESS.fullmatch(text):
        kinds |= {"host": 1.2, "text": 0.6}
        value.solid = True
    elif text.lstrip("-").isdigit() or re.fullmatch(r"\d+(?:st|nd|rd|th|%)", lower):
        _judge_number(value)
    elif lower in _NUMBERS or lower in _ORDINAL:
        value.text = _NUMBERS.get(lower) or _ORDINAL[lower]
        kinds |= {"number": 0.6 if lower in _NUMBERS else 0.3}
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
        kinds |= {"extension": 1.2, "name": 0.4, "file": 0.3}
        value.solid = True
    elif _FILE.fullmatch(text):
        kinds |= {"file": 0.9, "name": 0.95, "text": 0.3, "folder": 0.3, "package": 0.2}
        if text.endswith(ARCHIVES):
            kinds |= {"archive": 1.2, "name": 1.0, "file": 0.8}
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
    after_file = value.after.startswith(("file", "ones", "image", "picture", "photo", "script"))
    if lower in _EXTENSIONS and (after_file or value.before in ("extension", "ending", "type", "or")):
        kinds["extension"] = 1.2
        value.said = lower
    elif lower in _LANGUAGES and value.after.startswith(("file", "script", "ones")):
        kinds["extension"] = 1.0
        value.said = _LANGUAGES[lower]
    elif value.before == "extension" and lower not in FILLERS:
        kinds["extension"] = 1.2
        value.said = lower
    if lower in FILLERS or lower in _NEVER or not re.fullmatch(r"[\w+@%-][\w.+@%-]*", text):
        return
    if text.isupper() and len(text) > 1:
        kinds["text"] = 0.75
        if "_" in text or value.before == "variable":
            kinds["variable"] = 1.0
    for kind, cues in _AFTER.items():
        if value.before in cues:
            strength = 1.0 if value.before == kind or value.before in ("called", "named") else 0.6
            kinds[kind] = max(kinds.get(kind, 0.0), strength)
    if value.before in ("called", "named"):
        for kind in ("user", "group", "package", "service", "container", "branch", "folder"):
            kinds[kind] = max(kinds.get(kind, 0.0), 0.7)
    if value.noun in kinds:
        kinds[value.noun] = 1.2
    for kind, cues in _BEFORE.items():
        if value.after in cues:
            kinds[kind] = max(kinds.get(kind, 0.0), 0.7)
    if lower in around.users:
        kinds["user"] = max(kinds.get("user", 0.0), 0.9)
    if lower in around.groups:
        kinds["group"] = max(kinds.get("group", 0.0), 0.8)
    if any(char.isdigit() for char in text) or "_" in text or "-" in text or text[1:] != lower[1:]:
        for kind in ("name", "host", "package", "process", "user", "service", "container", "text"):
            kinds.setdefault(kind, 0.4)


def _is_path(text: str, around: Surroundings) -> bool:
    return around.is_folder(text) or around.is_file(text)
