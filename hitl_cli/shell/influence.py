"""The list of environment variables that affect programs, and the description of changes to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hitl_cli.text.amounts import counted
from hitl_cli.text.changed_variable import ChangedVariable
from hitl_cli.text.secrets.masking import Mask, secret_variables


@dataclass(frozen=True)
class Group:
    """Variables that matter for one `reason`, matched by name, prefix or suffix."""

    reason: str
    names: str = ""
    prefixes: str = ""
    suffixes: str = ""


LOADERS = Group(
    "what the loader of the system, or its C library, loads into each program that starts",
    names="GCONV_PATH GLIBC_TUNABLES LIBPATH SHLIB_PATH",
    prefixes="LD_ DYLD_ LDR_ _RLD",
)
"""Variables that are never passed from one command to the next."""

INFLUENTIAL = (
    Group("where a shell finds the programs and folders that are named", names="PATH CDPATH FPATH"),
    Group(
        "what a shell reads, and how, before and while it runs a command",
        names="BASH_ENV ENV ZDOTDIR SHELL IFS PS4 GLOBIGNORE EXECIGNORE FIGNORE FUNCNEST PROMPT_COMMAND "
        "POSIXLY_CORRECT NULLCMD READNULLCMD MODULE_PATH TMOUT",
        prefixes="BASH_ FISH_ KSH_ ZSH_",
    ),
    Group(
        "programs that other programs start",
        names="EDITOR VISUAL PAGER MANPAGER BROWSER TERMINAL FCEDIT RSH MANOPT MORE",
        prefixes="LESS SUDO_",
        suffixes="_EDITOR _PAGER _ASKPASS _BROWSER _COMMAND _SHELL _WRAPPER _LAUNCHER",
    ),
    Group(
        "where programs look for settings, data and temporary files",
        names="HOME USER LOGNAME TMPDIR TMP TEMP TEMPDIR TMPPREFIX TERMINFO TERMINFO_DIRS TERMCAP TZDIR SCREENDIR "
        "VIM VIMRUNTIME VIMINIT GVIMINIT EXINIT",
        prefixes="XDG_ CONFIG_ EMACS NVIM_ TMUX",
        suffixes="PATH RC _CFG _INIT _MODULES _PLUGINS _LIBRARY _CONFIG _CONFIG_FILE _CONFIG_DIR _CONF _HOME "
        "_PREFIX _ROOT",
    ),
    Group("version control", names="CVSROOT CVS_RSH", prefixes="GIT_ GH_ GITLAB_ HG SVN_ JJ_"),
    Group(
        "remote logins and copies, and the agents that hold keys",
        prefixes="SSH_ RSYNC_ GPG_ GNUPG AGE_ KRB5 SASL_",
    ),
    Group(
        "Python", names="VIRTUAL_ENV", prefixes="PYTHON PIP_ PIPX_ PIPENV_ PYENV_ UV_ POETRY_ CONDA_ MAMBA_"
    ),
    Group("JavaScript", prefixes="NODE_ NPM_ YARN_ PNPM_ BUN_ DENO_ NVM_ COREPACK_ VOLTA_"),
    Group("Perl", prefixes="PERL PAR_"),
    Group("Ruby", names="RACK_ENV RAILS_ENV", prefixes="RUBY GEM_ BUNDLE_ RBENV_"),
    Group(
        "Java and its relatives",
        names="CLASSPATH",
        prefixes="JAVA_ JDK_ _JAVA_ MAVEN_ GRADLE_ SBT_ ANT_ KOTLIN_ SCALA_",
    ),
    Group(
        "other languages",
        names="TCLLIBPATH",
        prefixes="GO CARGO_ RUST LUA_ PHP R_ JULIA_ DOTNET_ CORECLR_ GHC GUILE_ OCAML OPAM ERL_ ELIXIR_ MIX_ "
        "HEX_ DART_",
    ),
    Group(
        "compilers and builds",
        names="CC CXX CPP LD AR AS NM LIBS DESTDIR",
        prefixes="MAKE GNUMAKE CMAKE_ NINJA_ MESON_ BAZEL_ PKG_CONFIG GCC_ CCACHE_ DISTCC_",
        suffixes="FLAGS",
    ),
    Group(
        "options that programs take from their environment",
        names="ZIPOPT UNZIP GZIP BZIP BZIP2 QUOTING_STYLE BLOCK_SIZE BLOCKSIZE TIME_STYLE TAPE CI",
        prefixes="GREP_ XZ_ ZSTD_ FZF_ APT_ DPKG_ DEB SYSTEMD_ HOMEBREW_ NIX_ HITL_",
        suffixes="_OPTIONS _OPTS _ARGS",
    ),
    Group(
        "whom programs talk to, and whom they trust",
        names="HOSTALIASES RES_OPTIONS LOCALDOMAIN PRINTER LPDEST",
        prefixes="CURL_ SSL_ OPENSSL_ REQUESTS_ HTTPLIB2_ OPENAI_",
        suffixes="_PROXY _CA_BUNDLE _CERT _CERTS _CERT_FILE _CERT_DIR _HOST _URL _ENDPOINT _REGISTRY",
    ),
    Group(
        "containers, clusters and clouds",
        names="KUBECONFIG",
        prefixes="DOCKER_ CONTAINER_ CONTAINERS_ BUILDKIT_ BUILDAH_ PODMAN_ COMPOSE_ KUBE HELM_ AWS_ AZURE_ ARM_ "
        "GOOGLE_ GCLOUD_ CLOUDSDK_ TF_ TERRAFORM_ PULUMI_ VAULT_ CONSUL_ NOMAD_ ANSIBLE_ VAGRANT_",
    ),
    Group("databases", prefixes="PG MYSQL_ MARIADB_ SQLITE_ REDIS MONGO"),
    Group(
        "the desktop, its programs and the terminal",
        names="DISPLAY XAUTHORITY TERM COLORTERM",
        prefixes="WAYLAND_ DBUS_ GTK_ GIO_ GST_ QT_ SDL_",
    ),
    Group("language, sorting order and time zone", names="LANG LANGUAGE TZ", prefixes="LC_"),
)
"""Variables whose changes are shown with the next question."""


def is_loader(name: str) -> bool:
    """Return whether the variable `name` can load code into every program."""
    return _matches(name, _LOADERS)


def is_function(name: str, value: str) -> bool:
    """Return whether a variable is an exported bash function, in the format of any bash version."""
    return name.startswith("BASH_FUNC_") or value.startswith("() {")


def influence_rank(name: str) -> int | None:
    """Return the index of the first group that matches the variable, or None if it affects no program.

    Case is ignored, because programs also read `http_proxy` and `npm_config_…`.
    """
    capitals = name.upper()
    return next((at for at, each in enumerate(_INFLUENTIAL) if _matches(capitals, each)), None)


_Matcher = tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]


def _matcher(group: Group) -> _Matcher:
    return frozenset(group.names.split()), tuple(group.prefixes.split()), tuple(group.suffixes.split())


def _matches(name: str, matcher: _Matcher) -> bool:
    names, prefixes, suffixes = matcher
    return name in names or name.startswith(prefixes) or name.endswith(suffixes)


_LOADERS = _matcher(LOADERS)
_INFLUENTIAL = [_matcher(group) for group in INFLUENTIAL]


_MOST = 60  # characters of a value that are shown
_AROUND = 16  # characters shown before and after the difference of two long values
_MOST_CHANGES = 200  # changes of one command that are kept
_MASKED = "[masked]"
_LONGEST = 4096  # characters; longer values are not compared, since a command could set many


def changes_between(
    before: Mapping[str, str], after: Mapping[str, str], mask: Mask
) -> tuple[ChangedVariable, ...]:
    """Return the changes of influential variables by a command, the most important first."""
    places = {
        name: influence_rank(name)
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    names = sorted((place, name) for name, place in places.items() if place is not None)
    # fish sets LC_CTYPE itself if no variable defines the character set.
    names = [each for each in names if each[1] != "LC_CTYPE" or "LC_CTYPE" in before]
    changes = [
        ChangedVariable(name[:_MOST], *_shown(name, before.get(name), after.get(name), mask))
        for _, name in names[:_MOST_CHANGES]
    ]
    if (left := len(names) - _MOST_CHANGES) > 0:
        changes.append(ChangedVariable(f"{counted(left, 'more variable')}", "...", "..."))
    return tuple(changes)


def _shown(name: str, old: str | None, new: str | None, mask: Mask) -> tuple[str | None, str | None]:
    """Return both values, masked and shortened for display."""
    if secret_variables({name: "x" * _MOST}):
        return (old and _MASKED), (new and _MASKED)
    old, new = (_masked(value, mask) for value in (old, new))
    if old is None or new is None:
        return _cut(old), _cut(new)
    if max(len(old), len(new)) <= _MOST:
        return old, new
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    start, end = max(0, head - _AROUND), max(0, tail - _AROUND)

    def around(value: str) -> str:
        middle = _cut(value[start : len(value) - end])
        return f"{'...' if start else ''}{middle}{'...' if end else ''}"

    return around(old), around(new)


def _masked(value: str | None, mask: Mask) -> str | None:
    if value is not None and len(value) > _LONGEST:
        return f"({len(value):,} characters)"
    return None if value is None else mask.applied(value)[0]


def _shared(one: str, other: str) -> int:
    """Return the length of the common prefix."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _cut(value: str | None) -> str | None:
    """Return a value; if it is long, its middle is replaced by a count."""
    if value is None or len(value) <= _MOST:
        return value
    half = _MOST // 2
    return f"{value[:half]}...({len(value) - 2 * half:,} more characters)...{value[-half:]}"
