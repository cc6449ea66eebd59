"""Tables of programs that only read: which of their options write, run another program, or reach the network.

A program or subcommand that is not here is unknown. Options may be abbreviated as GNU's getopt_long and git allow it,
and a word that looks like a harmful option counts as one wherever it stands, also after `--`: a wrong alarm is only a
question. The sources are the manuals of GNU coreutils 9, findutils 4.9, sed 4.9, grep 3.8, git 2.39, ripgrep 14, fd 9,
procps 4, util-linux 2.38, systemd 252, iproute2 6, Docker 27, kubectl 1.31, npm 10 and pip 24.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hitl_cli.policy.words import Word

WRITES = "can write files"
RUNS = "can run another program"
NETWORK = "reaches the network"
CHANGES = "changes the state of the system"
UNKNOWN = "is not an option that the judge knows to be harmless"


@dataclass(frozen=True)
class Harm:
    """A word that keeps a command from being a pure read: its index among the words, and what it does."""

    at: int
    why: str


Check = Callable[[Sequence[Word], int], Harm | None]


@dataclass(frozen=True)
class Reader:
    """What the judge knows about a program or subcommand that reads.

    `harmful` maps options to what they do. `with_value` are short options that take a value, so that the letters after
    them are no options. At most `operands` words may be no options. `is_plain` says that no option does harm.
    """

    harmful: Mapping[str, str] = field(default_factory=dict)
    with_value: str = ""
    operands: int | None = None
    check: Check | None = None
    network: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether no argument at all can do harm."""
        return not self.harmful and self.operands is None and self.check is None and not self.network


def reader_of(words: Sequence[Word]) -> tuple[Reader, int] | None:
    """Return what is known about the command in `words`, and how many of them name it; None if it is unknown."""
    texts = [word.text for word in words[:3]]
    for count in range(len(texts), 0, -1):
        name = tuple(texts[:count])
        found = READERS.get(" ".join(text or "\0" for text in name))
        if found is not None:
            return found, count
    return None


def finding(reader: Reader, words: Sequence[Word], named: int) -> Harm | None:
    """Return the first word after the `named` ones that can do harm, or None if the command only reads."""
    found = list(findings(reader, words, named))
    return min(found, key=lambda each: each.at) if found else None


def findings(reader: Reader, words: Sequence[Word], named: int) -> list[Harm]:
    """Return every word after the `named` ones that can do harm."""
    found: list[Harm] = []
    operands = 0
    for at, word in enumerate(words[named:], named):
        text = word.text
        if reader.is_plain:
            continue
        if text is None or word.may_be_option:
            found.append(Harm(at, "may become an option, depending on the names of files"))
            continue
        if text.startswith("-") and len(text) > 1:
            if why := _harm(reader, text):
                found.append(Harm(at, why))
        else:
            operands += 2 if word.is_glob else 1
            if reader.operands is not None and operands > reader.operands:
                found.append(Harm(at, "may be a file to write or a value to set"))
    if reader.check is not None and (more := reader.check(words, named)):
        found.append(more)
    if reader.network:
        found.append(Harm(0, NETWORK))
    return found


def _harm(reader: Reader, text: str) -> str | None:
    """Return what the option `text` does, or None if it is harmless."""
    if text.startswith("--"):
        name = text.partition("=")[0]
        if name == "--":
            return None
        return next((why for option, why in reader.harmful.items() if option.startswith(name)), None)
    if text in reader.harmful:
        return reader.harmful[text]
    for letter in text[1:]:
        if why := reader.harmful.get(f"-{letter}"):
            return why
        if letter in reader.with_value:
            break
    return None


def names(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


def _verbs(program: str, verbs: str) -> list[str]:
    return [f"{program} {verb}" for verb in verbs.split(", ")]


RUNNERS = names(
    "make just rake task invoke gulp grunt ant mvn gradle gradlew ninja bazel meson "
    "tox nox npm yarn pnpm bun cargo "
    "go pytest py.test unittest jest vitest mocha rspec phpunit eslint tsc ruff mypy "
    "black flake8 pylint prettier cmake"
)
"""Programs that run code of the project, or load it: an option can name other code."""

RUNNER_OPTIONS = names(
    "-q -v -vv -x -s -k -m -l --lf --ff --sf --quiet --verbose --silent --maxfail "
    "--tb --durations --release --all --check "
    "--diff --workspace --lib --bins --tests --strict --watch --coverage --no-cov --json --version --help -h"
)
"""Options of these programs that name no code and no file."""

SUSPICIOUS = re.compile(
    r"-[oecxiw]|--(?:out|exec|cmd|command|eval|script|shell|pager|conf|rc|plugin|load"
    r"|require|import|module|filter|preview|bind"
    r"|write|in-?place|fix|del|remove|force|overwrite|log|dump|save|export|edit"
    r"|browser|hook|pre|post|init|run|call|before|after"
    r"|wrapper|prog|tool|compress|askpass|proxy|host|url|server|upload|download"
    r"|install|update|upgrade|cache|dir|temp|tmp"
    r"|target|prefix|root|user|use|with|lib|path|file|opt|set|define|env)"
)
"""How options of programs without a table begin that may write, or run something."""


def _options(why: str, options: str) -> dict[str, str]:
    return dict.fromkeys(options.split(), why)


def _only_options(known: str, why: str = UNKNOWN) -> Check:
    """Return a check that accepts no option but those that match the pattern `known`."""
    pattern = re.compile(known)

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            if word.text is not None and word.text.startswith("-") and not pattern.fullmatch(word.text):
                return Harm(at, why)
        return None

    return check


def _only_words(known: str) -> Check:
    """Return a check that accepts no word but those that match the pattern `known`."""
    pattern = re.compile(known)

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            if word.text is None or not pattern.fullmatch(word.text):
                return Harm(at, "is not a word that the judge knows to be harmless")
        return None

    return check


def _lists(options: str) -> Check:
    """Return a check that wants one of the `options` before the first operand, if there is an operand."""
    wanted = names(options)

    def check(words: Sequence[Word], named: int) -> Harm | None:
        for at, word in enumerate(words[named:], named):
            text, _, value = (word.text or "").partition("=")
            if text in wanted:
                return None
            if value and text in ("--sort", "--format", "--abbrev"):
                continue
            if not re.fullmatch(r"-[arvi]+|--(?:all|remotes|verbose|no-color|color|column|no-column)", text):
                return Harm(at, CHANGES) if at + 1 < len(words) or not text.startswith("-") else None
        return None

    return check


def _begins_with(known: str) -> Check:
    """Return a check that wants the first word to match the pattern `known`."""
    pattern = re.compile(known)

    def check(words: Sequence[Word], named: int) -> Harm | None:
        first = words[named].text if len(words) > named else None
        return None if first is not None and pattern.fullmatch(first) else Harm(named, UNKNOWN)

    return check


_FORMAT = re.compile(r"%(?:%|[-+ 0#]*\d*(?:\.\d+)?([a-zA-Z]))|%")


def _printf(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse what assigns a variable, or makes a shell calculate: both run the substitutions in an argument."""
    texts = [word.text or "" for word in words[named:]]
    if not texts or texts[0].startswith("-"):
        return Harm(named if texts else 0, UNKNOWN)
    for found in _FORMAT.finditer(texts[0]):
        kind = found[1] or ("s" if found[0] == "%%" else "?")
        numbers = all(re.fullmatch(r"[-+]?[\d.]+", text) for text in texts[1:])
        if kind not in "sbqc" and not (kind in "diuoxXeEfFgG" and numbers):
            return Harm(named, "has a format that may set or calculate something")
    return None


_FIND_PREDICATES = (
    r"-(?:[HLP]|O[0-3]|D|a|o|not|and|or|true|false|daystart|depth|d|follow|maxdepth"
    r"|mindepth|mount|xdev|noleaf|warn|nowarn"
    r"|regextype|ignore_readdir_race|noignore_readdir_race|[acm](?:min|time)"
    r"|[ac]?newer|newer[aBcm][aBcmt]|empty|executable"
    r"|readable|writable|fstype|gid|group|uid|user|nogroup|nouser|i?name|i?lname"
    r"|i?path|i?wholename|i?regex|inum|samefile"
    r"|links|perm|size|type|xtype|used|context|print|print0|printf|ls|prune|quit"
    r"|\d+[a-zA-Z]*|[ugoa]+[+=][rwxXst]+)"
)
_SED_ADDRESS = r"(?:\d+|\$|/(?:[^/\\\n]|\\.)+/I?)(?:,(?:[+~]?\d+|\$|/(?:[^/\\\n]|\\.)+/I?)|~\d+)?\s*!?\s*"
_SED_COMMAND = (
    rf"(?:{_SED_ADDRESS})?(?:[pdqQl=nNDPgGhHx]|q\d+|s(?P<d>[/|,#@:])(?:(?!(?P=d))[^\\\n]|\\[^\n])*(?P=d)"
    r"(?:(?!(?P=d))[^\\\n]|\\[^\n])*(?P=d)[gpiI\d]*)"
)
_SED_COMMANDS = re.compile(_SED_COMMAND)


def _sed(words: Sequence[Word], named: int) -> Harm | None:
    """Accept scripts of commands that neither write nor run anything."""
    at, scripts = named, 0
    while at < len(words):
        text = words[at].text or ""
        if text in ("-e", "--expression") and at + 1 < len(words):
            at += 1
            scripts += 1
            if not _is_harmless_script(words[at].text or ""):
                return Harm(at, "is a script that may write or run something")
        elif text.startswith("-") and len(text) > 1:
            if not re.fullmatch(
                r"-[nEruzs]+|--(?:quiet|silent|regexp-extended|posix|sandbox|unbuffered)", text
            ):
                return Harm(at, UNKNOWN)
        elif not scripts:
            scripts += 1
            if not _is_harmless_script(text):
                return Harm(at, "is a script that may write or run something")
        at += 1
    return None


def _is_harmless_script(script: str) -> bool:
    at = 0
    while True:
        while at < len(script) and script[at] in " ;\t":
            at += 1
        if at >= len(script):
            return True
        command = _SED_COMMANDS.match(script, at)
        if command is None or command.end() == at:
            return False
        at = command.end()
        if script[at : at + 1] not in ("", ";", " "):
            return False


def _date(words: Sequence[Word], named: int) -> Harm | None:
    """Refuse an operand that is no format: it sets the clock."""
    takes_value = False
    for at, word in enumerate(words[named:], named):
        text = word.text or ""
        if takes_value:
            takes_value = False
        elif text in ("-d", "--date", "-f", "--file", "-r", "--reference"):
            takes_value = True
        elif not text.startswith(("+", "-")):
            return Harm(at, CHANGES)
    return None


def _tar(words: Sequence[Word], named: int) -> Harm | None:
    """Accept only the listing of an archive."""
    rest = [word.text or "" for word in words[named:]]
    if not rest or not re.fullmatch(r"-?t[vzjJf]*|-?[vzjJ]*t[vzjJ]*f?", rest[0]):
        return Harm(
            named if rest else 0, "may write files or run programs; only a listing such as tar -tf reads"
        )
    # A colon in the name of an archive means that it is on another machine.
    bad = next(
        (at for at, text in enumerate(rest[1:], named + 1) if text.startswith("-") or ":" in text), None
    )
    return None if bad is None else Harm(bad, UNKNOWN)


def _kubectl_kind(words: Sequence[Word], named: int) -> Harm | None:
    for at, word in enumerate(words[named:], named):
        if "secret" in (word.text or "").lower():
            return Harm(at, "reads secrets")
    return None


_PLAIN = Reader()
_NOTHING = Reader(operands=0, check=_only_options("(?!)"))
_DIFF = Reader(_options(WRITES, "--output") | _options(RUNS, "--ext-diff --textconv"))
_LIST_REFS = "--list -l --contains --no-contains --merged --no-merged --points-at"
_DOCKER = _options(CHANGES, "-H --host -c --context --config --tls --tlscacert --tlscert --tlskey")
_KUBECTL = Reader(
    _options(RUNS, "--kubeconfig -k --kustomize")
    | _options(NETWORK, "-s --server --proxy-url --raw")
    | _options("acts as somebody else", "--as --as-group --as-uid --token --user --username --password")
    | _options(WRITES, "--cache-dir --profile-output --output-directory --log-dir --log-file"),
    with_value="nlofLc",
    check=_kubectl_kind,
)
_PIP = Reader(
    _options(WRITES, "--log --cache-dir --report")
    | _options(RUNS, "--python")
    | _options(
        NETWORK, "-o --outdated -u --uptodate -i --index-url --extra-index-url --proxy -f --find-links"
    ),
)

READERS: dict[str, Reader] = {
    **dict.fromkeys(
        names(
        "ls dir vdir cat tac head tail wc stat du df ps pwd id whoami groups uname nproc uptime free "
        "which echo basename dirname realpath readlink nl cut paste tr fold expand unexpand fmt column comm "
        "cmp diff md5sum sha1sum sha224sum sha256sum sha384sum sha512sum cksum b2sum sum od hexdump "
        "base32 strings seq true false sleep locale getconf lsblk lscpu lsusb lspci lsmod pgrep pidof "
        "grep egrep fgrep jq readelf cal numfmt factor who w users last vmstat tty eza exa pstree "
        "findmnt lsns pr join look tsort"
    ),
        _PLAIN,
    ),
    "test": Reader(check=_only_words(r"-[efdrwxsLhz]|!|=|!=|[^-!=(].*")),
    "printf": Reader(check=_printf),
    "command": Reader(check=_begins_with("-[vV]")),
    "type": _PLAIN,
    "date": Reader(_options(CHANGES, "-s --set"), with_value="dfrI", check=_date),
    "hostname": Reader(_options(CHANGES, "-F --file -b --boot"), operands=0),
    "file": Reader(
        _options(WRITES, "-C --compile") | _options(RUNS, "-z -Z --uncompress --uncompress-noreport"),
        with_value="eFfmP",
    ),
    "tree": Reader(_options(WRITES, "-o -R"), with_value="LPIHT"),
    "sort": Reader(
        _options(WRITES, "-o --output -T --temporary-directory") | _options(RUNS, "--compress-program"),
        with_value="ktS",
    ),
    "arch": Reader(operands=0),
    "base64": Reader(_options(WRITES, "-o --output"), with_value="wi"),
    **dict.fromkeys(("nm", "size"), Reader(_options(RUNS, "--plugin"))),
    "lsof": Reader(_options(WRITES, "-D"), with_value="acdgiopsTuS"),
    "yq": Reader(_options(WRITES, "-i --inplace --in-place -s --split-exp"), with_value="oIp"),
    **dict.fromkeys(("shuf", "iconv"), Reader(_options(WRITES, "-o --output"), with_value="inft")),
    **dict.fromkeys(("ag", "ack"), Reader(_options(RUNS, "--pager --ackrc --env"))),
    "uniq": Reader(operands=1),
    "xxd": Reader(operands=1),
    "rg": Reader(_options(RUNS, "--pre --hostname-bin -z --search-zip"), with_value="efgtTmABCEjMr"),
    **dict.fromkeys(("fd", "fdfind"), Reader(_options(RUNS, "-x -X --exec --exec-batch"), with_value="eEdtScj")),
    "find": Reader(check=_only_options(_FIND_PREDICATES, "writes, deletes, runs something, or is unknown")),
    "sed": Reader(check=_sed),
    "tar": Reader(check=_tar),
    "unzip": Reader(check=_begins_with("-[lvZt]")),
    "zipinfo": _PLAIN,
    "dmesg": Reader(
        _options(CHANGES, "-c -C -D -E -n --clear --read-clear --console-off --console-on --console-level"),
        with_value="fls",
    ),
    "journalctl": Reader(
        _options(
            CHANGES, "--vacuum-size --vacuum-time --vacuum-files --rotate --flush --sync --relinquish-var --setup-keys "
            "--update-catalog --smart-relinquish-var"
        ) | _options(WRITES, "--cursor-file"),
        with_value="unpotgSUMDc",
    ),
    "ss": Reader(_options(CHANGES, "-K --kill") | _options(WRITES, "-D --diag"), with_value="fAF"),
    "netstat": _PLAIN,
    "mount": _NOTHING,
    "ip": Reader(
        check=_only_words(
            r"-(?:[46]|br|brief|c|color|o|oneline|s|stats|d|details|j|json|p|pretty)|a|addr"
            r"|address|r|route|l|link|n|neigh"
            r"|s|show|list|ls|dev|up|[a-z]{2,4}\d[\w.]*|lo"
        ),
        operands=4,
    ),
    **dict.fromkeys(
        _verbs(
            "systemctl",
            "status, show, cat, is-active, is-enabled, is-failed, list-units, list-unit-files, list-timers, "
            "list-sockets, list-dependencies",
        ),
        Reader(_options(NETWORK, "-H --host -M --machine"), with_value="tnopP"),
    ),
    # git
    **dict.fromkeys(
        _verbs(
            "git",
            "status, rev-parse, ls-files, ls-tree, merge-base, name-rev, describe, show-ref, for-each-ref, "
            "count-objects, check-ignore, check-attr, check-mailmap, version, cherry, worktree "
            "list, var, bisect log",
        ),
        _PLAIN,
    ),
    **dict.fromkeys(
        _verbs(
            "git",
            "log, diff, show, whatchanged, diff-tree, diff-index, diff-files, rev-list, shortlog, range-diff, "
            "stash list, stash show, blame, annotate",
        ),
        _DIFF,
    ),
    "git grep": Reader(_options(RUNS, "-O --open-files-in-pager --textconv --ext-grep"), with_value="efmABC"),
    "git cat-file": Reader(_options(RUNS, "--textconv --filters")),
    "git branch": Reader(
        _options(CHANGES, "-d -D -m -M -c -C -f -u -t --delete --move --copy --force --set-upstream-to --set-upstream "
                 "--unset-upstream --track --no-track --create-reflog")
        | _options(RUNS, "--edit-description"),
        check=_lists(_LIST_REFS),
    ),
    "git tag": Reader(
        _options(CHANGES, "-d -a -s -u -m -F -f -e --delete --annotate --sign --local-user --message --file --force "
                 "--edit --create-reflog --trailer --cleanup") | _options(RUNS, "-v --verify"),
        with_value="n",
        check=_lists(_LIST_REFS),
    ),
    "git remote": Reader(operands=0),
    "git remote get-url": _PLAIN,
    "git remote show": Reader(network=True),
    "git reflog": Reader(_DIFF.harmful, check=_only_words(r"show|HEAD.*|-.*")),
    "git config": Reader(
        check=_only_words(
            r"--(?:get|get-all|get-regexp|list|show-origin|show-scope|local|global|system"
            r"|name-only|null)|-l|-z|[\w.-]+\.[\w.*-]+"
        ),
        operands=1,
    ),
    "git config get": Reader(
        check=_only_words(r"--(?:all|show-origin|local|global|system)|[\w.-]+\.[\w.*-]+"), operands=1
    ),
    "git config list": _NOTHING,
    "git submodule status": _PLAIN,
    "git ls-remote": Reader(
        _options(RUNS, "--upload-pack --exec"), network=True, check=_only_words(r"(?!.*::).*")
    ),
    # containers and clusters
    **dict.fromkeys(
        _verbs(
            "docker",
            "ps, images, info, version, inspect, logs, top, port, stats, history, diff, container ls, "
            "container list, container inspect, image ls, image inspect, volume ls, volume inspect, network "
            "ls, network inspect, compose ps, compose ls, compose images, compose logs, compose top, compose "
            "version, system df, context ls",
        ),
        Reader(_DOCKER, with_value="fn"),
    ),
    **dict.fromkeys(
        _verbs(
            "kubectl",
            "get, describe, logs, top, version, api-resources, api-versions, explain, cluster-info",
        ),
        _KUBECTL,
    ),
    "kubectl config current-context": _PLAIN,
    "kubectl config get-contexts": _PLAIN,
    # packages
    **dict.fromkeys(
        _verbs("npm", "ls, list, ll, root, prefix"),
        Reader(check=_only_options(r"-(?:g|l|p|a)|--(?:global|all|long|json|parseable|depth(?:=.*)?|omit(?:=.*)?)")),
    ),
    **dict.fromkeys(
        [f"{pip} {verb}" for pip in ("pip", "pip3") for verb in ("list", "show", "freeze", "check")], _PIP
    ),
    # the version of a program, and nothing else
    **dict.fromkeys(
        [f"{program} --version" for program in names(
        "python python3 node ruby perl php java go rustc cargo npm yarn pnpm git docker kubectl gcc clang "
        "make cmake bash zsh pip pip3 uv terraform helm vim nvim ssh curl wget"
    )],
        _NOTHING,
    ),
    **dict.fromkeys(("python -V", "python3 -V", "node -v", "npm -v", "ruby -v", "php -v", "go version"), _NOTHING),
}  # fmt: skip
