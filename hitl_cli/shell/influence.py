"""Which environment variables change what programs do, and why: the list that `docs/variables.md` shows.

A command can set them for those after it, and the person is told. What loads code into every program is another
matter: functions and loader variables end with the command that sets them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Variables that matter for one `reason`: by their name, by what it begins with, and by what it ends with."""

    reason: str
    names: str = ""
    beginnings: str = ""
    endings: str = ""


LOADERS = Group(
    "what the loader of the system, or its C library, loads into each program that starts",
    names="GCONV_PATH GLIBC_TUNABLES LIBPATH SHLIB_PATH",
    beginnings="LD_ DYLD_ LDR_ _RLD",
)
"""Variables that no command passes on."""

INFLUENTIAL = (
    Group("where a shell finds the programs and folders that are named", names="PATH CDPATH FPATH"),
    Group(
        "what a shell reads, and how, before and while it runs a command",
        names="BASH_ENV ENV ZDOTDIR SHELL IFS PS4 GLOBIGNORE EXECIGNORE FIGNORE FUNCNEST PROMPT_COMMAND "
        "POSIXLY_CORRECT NULLCMD READNULLCMD MODULE_PATH TMOUT",
        beginnings="BASH_ FISH_ KSH_ ZSH_",
    ),
    Group(
        "programs that other programs start",
        names="EDITOR VISUAL PAGER MANPAGER BROWSER TERMINAL FCEDIT RSH MANOPT MORE",
        beginnings="LESS SUDO_",
        endings="_EDITOR _PAGER _ASKPASS _BROWSER _COMMAND _SHELL _WRAPPER _LAUNCHER",
    ),
    Group(
        "where programs look for settings, data and temporary files",
        names="HOME USER LOGNAME TMPDIR TMP TEMP TEMPDIR TMPPREFIX TERMINFO TERMINFO_DIRS TERMCAP TZDIR SCREENDIR "
        "VIM VIMRUNTIME VIMINIT GVIMINIT EXINIT",
        beginnings="XDG_ CONFIG_ EMACS NVIM_ TMUX",
        endings="PATH RC _CFG _INIT _MODULES _PLUGINS _LIBRARY _CONFIG _CONFIG_FILE _CONFIG_DIR _CONF _HOME "
        "_PREFIX _ROOT",
    ),
    Group("version control", names="CVSROOT CVS_RSH", beginnings="GIT_ GH_ GITLAB_ HG SVN_ JJ_"),
    Group(
        "remote logins and copies, and the agents that hold keys",
        beginnings="SSH_ RSYNC_ GPG_ GNUPG AGE_ KRB5 SASL_",
    ),
    Group(
        "Python", names="VIRTUAL_ENV", beginnings="PYTHON PIP_ PIPX_ PIPENV_ PYENV_ UV_ POETRY_ CONDA_ MAMBA_"
    ),
    Group("JavaScript", beginnings="NODE_ NPM_ YARN_ PNPM_ BUN_ DENO_ NVM_ COREPACK_ VOLTA_"),
    Group("Perl", beginnings="PERL PAR_"),
    Group("Ruby", names="RACK_ENV RAILS_ENV", beginnings="RUBY GEM_ BUNDLE_ RBENV_"),
    Group(
        "Java and its relatives",
        names="CLASSPATH",
        beginnings="JAVA_ JDK_ _JAVA_ MAVEN_ GRADLE_ SBT_ ANT_ KOTLIN_ SCALA_",
    ),
    Group(
        "other languages",
        names="TCLLIBPATH",
        beginnings="GO CARGO_ RUST LUA_ PHP R_ JULIA_ DOTNET_ CORECLR_ GHC GUILE_ OCAML OPAM ERL_ ELIXIR_ MIX_ "
        "HEX_ DART_",
    ),
    Group(
        "compilers and builds",
        names="CC CXX CPP LD AR AS NM LIBS DESTDIR",
        beginnings="MAKE GNUMAKE CMAKE_ NINJA_ MESON_ BAZEL_ PKG_CONFIG GCC_ CCACHE_ DISTCC_",
        endings="FLAGS",
    ),
    Group(
        "options that programs take from their environment",
        names="ZIPOPT UNZIP GZIP BZIP BZIP2 QUOTING_STYLE BLOCK_SIZE BLOCKSIZE TIME_STYLE TAPE CI",
        beginnings="GREP_ XZ_ ZSTD_ FZF_ APT_ DPKG_ DEB SYSTEMD_ HOMEBREW_ NIX_ HITL_",
        endings="_OPTIONS _OPTS _ARGS",
    ),
    Group(
        "whom programs talk to, and whom they trust",
        names="HOSTALIASES RES_OPTIONS LOCALDOMAIN PRINTER LPDEST",
        beginnings="CURL_ SSL_ OPENSSL_ REQUESTS_ HTTPLIB2_ OPENAI_",
        endings="_PROXY _CA_BUNDLE _CERT _CERTS _CERT_FILE _CERT_DIR _HOST _URL _ENDPOINT _REGISTRY",
    ),
    Group(
        "containers, clusters and clouds",
        names="KUBECONFIG",
        beginnings="DOCKER_ CONTAINER_ CONTAINERS_ BUILDKIT_ BUILDAH_ PODMAN_ COMPOSE_ KUBE HELM_ AWS_ AZURE_ ARM_ "
        "GOOGLE_ GCLOUD_ CLOUDSDK_ TF_ TERRAFORM_ PULUMI_ VAULT_ CONSUL_ NOMAD_ ANSIBLE_ VAGRANT_",
    ),
    Group("databases", beginnings="PG MYSQL_ MARIADB_ SQLITE_ REDIS MONGO"),
    Group(
        "the desktop, its programs and the terminal",
        names="DISPLAY XAUTHORITY TERM COLORTERM",
        beginnings="WAYLAND_ DBUS_ GTK_ GIO_ GST_ QT_ SDL_",
    ),
    Group("language, sorting order and time zone", names="LANG LANGUAGE TZ", beginnings="LC_"),
)
"""Variables whose change is named in the next question."""


def is_loader(name: str) -> bool:
    """Return whether the variable of this name loads code into every program."""
    return _matches(name, _LOADERS)


def is_function(name: str, value: str) -> bool:
    """Return whether a variable holds an exported function of bash, in any of the notations it has had."""
    return name.startswith("BASH_FUNC_") or value.startswith("() {")


def influence(name: str) -> int | None:
    """Return the place of the first group that the variable of this name is in, or None if it changes no program.

    Small letters count as capitals, because programs read `http_proxy` and `npm_config_…` as well.
    """
    capitals = name.upper()
    return next((at for at, each in enumerate(_INFLUENTIAL) if _matches(capitals, each)), None)


_Matcher = tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]


def _matcher(group: Group) -> _Matcher:
    return frozenset(group.names.split()), tuple(group.beginnings.split()), tuple(group.endings.split())


def _matches(name: str, matcher: _Matcher) -> bool:
    names, beginnings, endings = matcher
    return name in names or name.startswith(beginnings) or name.endswith(endings)


_LOADERS = _matcher(LOADERS)
_INFLUENTIAL = [_matcher(group) for group in INFLUENTIAL]
