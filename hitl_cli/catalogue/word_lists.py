"""Word lists: words that say what kind of thing a neighbouring word is, and words that are or are not names."""

from collections.abc import Mapping

from hitl_cli.catalogue.value import Kind

_EXTENSIONS_TEXT = """
pdf txt log csv tsv json yaml yml toml xml html htm css js ts jsx tsx py rb go rs c h cpp hpp java
php sh md rst jpg jpeg png gif svg webp bmp ico mp3 mp4 mkv avi mov wav flac ogg zip tar gz tgz bz2
xz 7z rar iso deb rpm sql db bak tmp conf cfg ini env docx xlsx pptx doc xls ppt tex lock pyc o so
class jar swp orig
"""
EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())
"""File name extensions."""

_AMBIGUOUS_TEXT = """
log zip tar key c h o so go env doc class lock tex orig rs db sh ini bak tmp conf json yaml xml deb sql
iso jar py js
"""
AMBIGUOUS = frozenset(_AMBIGUOUS_TEXT.split())
"""Extensions that are also words or programs."""

LANGUAGES: Mapping[str, str] = {
    "python": "py", "javascript": "js", "typescript": "ts", "markdown": "md", "text": "txt", "shell": "sh",
    "ruby": "rb", "rust": "rs", "yaml": "yaml", "jpeg": "jpg", "word": "docx", "excel": "xlsx", "log": "log",
}  # fmt: skip
"""The extensions of files that are called by a language or program: a Python file."""

AFTER: Mapping[Kind, tuple[str, ...]] = {
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
"""Words that precede a name of each kind."""

BEFORE: Mapping[Kind, tuple[str, ...]] = {
    "user": ("user", "account", "password", "home"), "group": ("group",),
    "service": ("service", "daemon", "unit", "server"),
    "container": ("container",), "branch": ("branch",), "process": ("process", "processes", "program"),
    "folder": ("folder", "directory", "dir"), "package": ("package", "module", "library"),
    "name": ("interface", "volume", "image", "network", "script", "folder", "container"),
    "variable": ("variable",),
}  # fmt: skip
"""Words that follow a name of each kind."""

KIND_OF_NOUN: Mapping[str, Kind] = {
    **{kind: kind for kind in AFTER},
    **{f"{kind}s": kind for kind in AFTER},
    "account": "user", "accounts": "user", "daemon": "service", "daemons": "service", "dir": "folder", "dirs": "folder",
    "directory": "folder", "processes": "process", "program": "process", "programs": "process",
}  # fmt: skip
"""The kind that a noun stands for."""

_PROPER_TEXT = """
alice bob carol dave eve frank gina erin john jane mary peter paul anna tom tim max sam joe kate lisa mike nick ben
emma laura sarah david daniel maria julia jack james jim george helen henry ivan oscar victor walter deploy
nginx apache apache2 httpd postgres postgresql mysql mariadb redis mongodb mongo sqlite rabbitmq kafka elasticsearch
grafana prometheus jenkins gitlab firefox chrome chromium thunderbird libreoffice gimp vlc vscode slack spotify zoom
htop
vim emacs nano tmux zsh ffmpeg imagemagick lodash react express webpack eslint typescript jest requests numpy pandas
django flask pytest fastapi eth0 wlan0 lo wlp3s0 enp0s3 cups sshd bluetooth
networkmanager haproxy traefik caddy memcached celery gunicorn uvicorn tomcat sidekiq puma php-fpm fail2ban samba
"""
PROPER = frozenset(_PROPER_TEXT.split())
"""Names, although the catalogue also has them as examples."""

_NEVER_TEXT = """
called named call name new current tell port ports pid file files folder folders directory
directories which what line lines process processes user users group groups package packages service
container branch image show list first last next now today yesterday everybody everyone
machine system command program time date size id pid ids number word words text string extension key value
running local remote message messages password title subject contents owner permission permissions changes contain
contains containing mention whole
"""
NEVER = frozenset(_NEVER_TEXT.split())
"""Words that are seldom the name of anything."""
